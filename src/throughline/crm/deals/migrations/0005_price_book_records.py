"""Price books become records: made when the journal first tells of them, and found by search from the next chore on."""

from datetime import UTC, datetime

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
FILL = """
UPDATE deals_pricebook b
SET sort_name = lower(b.name), created_at = coalesce(told.first_at, b.created_at),
    updated_at = coalesce(told.last_at, b.updated_at)
FROM (
    SELECT p.id, min(e.at) AS first_at, max(e.at) AS last_at FROM deals_pricebook p
    LEFT JOIN journal_entry e ON e.record_type = 'price_book' AND e.record_id = p.id GROUP BY p.id
) told
WHERE told.id = b.id;
INSERT INTO records_search_due (record_type, ids)
SELECT 'price_book', array_agg(id) FROM deals_pricebook HAVING count(*) > 0;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("deals", "0004_board_sums"),
        ("identity", "0005_retired_teams"),
        ("journal", "0001_journal"),
        ("records", "0005_search_due"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="pricebook",
            options={},
        ),
        migrations.AddField(
            model_name="pricebook",
            name="created_at",
            field=models.DateTimeField(default=LONG_AGO),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="pricebook",
            name="created_by",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="pricebook",
            name="custom",
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name="pricebook",
            name="deleted_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="pricebook",
            name="deleted_by",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="pricebook",
            name="external_id",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="pricebook",
            name="last_activity_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="pricebook",
            name="next_activity_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="pricebook",
            name="owner",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="pricebook",
            name="sandbox",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="pricebook",
            name="sort_name",
            field=models.CharField(db_index=True, default="", max_length=120),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="pricebook",
            name="source",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="pricebook",
            name="tags",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(), blank=True, default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="pricebook",
            name="team",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="identity.team"
            ),
        ),
        migrations.AddField(
            model_name="pricebook",
            name="updated_at",
            field=models.DateTimeField(default=LONG_AGO),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="pricebook",
            name="updated_by",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="pricebook",
            name="version",
            field=models.IntegerField(default=1),
        ),
        migrations.AlterField(
            model_name="pricebook",
            name="id",
            field=models.BigAutoField(primary_key=True, serialize=False),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="pricebook",
            index=models.Index(
                models.OrderBy(models.F("created_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                condition=models.Q(("deleted_at", None)),
                name="pricebook_newest",
            ),
        ),
        migrations.AddIndex(
            model_name="pricebook",
            index=models.Index(
                models.F("owner"),
                models.OrderBy(models.F("created_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                condition=models.Q(("deleted_at", None)),
                name="pricebook_owner",
            ),
        ),
        migrations.AddIndex(
            model_name="pricebook",
            index=models.Index(
                models.F("team"),
                models.OrderBy(models.F("created_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                condition=models.Q(("deleted_at", None)),
                name="pricebook_team",
            ),
        ),
        migrations.AddIndex(
            model_name="pricebook",
            index=django.contrib.postgres.indexes.GinIndex(fields=["tags"], name="pricebook_tags"),
        ),
        migrations.AddConstraint(
            model_name="pricebook",
            constraint=models.UniqueConstraint(
                condition=models.Q(("external_id", ""), _negated=True),
                fields=("external_id",),
                name="pricebook_external_id",
            ),
        ),
        migrations.AddConstraint(
            model_name="pricebook",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_from", None),
                    ("valid_until", None),
                    ("valid_until__gte", models.F("valid_from")),
                    _connector="OR",
                ),
                name="price_book_span",
            ),
        ),
    ]
