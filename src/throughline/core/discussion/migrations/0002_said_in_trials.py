"""What testers say about a draft becomes part of its discussion: one place for remarks, which can be settled."""

from django.db import migrations, models


def _take_over(apps, _editor):  # type: ignore[no-untyped-def]
    said, remarks = apps.get_model("procedures", "TrialRemark"), apps.get_model("discussion", "Remark")
    people = {}
    for key, name in apps.get_model("identity", "User").objects.values_list("pk", "name"):
        people[name] = None if name in people else key
    for each in said.objects.select_related("trial__version").iterator(500):
        author = people.get(each.said_by_label)
        remarks.objects.create(
            procedure_id=each.trial.version.procedure_id,
            number=each.trial.version.number,
            element=each.node,
            element_name=each.node,
            author_id=author,
            guest="" if author is not None else each.said_by_label or "Tester",
            body=each.words,
            in_trial=True,
            said_at=each.said_at,
        )


class Migration(migrations.Migration):
    dependencies = [
        ("discussion", "0001_discussions"),
        ("procedures", "0014_trials"),
        ("identity", "0001_identity"),
    ]

    operations = [
        migrations.AddField("remark", "in_trial", models.BooleanField(default=False)),
        migrations.RunPython(_take_over, migrations.RunPython.noop),
    ]
