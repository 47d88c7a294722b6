"""
What a lead became: the organization, and the number of the deal, as the journal told when it was converted. The indexes
hold converted leads only, so new ones cost nothing more.
"""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Upper

AT_ONCE = 50_000
ENDS = "SELECT coalesce(min(id), 1) - 1, coalesce(max(id), 0) FROM leads_lead WHERE converted_at IS NOT NULL"
FILLED = """
UPDATE leads_lead l
SET converted_deal = 'D-' || told.deal, converted_organization_id = o.id
FROM (
    SELECT DISTINCT ON (record_id) record_id, data ->> 'deal' AS deal, (data ->> 'organization')::bigint AS organization
    FROM journal_entry
    WHERE event = 'lead.converted' AND record_type = 'lead' AND record_id > %s AND record_id <= %s
    ORDER BY record_id, id DESC
) told
LEFT JOIN people_organization o ON o.id = told.organization
WHERE l.id = told.record_id AND l.converted_at IS NOT NULL AND told.deal IS NOT NULL
"""


def fill(_apps: Any, schema_editor: Any) -> None:
    """Let leads that were converted before say what they became."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(ENDS)
        first, last = cursor.fetchone()
        for start in range(first, last, AT_ONCE):
            cursor.execute(FILLED, [start, start + AT_ONCE])


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0007_fewer_indexes"),
        ("people", "0005_quality"),
        ("journal", "0001_journal"),
    ]

    operations = [
        migrations.AddField(
            model_name="lead",
            name="converted_deal",
            field=models.CharField(blank=True, db_default="", default="", max_length=32),
        ),
        migrations.AddField(
            model_name="lead",
            name="converted_organization",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="people.organization",
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED", migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                fields=["converted_organization"],
                name="lead_became_organization",
                condition=Q(("converted_organization__isnull", False)),
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(Upper("converted_deal"), name="lead_became_deal", condition=~Q(("converted_deal", ""))),
        ),
    ]
