import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("procedures", "0014_trials"),
    ]

    operations = [
        migrations.CreateModel(
            name="RestingCase",
            fields=[
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="rest",
                        serialize=False,
                        to="procedures.case",
                    ),
                ),
                ("since_at", models.DateTimeField()),
            ],
        ),
    ]
