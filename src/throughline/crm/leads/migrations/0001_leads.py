import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("identity", "0001_identity"),
        ("people", "0001_people"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Lead",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "tags",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), blank=True, default=list, size=None
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=64)),
                ("external_id", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField()),
                ("created_by", models.CharField(blank=True, max_length=200)),
                ("updated_at", models.DateTimeField()),
                ("updated_by", models.CharField(blank=True, max_length=200)),
                ("deleted_at", models.DateTimeField(blank=True, null=True)),
                ("deleted_by", models.CharField(blank=True, max_length=200)),
                ("last_activity_at", models.DateTimeField(blank=True, null=True)),
                ("next_activity_at", models.DateTimeField(blank=True, null=True)),
                ("custom", models.JSONField(blank=True, default=dict)),
                ("version", models.IntegerField(default=1)),
                ("sandbox", models.BooleanField(default=False)),
                ("organization_name", models.CharField(blank=True, max_length=300)),
                ("subject", models.CharField(blank=True, max_length=300)),
                ("description", models.TextField(blank=True)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("New", "New"),
                            ("Assigned", "Assigned"),
                            ("Working", "Working"),
                            ("Contacted", "Contacted"),
                            ("Nurturing", "Nurturing"),
                            ("Qualified", "Qualified"),
                            ("Unqualified", "Unqualified"),
                            ("Converted", "Converted"),
                            ("Recycled", "Recycled"),
                        ],
                        default="New",
                        max_length=32,
                    ),
                ),
                (
                    "rating",
                    models.CharField(
                        blank=True, choices=[("Hot", "Hot"), ("Warm", "Warm"), ("Cold", "Cold")], max_length=16
                    ),
                ),
                ("score", models.IntegerField(blank=True, null=True)),
                ("score_reasons", models.JSONField(blank=True, default=list)),
                ("origin", models.CharField(blank=True, max_length=120)),
                ("interest", models.CharField(blank=True, max_length=200)),
                ("region", models.CharField(blank=True, max_length=120)),
                ("country", models.CharField(blank=True, max_length=120)),
                ("language", models.CharField(blank=True, max_length=16)),
                ("industry", models.CharField(blank=True, max_length=120)),
                ("employees", models.IntegerField(blank=True, null=True)),
                ("annual_revenue", models.DecimalField(blank=True, decimal_places=2, max_digits=18, null=True)),
                ("campaign", models.CharField(blank=True, max_length=200)),
                ("utm_source", models.CharField(blank=True, max_length=200)),
                ("utm_medium", models.CharField(blank=True, max_length=200)),
                ("utm_campaign", models.CharField(blank=True, max_length=200)),
                ("landing_page", models.CharField(blank=True, max_length=500)),
                ("referrer", models.CharField(blank=True, max_length=500)),
                ("first_contact_on", models.DateField(blank=True, null=True)),
                ("first_response_due_at", models.DateTimeField(blank=True, null=True)),
                ("first_responded_at", models.DateTimeField(blank=True, null=True)),
                ("flagged_at", models.DateTimeField(blank=True, null=True)),
                ("assigned_at", models.DateTimeField(blank=True, null=True)),
                ("assigned_reason", models.CharField(blank=True, max_length=500)),
                ("qualified_at", models.DateTimeField(blank=True, null=True)),
                ("converted_at", models.DateTimeField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[("Won", "Won"), ("Lost", "Lost"), ("Not interested", "Not interested")],
                        max_length=32,
                    ),
                ),
                ("lost_reason", models.CharField(blank=True, max_length=300)),
                (
                    "contact",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="leads",
                        to="people.contact",
                    ),
                ),
                (
                    "duplicate_of",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="leads.lead",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.team",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [
                    models.Index(
                        models.OrderBy(models.F("created_at"), descending=True),
                        models.OrderBy(models.F("id"), descending=True),
                        condition=models.Q(("deleted_at", None)),
                        name="lead_newest",
                    ),
                    models.Index(
                        models.F("owner"),
                        models.OrderBy(models.F("created_at"), descending=True),
                        models.OrderBy(models.F("id"), descending=True),
                        condition=models.Q(("deleted_at", None)),
                        name="lead_owner",
                    ),
                    models.Index(
                        models.F("team"),
                        models.OrderBy(models.F("created_at"), descending=True),
                        models.OrderBy(models.F("id"), descending=True),
                        condition=models.Q(("deleted_at", None)),
                        name="lead_team",
                    ),
                    django.contrib.postgres.indexes.GinIndex(fields=["tags"], name="lead_tags"),
                    models.Index(
                        models.F("status"),
                        models.OrderBy(models.F("created_at"), descending=True),
                        models.OrderBy(models.F("id"), descending=True),
                        condition=models.Q(("deleted_at", None)),
                        name="lead_status",
                    ),
                    models.Index(
                        models.OrderBy(models.F("score"), descending=True, nulls_last=True),
                        models.OrderBy(models.F("id"), descending=True),
                        condition=models.Q(("deleted_at", None)),
                        name="lead_score",
                    ),
                    models.Index(condition=models.Q(("deleted_at", None)), fields=["origin"], name="lead_origin"),
                    models.Index(
                        condition=models.Q(("deleted_at", None)),
                        fields=["first_response_due_at"],
                        name="lead_response_due",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("external_id", ""), _negated=True),
                        fields=("external_id",),
                        name="lead_external_id",
                    )
                ],
            },
        ),
    ]
