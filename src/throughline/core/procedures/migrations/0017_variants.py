"""A variant is a procedure whose drawing is that of its base with an overlay, for the records that its rule takes."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("procedures", "0015_watching")]

    operations = [
        migrations.CreateModel(
            name="Variant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.TextField()),
                ("rule", models.TextField()),
                ("priority", models.SmallIntegerField()),
                ("overlay", models.JSONField(default=dict)),
                ("retired_at", models.DateTimeField(null=True)),
                (
                    "base",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="variants",
                        to="procedures.procedure",
                    ),
                ),
                (
                    "base_version",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="procedures.procedureversion",
                    ),
                ),
                (
                    "draft_base",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="procedures.procedureversion",
                    ),
                ),
                (
                    "procedure",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="variant",
                        to="procedures.procedure",
                    ),
                ),
            ],
            options={
                "ordering": ["base", "priority", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("procedure", models.F("base")), _negated=True),
                        name="procedures_variant_of_another",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("retired_at", None)),
                        fields=("base", "name"),
                        name="procedures_variant_name",
                    ),
                ],
            },
        ),
    ]
