"""Who else may see a promise: whoever sees the record it was made about."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from throughline.core import access
from throughline.core.records import RecordSpec, registry
from throughline.crm.promises.models import Promise

APART = frozenset({"promise", "activity"})


def others() -> list[RecordSpec]:
    """Return the record types that promises can be about."""
    return [spec for spec in registry.everything() if spec.type not in APART]


def about_visible_records(seen: access.Seen) -> QuerySet[Promise]:
    """Return the promises about records that the person sees."""
    found, specs = Q(pk__in=[]), others()
    seen.look_ahead(specs)
    for spec in specs:
        found |= Q(record_type=spec.type) & seen.at(spec, "record_id")
    return Promise.objects.filter(found)


ABOUT = access.Widening(
    key="promised",
    reason="It was promised about a record that you may see.",
    rows=about_visible_records,
    column="id",
    through=others,
)

WIDENINGS = (("promise", ABOUT),)
