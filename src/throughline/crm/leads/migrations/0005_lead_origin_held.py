"""
What lists by origin need among a million: an index for how origins are compared, whatever their case, with whose leads
they are; and what the planner must know of how origins, statuses, teams and owners go together. Without the latter it
takes a team that has nothing of an origin for one with a sixth of it, and reads all leads from the newest on.
"""

from django.db import migrations, models
from django.db.models import F
from django.db.models.functions import Upper


class Migration(migrations.Migration):
    dependencies = [("leads", "0004_quality")]

    operations = [
        migrations.RemoveIndex(model_name="lead", name="lead_origin"),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                Upper("origin"),
                F("team"),
                F("owner"),
                condition=models.Q(("deleted_at", None)),
                name="lead_origin_held",
            ),
        ),
        migrations.RunSQL(
            "CREATE STATISTICS lead_held (mcv) ON team_id, owner_id, status, upper(origin) FROM leads_lead",
            "DROP STATISTICS lead_held",
        ),
    ]
