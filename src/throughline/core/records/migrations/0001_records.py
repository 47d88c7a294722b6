"""The search table, saved views, import runs; and the extension of PostgreSQL that search needs."""

from typing import Any

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import ProgrammingError, migrations, models, transaction

EXTENSIONS = ("pg_trgm",)


def create_extensions(_apps: Any, schema_editor: Any) -> None:
    """Create the extensions, or say in one sentence what an administrator of the server has to do."""
    with schema_editor.connection.cursor() as cursor:
        for name in EXTENSIONS:
            cursor.execute("SELECT installed_version FROM pg_available_extensions WHERE name = %s", [name])
            found = cursor.fetchone()
            if found is None:
                raise RuntimeError(
                    f'Expected the PostgreSQL extension "{name}", but the server has no such extension. '
                    f"Install the server's contrib package (postgresql-contrib) and start again."
                )
            if found[0] is None:
                _create(cursor, name)


def _create(cursor: Any, name: str) -> None:
    try:
        with transaction.atomic():
            cursor.execute(f'CREATE EXTENSION IF NOT EXISTS "{name}"')
    except ProgrammingError as refused:
        raise RuntimeError(
            f'Expected to create the PostgreSQL extension "{name}", but the account may not. '
            f'Let an administrator of the server run CREATE EXTENSION "{name}" in this database and start again.'
        ) from refused


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("identity", "0001_identity"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(create_extensions, migrations.RunPython.noop),
        migrations.CreateModel(
            name="ImportRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("record_type", models.CharField(max_length=32)),
                ("file_name", models.CharField(max_length=255)),
                ("sha256", models.CharField(max_length=64)),
                ("mapping", models.JSONField(default=dict)),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=200)),
                ("created", models.IntegerField()),
                ("existing", models.IntegerField()),
                ("warnings", models.JSONField(default=list)),
            ],
        ),
        migrations.CreateModel(
            name="SearchRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("record_type", models.CharField(max_length=32)),
                ("record_id", models.BigIntegerField()),
                ("owner_id", models.BigIntegerField(null=True)),
                ("team_id", models.BigIntegerField(null=True)),
                ("title", models.TextField()),
                ("subtitle", models.TextField(blank=True)),
                ("text", models.TextField()),
                ("touched_at", models.DateTimeField()),
            ],
            options={
                "db_table": "records_search",
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["text"], name="records_search_text", opclasses=["gin_trgm_ops"]
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("record_type", "record_id"), name="records_search_record")
                ],
            },
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("record_type", models.CharField(max_length=32)),
                ("name", models.CharField(max_length=120)),
                ("shared", models.BooleanField(default=False)),
                ("layout", models.CharField(default="list", max_length=16)),
                ("filter", models.JSONField(default=dict)),
                ("sort", models.CharField(blank=True, max_length=64)),
                (
                    "columns",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=64), blank=True, default=list, size=None
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="identity.team",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "record_type", "name"), name="records_view_name")
                ],
            },
        ),
    ]
