"""Worker processes, as they tell of themselves."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("procedures", "0006_repairs"),
    ]

    operations = [
        migrations.CreateModel(
            name="WorkerProcess",
            fields=[
                ("name", models.TextField(primary_key=True, serialize=False)),
                ("started_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
                ("commands", models.BigIntegerField(default=0)),
                ("timer_late_seconds", models.FloatField(default=0)),
            ],
        ),
    ]
