"""Who else may see an activity: whoever sees a record that it is about."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.records import registry
from throughline.crm.activities.models import ActivityLink


def about_visible_records(user: User) -> Q:
    """Return the activities about records that ``user`` may see."""
    links = Q(pk__in=[])
    for spec in registry.everything():
        if spec.type != "activity":
            records = spec.model._default_manager.filter(access.visible(spec, user), deleted_at=None)
            links |= Q(record_type=spec.type, record_id__in=records.values("pk"))
    return Q(pk__in=ActivityLink.objects.filter(links).values("activity_id"))


WIDENINGS: tuple[dict[str, Any], ...] = (
    {
        "record_type": "activity",
        "key": "about",
        "reason": "It is about a record that you may see.",
        "predicate": about_visible_records,
    },
)
