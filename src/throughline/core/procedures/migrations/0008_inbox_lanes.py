"""Commands queue in lanes, so that a flood of one kind does not stop the others."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the lane and the index that batches are claimed by."""

    dependencies = [("procedures", "0007_workers")]

    operations = [
        migrations.AddField("inbox", "lane", models.SmallIntegerField(default=0)),
        migrations.RemoveIndex("inbox", "procedures_inbox_next"),
        migrations.AddIndex(
            "inbox",
            models.Index(fields=["lane", "id"], condition=models.Q(parked=False), name="procedures_inbox_lane"),
        ),
    ]
