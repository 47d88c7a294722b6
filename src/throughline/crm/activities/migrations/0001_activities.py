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
            name="Activity",
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
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("Call", "Call"),
                            ("Email", "Email"),
                            ("Meeting", "Meeting"),
                            ("Note", "Note"),
                            ("Task", "Task"),
                            ("Message", "Message"),
                        ],
                        max_length=16,
                    ),
                ),
                ("subject", models.CharField(max_length=300)),
                ("body", models.TextField(blank=True)),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("start_at", models.DateTimeField(blank=True, null=True)),
                ("end_at", models.DateTimeField(blank=True, null=True)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("duration_seconds", models.IntegerField(blank=True, null=True)),
                ("direction", models.CharField(blank=True, choices=[("In", "In"), ("Out", "Out")], max_length=8)),
                ("outcome", models.CharField(blank=True, max_length=120)),
                (
                    "status",
                    models.CharField(
                        choices=[("Planned", "Planned"), ("Held", "Held"), ("Not held", "Not held"), ("Done", "Done")],
                        default="Planned",
                        max_length=16,
                    ),
                ),
                (
                    "participants",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=254), blank=True, default=list, size=None
                    ),
                ),
                ("reminder_at", models.DateTimeField(blank=True, null=True)),
                ("recording", models.CharField(blank=True, max_length=500)),
                ("thread_id", models.CharField(blank=True, max_length=300)),
                ("details", models.JSONField(blank=True, default=dict)),
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
                        name="activity_newest",
                    ),
                    models.Index(
                        models.F("owner"),
                        models.OrderBy(models.F("created_at"), descending=True),
                        models.OrderBy(models.F("id"), descending=True),
                        condition=models.Q(("deleted_at", None)),
                        name="activity_owner",
                    ),
                    models.Index(
                        models.F("team"),
                        models.OrderBy(models.F("created_at"), descending=True),
                        models.OrderBy(models.F("id"), descending=True),
                        condition=models.Q(("deleted_at", None)),
                        name="activity_team",
                    ),
                    django.contrib.postgres.indexes.GinIndex(fields=["tags"], name="activity_tags"),
                    models.Index(
                        condition=models.Q(("deleted_at", None), ("status", "Planned")),
                        fields=["owner", "due_at"],
                        name="activity_open",
                    ),
                    models.Index(
                        condition=models.Q(("thread_id", ""), _negated=True),
                        fields=["thread_id"],
                        name="activity_thread",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("external_id", ""), _negated=True),
                        fields=("external_id",),
                        name="activity_external_id",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ActivityLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("record_type", models.CharField(max_length=32)),
                ("record_id", models.BigIntegerField()),
                (
                    "activity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="links", to="activities.activity"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["record_type", "record_id", "activity"], name="activity_link_record"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("activity", "record_type", "record_id"), name="activity_link_once"),
                ],
            },
        ),
    ]
