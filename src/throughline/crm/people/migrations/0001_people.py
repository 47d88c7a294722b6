import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("identity", "0001_identity"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Organization",
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
                ("name", models.CharField(max_length=300)),
                ("sort_name", models.CharField(db_index=True, max_length=300)),
                ("legal_name", models.CharField(blank=True, max_length=300)),
                ("domain", models.CharField(blank=True, max_length=255)),
                ("website", models.CharField(blank=True, max_length=500)),
                ("phone", models.CharField(blank=True, max_length=40)),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("Prospect", "Prospect"),
                            ("Customer", "Customer"),
                            ("Partner", "Partner"),
                            ("Reseller", "Reseller"),
                            ("Supplier", "Supplier"),
                            ("Competitor", "Competitor"),
                        ],
                        default="Prospect",
                        max_length=32,
                    ),
                ),
                ("industry", models.CharField(blank=True, max_length=120)),
                ("billing_address", models.JSONField(blank=True, default=dict)),
                ("shipping_address", models.JSONField(blank=True, default=dict)),
                ("country", models.CharField(blank=True, max_length=120)),
                ("tax_id", models.CharField(blank=True, max_length=64)),
                ("registration_no", models.CharField(blank=True, max_length=64)),
                ("employees", models.IntegerField(blank=True, null=True)),
                ("revenue", models.DecimalField(blank=True, decimal_places=2, max_digits=18, null=True)),
                ("health_score", models.IntegerField(blank=True, null=True)),
                ("renewal_on", models.DateField(blank=True, null=True)),
                ("tier", models.CharField(blank=True, max_length=32)),
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
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="subsidiaries",
                        to="people.organization",
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
                        name="organization_newest",
                    ),
                    models.Index(
                        models.F("owner"),
                        models.OrderBy(models.F("created_at"), descending=True),
                        models.OrderBy(models.F("id"), descending=True),
                        condition=models.Q(("deleted_at", None)),
                        name="organization_owner",
                    ),
                    models.Index(
                        models.F("team"),
                        models.OrderBy(models.F("created_at"), descending=True),
                        models.OrderBy(models.F("id"), descending=True),
                        condition=models.Q(("deleted_at", None)),
                        name="organization_team",
                    ),
                    django.contrib.postgres.indexes.GinIndex(fields=["tags"], name="organization_tags"),
                    models.Index(
                        condition=models.Q(("deleted_at", None), models.Q(("domain", ""), _negated=True)),
                        fields=["domain"],
                        name="organization_domain",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("external_id", ""), _negated=True),
                        fields=("external_id",),
                        name="organization_external_id",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Contact",
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
                ("salutation", models.CharField(blank=True, max_length=32)),
                ("first_name", models.CharField(blank=True, max_length=120)),
                ("middle_name", models.CharField(blank=True, max_length=120)),
                ("last_name", models.CharField(blank=True, max_length=120)),
                ("name", models.CharField(max_length=300)),
                ("sort_name", models.CharField(db_index=True, max_length=300)),
                ("email", models.CharField(blank=True, max_length=254)),
                ("phone", models.CharField(blank=True, max_length=40)),
                ("mobile", models.CharField(blank=True, max_length=40)),
                ("job_title", models.CharField(blank=True, max_length=200)),
                ("department", models.CharField(blank=True, max_length=120)),
                ("website", models.CharField(blank=True, max_length=500)),
                ("address", models.JSONField(blank=True, default=dict)),
                ("city", models.CharField(blank=True, max_length=120)),
                ("country", models.CharField(blank=True, max_length=120)),
                ("language", models.CharField(blank=True, max_length=16)),
                ("time_zone", models.CharField(blank=True, max_length=64)),
                ("birthday_on", models.DateField(blank=True, null=True)),
                (
                    "lifecycle_stage",
                    models.CharField(
                        choices=[
                            ("Subscriber", "Subscriber"),
                            ("Lead", "Lead"),
                            ("MQL", "Marketing qualified"),
                            ("SQL", "Sales qualified"),
                            ("Opportunity", "Opportunity"),
                            ("Customer", "Customer"),
                            ("Advocate", "Advocate"),
                            ("Former", "Former"),
                        ],
                        default="Lead",
                        max_length=32,
                    ),
                ),
                (
                    "preferred_channel",
                    models.CharField(
                        blank=True,
                        choices=[("Email", "Email"), ("Phone", "Phone"), ("Chat", "Chat"), ("Post", "Post")],
                        max_length=32,
                    ),
                ),
                ("do_not_call", models.BooleanField(default=False)),
                ("email_opt_out", models.BooleanField(default=False)),
                ("advocate_score", models.IntegerField(blank=True, null=True)),
                ("nps_last", models.IntegerField(blank=True, null=True)),
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
                    "reports_to",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.contact",
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
                (
                    "organization",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contacts",
                        to="people.organization",
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
                        name="contact_newest",
                    ),
                    models.Index(
                        models.F("owner"),
                        models.OrderBy(models.F("created_at"), descending=True),
                        models.OrderBy(models.F("id"), descending=True),
                        condition=models.Q(("deleted_at", None)),
                        name="contact_owner",
                    ),
                    models.Index(
                        models.F("team"),
                        models.OrderBy(models.F("created_at"), descending=True),
                        models.OrderBy(models.F("id"), descending=True),
                        condition=models.Q(("deleted_at", None)),
                        name="contact_team",
                    ),
                    django.contrib.postgres.indexes.GinIndex(fields=["tags"], name="contact_tags"),
                    models.Index(
                        condition=models.Q(("deleted_at", None), models.Q(("email", ""), _negated=True)),
                        fields=["email", "id"],
                        name="contact_email",
                    ),
                    models.Index(
                        condition=models.Q(("deleted_at", None), models.Q(("phone", ""), _negated=True)),
                        fields=["phone", "id"],
                        name="contact_phone",
                    ),
                    models.Index(
                        condition=models.Q(("deleted_at", None), models.Q(("mobile", ""), _negated=True)),
                        fields=["mobile", "id"],
                        name="contact_mobile",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("external_id", ""), _negated=True),
                        fields=("external_id",),
                        name="contact_external_id",
                    ),
                ],
            },
        ),
    ]
