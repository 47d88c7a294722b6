"""Repairs of many incidents, when owners were told, and chores."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("procedures", "0005_outside_connections"),
    ]

    operations = [
        migrations.CreateModel(
            name="Repair",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("how", models.TextField()),
                ("arguments", models.JSONField(default=dict)),
                ("reason", models.TextField(blank=True)),
                ("status", models.TextField(default="waiting")),
                ("decided_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(null=True)),
                ("by_kind", models.TextField()),
                ("by_id", models.TextField(blank=True)),
                ("by_label", models.TextField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "waiting")), fields=["due_at"], name="procedures_repair_due"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["waiting", "done", "taken_back"])),
                        name="procedures_repair_status",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("how__in", ["retry", "skip", "move", "correct", "cancel"])),
                        name="procedures_repair_how",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RepairedIncident",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "repair_id", "incident_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "repair",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="incidents",
                        to="procedures.repair",
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="repairs", to="procedures.incident"
                    ),
                ),
                ("outcome", models.TextField(blank=True, default="")),
                ("entry", models.BigIntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Upkeep",
            fields=[
                ("name", models.TextField(primary_key=True, serialize=False)),
                ("begun_at", models.DateTimeField()),
                ("found", models.IntegerField(default=0)),
            ],
            options={
                "verbose_name_plural": "upkeep",
            },
        ),
        migrations.AddField(
            model_name="incident",
            name="told_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="incident",
            index=models.Index(
                condition=models.Q(("status", "open"), ("told_at__isnull", True)),
                fields=["id"],
                name="procedures_incident_untold",
            ),
        ),
    ]
