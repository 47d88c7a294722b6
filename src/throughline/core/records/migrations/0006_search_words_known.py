"""The words that search knows, kept one by one: a slip of the keyboard is forgiven among millions of records."""

import django.contrib.postgres.indexes
from django.db import migrations, models

LEARN = """
INSERT INTO records_search_word (word)
SELECT DISTINCT word FROM records_search AS told,
    string_to_table(translate(told.text, '.,;:!?/|()[]@&+-_#*"''', repeat(' ', 21)), ' ') AS word
WHERE length(word) BETWEEN 4 AND 32 AND word ~ '^[[:alpha:]]+$'
"""


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
        migrations.RunSQL(LEARN, migrations.RunSQL.noop),
    ]
