"""The index on the score in the order of the list, without a special place for missing ones."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0001_identity"),
        ("leads", "0001_leads"),
        ("people", "0001_people"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="lead",
            name="lead_score",
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                models.OrderBy(models.F("score"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                condition=models.Q(("deleted_at", None)),
                name="lead_score",
            ),
        ),
    ]
