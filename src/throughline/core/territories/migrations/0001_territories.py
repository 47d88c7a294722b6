"""Territories become records: each rule that access holds gets one, found by search from the next chore on."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FILL = """
INSERT INTO territories_territory (
    id, name, sort_name, in_use, rule_id, which, people, created_at, created_by, updated_at, updated_by, description,
    tags, source, external_id, deleted_by, custom, version, sandbox
)
SELECT t.id, t.name, lower(t.name), t.retired_at IS NULL, t.id, coalesce(told.which, ''),
    (SELECT count(*) FROM access_territory_members m WHERE m.territory_id = t.id),
    coalesce(first.at, '2026-01-01 00:00+00'), coalesce(first.actor_label, ''),
    coalesce(last.at, '2026-01-01 00:00+00'), coalesce(last.actor_label, ''),
    '', '{}', '', '', '', '{}', 1, false
FROM access_territory t
LEFT JOIN LATERAL (
    SELECT e.at, e.actor_label FROM journal_entry e
    WHERE e.record_type = 'territory' AND e.record_id = t.id ORDER BY e.id LIMIT 1
) first ON true
LEFT JOIN LATERAL (
    SELECT e.at, e.actor_label FROM journal_entry e
    WHERE e.record_type = 'territory' AND e.record_id = t.id ORDER BY e.id DESC LIMIT 1
) last ON true
LEFT JOIN LATERAL (
    SELECT string_agg(upper(left(f.name, 1)) || replace(substr(f.name, 2), '_', ' ') || ' is ' || (
        SELECT string_agg(CASE v.value WHEN 'true' THEN 'yes' WHEN 'false' THEN 'no' ELSE v.value END, ' or '
                          ORDER BY v.place)
        FROM jsonb_array_elements_text(f.wanted) WITH ORDINALITY v (value, place)
    ), ', and ') AS which
    FROM jsonb_each(t."where") f (name, wanted)
) told ON true;
SELECT setval(pg_get_serial_sequence('territories_territory', 'id'), max(id)) FROM territories_territory
HAVING count(*) > 0;
INSERT INTO records_search_due (record_type, ids)
SELECT 'territory', array_agg(id) FROM territories_territory HAVING count(*) > 0;
"""
"""Their keys are those of the rules, by which the journal told of them."""
KEEP = """
UPDATE identity_role SET permissions = jsonb_set(
    permissions, '{records}', coalesce(permissions -> 'records', '{}') || '{"territory": {"*": "all"}}')
WHERE permissions -> 'abilities' ? 'settings.roles' AND permissions #> '{records,territory}' IS NULL;
"""
"""Whoever could change territories still can, whatever their roles see of other records."""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("access", "0003_territory_retired"),
        ("identity", "0005_retired_teams"),
        ("journal", "0001_journal"),
        ("records", "0005_search_due"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Territory",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "tags",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), blank=True, default=list, size=None
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=64)),
                ("external_id", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField()),
                ("created_by", models.CharField(blank=True, max_length=200)),
                ("updated_at", models.DateTimeField()),
                ("updated_by", models.CharField(blank=True, max_length=200)),
                ("deleted_at", models.DateTimeField(blank=True, null=True)),
                ("deleted_by", models.CharField(blank=True, max_length=200)),
                ("last_activity_at", models.DateTimeField(blank=True, null=True)),
                ("next_activity_at", models.DateTimeField(blank=True, null=True)),
                ("custom", models.JSONField(blank=True, default=dict)),
                ("version", models.IntegerField(default=1)),
                ("sandbox", models.BooleanField(default=False)),
                ("name", models.CharField(max_length=200)),
                ("sort_name", models.CharField(db_index=True, max_length=200)),
                ("description", models.TextField(blank=True)),
                ("in_use", models.BooleanField(default=True)),
                ("which", models.TextField(blank=True)),
                ("people", models.IntegerField(default=0)),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parts",
                        to="territories.territory",
                    ),
                ),
                (
                    "rule",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="territory",
                        to="access.territory",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.team",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [
                    models.Index(
                        models.OrderBy(models.F("created_at"), descending=True),
                        models.OrderBy(models.F("id"), descending=True),
                        condition=models.Q(("deleted_at", None)),
                        name="territory_newest",
                    ),
                    models.Index(
                        models.F("owner"),
                        models.OrderBy(models.F("created_at"), descending=True),
                        models.OrderBy(models.F("id"), descending=True),
                        condition=models.Q(("deleted_at", None)),
                        name="territory_owner",
                    ),
                    models.Index(
                        models.F("team"),
                        models.OrderBy(models.F("created_at"), descending=True),
                        models.OrderBy(models.F("id"), descending=True),
                        condition=models.Q(("deleted_at", None)),
                        name="territory_team",
                    ),
                    django.contrib.postgres.indexes.GinIndex(fields=["tags"], name="territory_tags"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("external_id", ""), _negated=True),
                        fields=("external_id",),
                        name="territory_external_id",
                    )
                ],
            },
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL(KEEP, migrations.RunSQL.noop),
    ]
