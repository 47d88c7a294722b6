"""Who else may see an activity: whoever sees a record that it is about."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from throughline.core import access
from throughline.core.records import RecordSpec, registry
from throughline.crm.activities.models import ActivityLink


def others() -> list[RecordSpec]:
    """Return the record types that activities can be about."""
    return [spec for spec in registry.everything() if spec.type != "activity"]


def about_visible_records(seen: access.Seen) -> QuerySet[ActivityLink]:
    """Return the links of activities to records that the person sees."""
    links, specs = Q(pk__in=[]), others()
    seen.look_ahead(specs)  # all types at once: asked one by one they are ten statements
    for spec in specs:
        links |= Q(record_type=spec.type) & seen.at(spec, "record_id")
    return ActivityLink.objects.filter(links)


ABOUT = access.Widening(
    key="about",
    reason="It is about a record that you may see.",
    rows=about_visible_records,
    column="activity_id",
    through=others,
    table=ActivityLink._meta.db_table,
)

WIDENINGS = (("activity", ABOUT),)
