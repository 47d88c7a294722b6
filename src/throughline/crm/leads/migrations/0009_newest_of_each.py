"""
The newest leads of an owner, of a team and of an origin are read from indexes that have them in order, with a status
or without, however many newer ones others have. That of teams serves the counts, too, and stands for the one they had.
"""

from django.db import migrations, models
from django.db.models import F
from django.db.models.functions import Upper

NEWEST = (F("created_at").desc(), F("id").desc())
ALIVE = models.Q(("deleted_at", None))
SHOWN = models.Q(("deleted_at", None), ("sandbox", False))


class Migration(migrations.Migration):
    dependencies = [("leads", "0008_lead_became")]

    operations = [
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(Upper("origin"), *NEWEST, condition=ALIVE, name="lead_origin"),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index("owner", "status", *NEWEST, condition=SHOWN, name="lead_owner_status"),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index("team", "status", *NEWEST, condition=SHOWN, include=("owner",), name="lead_team_status"),
        ),
        migrations.RemoveIndex(model_name="lead", name="lead_counted"),
    ]
