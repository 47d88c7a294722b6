"""Dashboards are mailed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("dashboards", "0001_dashboards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Report",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("shipped", models.TextField(blank=True)),
                ("every", models.TextField(choices=[("week", "Week"), ("month", "Month")])),
                ("day", models.SmallIntegerField()),
                ("hour", models.SmallIntegerField()),
                ("zone", models.TextField()),
                ("next_at", models.DateTimeField(db_index=True)),
                ("sent_at", models.DateTimeField(null=True)),
                (
                    "dashboard",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reports",
                        to="dashboards.dashboard",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("receivers", models.ManyToManyField(related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={"ordering": ["pk"]},
        ),
        migrations.AddConstraint(
            "report",
            models.CheckConstraint(
                condition=Q(every="week", day__range=(1, 7)) | Q(every="month", day__range=(1, 28)),
                name="dashboards_report_day",
            ),
        ),
        migrations.AddConstraint(
            "report", models.CheckConstraint(condition=Q(hour__range=(0, 23)), name="dashboards_report_hour")
        ),
        migrations.AddConstraint(
            "report",
            models.CheckConstraint(
                condition=Q(dashboard__isnull=False, shipped="") | (Q(dashboard__isnull=True) & ~Q(shipped="")),
                name="dashboards_report_of_one",
            ),
        ),
    ]
