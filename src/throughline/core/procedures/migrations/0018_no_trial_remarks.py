"""The table of what testers said goes: discussion 0002 has copied its rows into the discussion of their procedures."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("procedures", "0016_reproofs"),
        ("discussion", "0002_said_in_trials"),
    ]

    operations = [migrations.DeleteModel("TrialRemark")]
