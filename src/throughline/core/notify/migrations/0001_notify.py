import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Notification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("kind", models.CharField(max_length=64)),
                ("title", models.CharField(max_length=300)),
                ("body", models.TextField(blank=True)),
                ("record_type", models.CharField(blank=True, max_length=32)),
                ("record_id", models.BigIntegerField(blank=True, null=True)),
                ("sender", models.CharField(blank=True, max_length=200)),
                ("read_at", models.DateTimeField(blank=True, null=True)),
                ("key", models.CharField(blank=True, max_length=200)),
                ("sandbox", models.BooleanField(default=False)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notifications",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["user", "-at", "-id"], name="notify_centre"),
                    models.Index(condition=models.Q(("read_at", None)), fields=["user"], name="notify_unread"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("key", ""), _negated=True), fields=("user", "key"), name="notify_once"
                    )
                ],
            },
        ),
    ]
