"""One index over words and whose the record is, so that a search under rights is one index scan."""

from typing import Any

import django.contrib.postgres.indexes
from django.db import ProgrammingError, migrations, transaction


def create_extension(_apps: Any, schema_editor: Any) -> None:
    """Create btree_gin, or say in one sentence what an administrator of the server has to do."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT installed_version FROM pg_available_extensions WHERE name = 'btree_gin'")
        found = cursor.fetchone()
        if found is None:
            raise RuntimeError(
                'Expected the PostgreSQL extension "btree_gin", but the server has no such extension. '
                "Install the server's contrib package (postgresql-contrib) and start again."
            )
        if found[0] is None:
            _create(cursor)


def _create(cursor: Any) -> None:
    try:
        with transaction.atomic():
            cursor.execute("CREATE EXTENSION IF NOT EXISTS btree_gin")
    except ProgrammingError as refused:
        raise RuntimeError(
            'Expected to create the PostgreSQL extension "btree_gin", but the account may not. '
            "Let an administrator of the server run CREATE EXTENSION btree_gin in this database and start again."
        ) from refused


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0001_records"),
    ]

    operations = [
        migrations.RunPython(create_extension, migrations.RunPython.noop),
        migrations.RemoveIndex(
            model_name="searchrow",
            name="records_search_text",
        ),
        migrations.AddIndex(
            model_name="searchrow",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["team_id", "owner_id", "text"],
                name="records_search_words",
                opclasses=["int8_ops", "int8_ops", "gin_trgm_ops"],
            ),
        ),
    ]
