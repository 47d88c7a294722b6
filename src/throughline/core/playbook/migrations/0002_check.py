"""How many questions the check of a playbook asks."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """A number per procedure."""

    dependencies = [("playbook", "0001_readings")]

    operations = [
        migrations.CreateModel(
            name="Check",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("questions", models.IntegerField()),
                (
                    "procedure",
                    models.OneToOneField(on_delete=models.CASCADE, related_name="+", to="procedures.procedure"),
                ),
            ],
        ),
    ]
