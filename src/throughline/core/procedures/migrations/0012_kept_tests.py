"""Test cases are kept with a procedure."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("procedures", "0011_splits"),
    ]

    operations = [
        migrations.CreateModel(
            name="KeptTest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.TextField()),
                ("members", models.JSONField()),
                (
                    "origin",
                    models.TextField(
                        choices=[("made", "Made"), ("recorded", "Recorded"), ("shipped", "Shipped")], default="made"
                    ),
                ),
                ("case", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField()),
                ("created_by_label", models.TextField()),
                ("ran_at", models.DateTimeField(null=True)),
                ("ran_digest", models.TextField(blank=True)),
                ("departures", models.JSONField(default=list)),
                (
                    "procedure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tests", to="procedures.procedure"
                    ),
                ),
            ],
            options={
                "ordering": ["procedure", "name"],
                "constraints": [
                    models.UniqueConstraint(fields=("procedure", "name"), name="procedures_kept_test_name")
                ],
            },
        ),
    ]
