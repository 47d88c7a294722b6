"""The company that works here."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [("files", "0001_files")]

    operations = [
        migrations.CreateModel(
            name="Company",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("name", models.CharField(blank=True, max_length=200)),
                ("address", models.TextField(blank=True)),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("skipped", models.JSONField(default=list)),
                ("ended_at", models.DateTimeField(null=True)),
                ("described_at", models.DateTimeField(null=True)),
                ("described_by_label", models.TextField(blank=True)),
                (
                    "logo",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="files.blob"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "companies",
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="company_there_is_one")],
            },
        ),
    ]
