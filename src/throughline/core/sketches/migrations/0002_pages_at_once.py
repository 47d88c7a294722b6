"""Drawings whose pages became several procedures."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sketches", "0001_imported_drawings")]

    operations = [migrations.AddField("importeddrawing", "others", models.JSONField(default=list))]
