"""Definitions of fields, rules and types, and the typed forms of values in JSON columns."""

import django.contrib.postgres.fields
from django.db import migrations, models

FORMS = """
CREATE FUNCTION custom_day(kept jsonb, key text) RETURNS date LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT make_date(substr(kept ->> key, 1, 4)::int, substr(kept ->> key, 6, 2)::int,
                           substr(kept ->> key, 9, 2)::int) $$;
CREATE FUNCTION custom_instant(kept jsonb, key text) RETURNS timestamptz LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT (kept ->> key)::timestamptz $$;
CREATE FUNCTION custom_list(kept jsonb, key text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT coalesce((SELECT array_agg(item) FROM jsonb_array_elements_text(kept -> key) item), '{}') $$;
CREATE SEQUENCE custom_stamp_number;
"""
"""What is kept says its zone and its order of day and month, so the texts mean the same under any setting."""

NO_FORMS = """
DROP FUNCTION custom_day(jsonb, text);
DROP FUNCTION custom_instant(jsonb, text);
DROP FUNCTION custom_list(jsonb, text);
DROP SEQUENCE custom_stamp_number;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.RunSQL(FORMS, NO_FORMS),
        migrations.CreateModel(
            name="CustomType",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=32, unique=True)),
                ("label", models.CharField(max_length=60)),
                ("plural", models.CharField(max_length=60)),
                ("icon", models.CharField(default="circle", max_length=40)),
                ("number_prefix", models.CharField(max_length=6)),
                ("board_field", models.CharField(blank=True, max_length=48)),
                ("created_at", models.DateTimeField()),
                ("retired_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "custom_type",
            },
        ),
        migrations.CreateModel(
            name="Rule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("record_type", models.CharField(max_length=32)),
                ("name", models.CharField(max_length=120)),
                ("condition", models.TextField()),
                ("message", models.CharField(max_length=300)),
                ("field", models.CharField(blank=True, max_length=64)),
                ("created_at", models.DateTimeField()),
                ("retired_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "custom_rule",
            },
        ),
        migrations.CreateModel(
            name="Stamp",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stamp", models.CharField(max_length=64)),
            ],
            options={
                "db_table": "custom_stamp",
            },
        ),
        migrations.CreateModel(
            name="CustomField",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("record_type", models.CharField(max_length=32)),
                ("key", models.CharField(max_length=48)),
                ("label", models.CharField(max_length=120)),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("text", "text"),
                            ("long_text", "long_text"),
                            ("email", "email"),
                            ("phone", "phone"),
                            ("url", "url"),
                            ("integer", "integer"),
                            ("number", "number"),
                            ("money", "money"),
                            ("boolean", "boolean"),
                            ("date", "date"),
                            ("datetime", "datetime"),
                            ("duration", "duration"),
                            ("choice", "choice"),
                            ("multi_choice", "multi_choice"),
                            ("tags", "tags"),
                            ("list", "list"),
                            ("address", "address"),
                            ("user", "user"),
                            ("team", "team"),
                            ("record", "record"),
                        ],
                        max_length=16,
                    ),
                ),
                ("help", models.CharField(blank=True, max_length=300)),
                ("section", models.CharField(blank=True, max_length=80)),
                ("position", models.IntegerField(default=0)),
                ("choices", models.JSONField(default=list)),
                ("to", models.CharField(blank=True, max_length=32)),
                ("default", models.JSONField(null=True)),
                ("required", models.BooleanField(default=False)),
                (
                    "required_at",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=64), default=list, size=None
                    ),
                ),
                ("personal", models.BooleanField(default=False)),
                ("sensitive", models.BooleanField(default=False)),
                ("searched", models.BooleanField(default=False)),
                ("in_list", models.BooleanField(default=False)),
                ("in_filters", models.BooleanField(default=False)),
                ("formula", models.TextField(blank=True)),
                ("rollup", models.JSONField(default=dict)),
                ("indexed", models.BooleanField(default=False)),
                ("index_state", models.CharField(blank=True, max_length=16)),
                ("stale", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField()),
                ("retired_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "custom_field",
                "constraints": [models.UniqueConstraint(fields=("record_type", "key"), name="custom_field_key")],
            },
        ),
    ]
