"""Which records search does not know yet: an import commits them first, and search learns of them behind."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0004_imports_apart"),
    ]

    operations = [
        migrations.CreateModel(
            name="SearchDue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("record_type", models.CharField(max_length=32)),
                (
                    "ids",
                    django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None),
                ),
            ],
            options={
                "db_table": "records_search_due",
            },
        ),
    ]
