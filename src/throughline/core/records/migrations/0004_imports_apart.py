"""What is known of imports lies in a table of its own, with what is needed to take them back."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0003_views_and_bulk"),
    ]

    operations = [
        migrations.DeleteModel(
            name="ImportRun",
        ),
    ]
