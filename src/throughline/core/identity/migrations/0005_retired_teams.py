"""Teams can be retired: when, and what went where."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("identity", "0004_role_shipped_permissions")]

    operations = [
        migrations.AddField(model_name="team", name="retired_at", field=models.DateTimeField(null=True, blank=True)),
        migrations.AddField(model_name="team", name="moved", field=models.JSONField(null=True, blank=True)),
    ]
