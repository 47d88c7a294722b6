"""Two versions of a procedure can share the cases that start; a case keeps what was drawn for it."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    """Add splits, and to cases their draw."""

    dependencies = [("procedures", "0010_day_use")]

    operations = [
        migrations.CreateModel(
            "split",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("percent", models.SmallIntegerField()),
                ("started_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "live",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="procedures.procedureversion",
                    ),
                ),
                (
                    "other",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="procedures.procedureversion",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=Q(percent__range=(1, 99)), name="procedures_split_percent"),
                    models.CheckConstraint(condition=~Q(live=F("other")), name="procedures_split_two_versions"),
                    models.UniqueConstraint(
                        fields=["live"], condition=Q(ended_at=None), name="procedures_split_one_running"
                    ),
                ]
            },
        ),
        migrations.AddField("case", "split_id", models.BigIntegerField(null=True)),
        migrations.AddField("case", "is_other", models.BooleanField(null=True)),
        migrations.AddIndex(
            "case",
            models.Index(
                fields=["split_id", "started_at"], condition=Q(split_id__isnull=False), name="procedures_case_split"
            ),
        ),
    ]
