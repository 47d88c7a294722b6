"""Procedures that only watch: steps that are expected of nobody, and what the journal shows of them."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("procedures", "0014_trials")]

    operations = [
        migrations.AddField("procedureversion", "guided", models.BooleanField(db_default=False, default=False)),
        migrations.AddField("workitem", "wrong_person", models.BooleanField(db_default=False, default=False)),
        migrations.AlterField(
            "workitem",
            "status",
            models.TextField(
                choices=[("open", "Open"), ("watched", "Watched"), ("done", "Done"), ("withdrawn", "Withdrawn")],
                default="open",
            ),
        ),
        migrations.RemoveConstraint("workitem", "procedures_work_item_status"),
        migrations.AddConstraint(
            "workitem",
            models.CheckConstraint(
                condition=Q(status__in=["open", "watched"], closed_at__isnull=True)
                | Q(status__in=["done", "withdrawn"], closed_at__isnull=False),
                name="procedures_work_item_status",
            ),
        ),
        migrations.RemoveConstraint("starttrigger", "procedures_start_trigger_kind"),
        migrations.AddConstraint(
            "starttrigger",
            models.CheckConstraint(
                condition=Q(kind__in=["event", "message", "signal", "timer", "sight"]),
                name="procedures_start_trigger_kind",
            ),
        ),
    ]
