"""Moving running cases to another version: the decision, and every case of it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("procedures", "0003_unmoved"),
    ]

    operations = [
        migrations.CreateModel(
            name="Migration",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("nodes", models.JSONField(default=dict)),
                (
                    "status",
                    models.TextField(
                        choices=[("running", "Running"), ("done", "Done"), ("stopped", "Stopped")], default="running"
                    ),
                ),
                ("reason", models.TextField()),
                ("total", models.IntegerField()),
                ("started_at", models.DateTimeField()),
                ("started_by_kind", models.TextField()),
                ("started_by_id", models.TextField(blank=True)),
                ("started_by_label", models.TextField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "procedure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="migrations",
                        to="procedures.procedure",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="procedures.procedureversion",
                    ),
                ),
                (
                    "takes_back",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="taken_back_by",
                        to="procedures.migration",
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="procedures.procedureversion",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "running")), fields=["id"], name="procedures_migration_running"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("status", "running")),
                            models.Q(("ended_at__isnull", False), ("status__in", ["done", "stopped"])),
                            _connector="OR",
                        ),
                        name="procedures_migration_status",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MigrationCase",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "migration_id", "case_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "status",
                    models.TextField(
                        choices=[("waiting", "Waiting"), ("moved", "Moved"), ("refused", "Refused"), ("over", "Over")],
                        default="waiting",
                    ),
                ),
                ("places", models.JSONField(default=dict)),
                ("problem", models.TextField(blank=True)),
                ("moved_at", models.DateTimeField(null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="procedures.case"
                    ),
                ),
                (
                    "migration",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="cases",
                        to="procedures.migration",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "waiting")),
                        fields=["migration", "case"],
                        name="procedures_migration_waiting",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["waiting", "moved", "refused", "over"])),
                        name="procedures_migration_case_status",
                    ),
                ],
            },
        ),
    ]
