"""The words that search knows, kept one by one: a slip of the keyboard is forgiven among millions of records."""

from typing import Any

import django.contrib.postgres.indexes
from django.db import migrations, models


def learn(_apps: Any, editor: Any) -> None:
    """Keep the words of what search knows already."""
    from throughline.core.records.vocabulary import LEARN

    editor.execute(LEARN.format(source="records_search"), None)


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0005_search_due"),
    ]

    operations = [
        migrations.CreateModel(
            name="SearchWord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("word", models.TextField()),
            ],
            options={
                "db_table": "records_search_word",
                "indexes": [
                    models.Index(fields=["word"], name="records_search_word_is"),
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["word"], name="records_search_word_alike", opclasses=["gin_trgm_ops"]
                    ),
                ],
            },
        ),
        migrations.RunPython(learn, migrations.RunPython.noop),
    ]
