"""Workers tell how late all of their timers were, not only the latest."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the counts by range and the sum."""

    dependencies = [("procedures", "0008_inbox_lanes")]

    operations = [
        migrations.AddField(
            "workerprocess",
            "timers_by_lateness",
            django.contrib.postgres.fields.ArrayField(models.BigIntegerField(), default=list),
        ),
        migrations.AddField("workerprocess", "timers_late_seconds", models.FloatField(default=0)),
    ]
