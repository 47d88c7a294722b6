"""An index that holds all that counts of leads look at."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leads", "0002_score_order")]

    operations = [
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("deleted_at", None), ("sandbox", False)),
                fields=["team", "owner", "status"],
                name="lead_counted",
            ),
        ),
    ]
