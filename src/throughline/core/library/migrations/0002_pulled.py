"""What stood before a pull, so that it can be taken back."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("library", "0001_library")]

    operations = [
        migrations.CreateModel(
            name="Pulled",
            fields=[
                (
                    "pack",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="pulled",
                        serialize=False,
                        to="library.installedpack",
                    ),
                ),
                ("pulled_at", models.DateTimeField()),
                ("pulled_by_label", models.TextField()),
                ("version", models.TextField()),
                ("digest", models.TextField()),
                ("content", models.BinaryField()),
                ("former_pulled_at", models.DateTimeField(null=True)),
                ("bases", models.JSONField(default=dict)),
                ("procedures", models.JSONField(default=dict)),
                ("tables", models.JSONField(default=dict)),
                ("listed", models.JSONField(default=list)),
            ],
        ),
    ]
