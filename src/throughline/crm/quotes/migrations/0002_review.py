"""A quote is looked over by a colleague before it is sent."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("deals", "0004_board_sums"),
        ("identity", "0005_retired_teams"),
        ("people", "0005_quality"),
        ("quotes", "0001_quotes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="quote",
            name="quote_one_draft",
        ),
        migrations.RemoveConstraint(
            model_name="quote",
            name="quote_sent_as_document",
        ),
        migrations.AddField(
            model_name="quote",
            name="review_asked_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="quote",
            name="review_asked_by",
            field=models.CharField(blank=True, default="", max_length=200),
        ),
        migrations.AddField(
            model_name="quote",
            name="review_asked_by_user",
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="quote",
            name="review_note",
            field=models.CharField(blank=True, default="", max_length=500),
        ),
        migrations.AddField(
            model_name="quote",
            name="reviewed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="quote",
            name="reviewed_by",
            field=models.CharField(blank=True, default="", max_length=200),
        ),
        migrations.AlterField(
            model_name="quote",
            name="status",
            field=models.CharField(
                choices=[
                    ("Draft", "Draft"),
                    ("In review", "In review"),
                    ("Approved", "Approved"),
                    ("Sent", "Sent"),
                    ("Accepted", "Accepted"),
                    ("Rejected", "Rejected"),
                    ("Expired", "Expired"),
                    ("Withdrawn", "Withdrawn"),
                    ("Replaced", "Replaced"),
                ],
                default="Draft",
                max_length=16,
            ),
        ),
        migrations.AddConstraint(
            model_name="quote",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("deleted_at", None),
                    ("status__in", ("Draft", "In review", "Approved")),
                    models.Q(("root", None), _negated=True),
                ),
                fields=("root",),
                name="quote_one_draft",
            ),
        ),
        migrations.AddConstraint(
            model_name="quote",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status__in", ("Draft", "In review", "Approved")),
                    ("status", "Withdrawn"),
                    models.Q(("digest", ""), _negated=True),
                    _connector="OR",
                ),
                name="quote_sent_as_document",
            ),
        ),
        migrations.AddConstraint(
            model_name="quote",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "Approved"), _negated=True), ("reviewed_at__isnull", False), _connector="OR"
                ),
                name="quote_approved_by_name",
            ),
        ),
    ]
