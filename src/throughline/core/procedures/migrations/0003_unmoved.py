"""An index for the few cases that no token stands for: those about to start and those held."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("procedures", "0002_processes")]

    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("status", "starting"), ("held", True), _connector="OR"),
                fields=["version"],
                name="procedures_case_unmoved",
            ),
        ),
    ]
