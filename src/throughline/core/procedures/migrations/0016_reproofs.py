"""What came of test cases after an update of the program."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("procedures", "0017_variants")]

    operations = [
        migrations.CreateModel(
            name="Reproof",
            fields=[
                (
                    "procedure",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="reproof",
                        serialize=False,
                        to="procedures.procedure",
                    ),
                ),
                ("kernel", models.TextField()),
                ("proved_at", models.DateTimeField()),
                ("passed", models.IntegerField()),
                ("departures", models.JSONField(default=list)),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="procedures.procedureversion",
                    ),
                ),
            ],
        ),
    ]
