"""Imports, their staged lines, and what came of each."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [("journal", "0001_journal")]

    operations = [
        migrations.CreateModel(
            name="Import",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("record_type", models.CharField(max_length=32)),
                ("file_name", models.CharField(max_length=255)),
                ("sha256", models.CharField(max_length=64)),
                (
                    "header",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None),
                ),
                ("mapping", models.JSONField(default=dict)),
                (
                    "policy",
                    models.CharField(
                        choices=[
                            ("skip", "Leave the known record as it is"),
                            ("update", "Fill and change the known record"),
                            ("create", "Create another record all the same"),
                            ("ask", "Put the line aside and ask me"),
                        ],
                        default="skip",
                        max_length=16,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "Being prepared"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("stopped", "Stopped"),
                            ("undone", "Taken back"),
                        ],
                        default="draft",
                        max_length=16,
                    ),
                ),
                ("whole", models.BooleanField(default=False)),
                ("lines", models.IntegerField(default=0)),
                ("cursor", models.IntegerField(default=0)),
                ("passed", models.IntegerField(default=0)),
                ("created", models.IntegerField(default=0)),
                ("updated", models.IntegerField(default=0)),
                ("existing", models.IntegerField(default=0)),
                ("held", models.IntegerField(default=0)),
                ("refused", models.IntegerField(default=0)),
                ("notes", models.JSONField(default=list)),
                ("warnings", models.JSONField(default=list)),
                ("problem", models.TextField(blank=True)),
                ("actor_kind", models.CharField(max_length=32)),
                ("actor_id", models.CharField(max_length=200)),
                ("by", models.CharField(max_length=200)),
                ("at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_by", models.CharField(blank=True, max_length=200)),
                ("left", models.JSONField(default=list)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "running")), fields=["status", "id"], name="imports_running"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportedRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("line", models.IntegerField()),
                ("record_type", models.CharField(max_length=32)),
                ("record_id", models.BigIntegerField()),
                ("outcome", models.CharField(choices=[("created", "Created"), ("updated", "Updated")], max_length=16)),
                ("version", models.IntegerField(default=1)),
                ("values", models.JSONField(default=dict)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="records", to="imports.import"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["run", "id"], name="imports_record_run"),
                    models.Index(fields=["record_type", "record_id"], name="imports_record"),
                ],
            },
        ),
        migrations.CreateModel(
            name="StagedRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("line", models.IntegerField()),
                ("cells", models.JSONField()),
                ("problem", models.TextField(blank=True)),
                ("held_for", models.BigIntegerField(null=True)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="staged", to="imports.import"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("run", "line"), name="imports_staged_line")],
            },
        ),
    ]
