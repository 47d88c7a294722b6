"""Merges, with what is needed to take them back."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = [("journal", "0001_journal")]

    operations = [
        migrations.CreateModel(
            name="Merge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("record_type", models.CharField(max_length=32)),
                ("survivor_id", models.BigIntegerField()),
                ("absorbed_id", models.BigIntegerField()),
                ("values", models.JSONField(default=dict)),
                ("moved", models.JSONField(default=list)),
                ("dropped", models.JSONField(default=list)),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=200)),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_by", models.CharField(blank=True, max_length=200)),
                ("left", models.JSONField(default=list)),
            ],
            options={
                "indexes": [models.Index(fields=["record_type", "survivor_id"], name="merging_survivor")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("undone_at", None)),
                        fields=("record_type", "absorbed_id"),
                        name="merging_absorbed_once",
                    )
                ],
            },
        ),
    ]
