"""Reads of activities: those about a record, and a person's own open ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F, Min, prefetch_related_objects

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.rows import Whole
from throughline.crm.activities.models import Activity, ActivityLink, Status


def about(*, ref: RecordRef, user: User, limit: int = 50) -> list[Activity]:
    """Return the activities about a record that ``user`` may see, the newest first. One query."""
    spec = registry.get("activity")
    rows = Activity.objects.filter(access.visible(spec, user), deleted_at=None, sandbox=False)
    rows = rows.filter(links__record_type=ref.type, links__record_id=ref.id).select_related("owner")
    return list(rows.order_by("-created_at", "-id")[:limit])


def open_for(*, user: User, until: datetime | None = None, limit: int = 50) -> list[Activity]:
    """Return a person's own planned activities, the next due first; ``until`` leaves out what is due later."""
    rows = Activity.objects.filter(owner=user, status=Status.PLANNED, deleted_at=None, sandbox=False)
    if until is not None:
        rows = rows.filter(due_at__lte=until)
    return list(rows.order_by(F("due_at").asc(nulls_last=True), "id")[:limit])


def planned_about(*, ref: RecordRef, user: User, limit: int = 20) -> list[Activity]:
    """
    Return what is planned about a record, the next due first. The caller has checked that ``user`` sees the record,
    and so what is about it, where their roles let them see activities at all. One query, and one for the owners.
    """
    if not access.can(user, access.VIEW, registry.get("activity")):
        return []
    rows = _PLANNED.fetch([ref.type, ref.id, Status.PLANNED, limit])
    prefetch_related_objects(rows, "owner")
    return rows


_PLANNED = Whole(
    Activity,
    """
    JOIN activities_activitylink l ON l.activity_id = activities_activity.id
    WHERE l.record_type = %s AND l.record_id = %s
      AND status = %s AND deleted_at IS NULL AND NOT sandbox
    ORDER BY due_at NULLS LAST, activities_activity.id LIMIT %s
    """,
)


def subjects_of(*, activities: Sequence[Activity]) -> dict[int, list[RecordRef]]:
    """Return what activities are about, by their keys. One query."""
    keys = [activity.pk for activity in activities]
    found: dict[int, list[RecordRef]] = {}
    for link in ActivityLink.objects.filter(activity__in=keys).order_by("id"):
        found.setdefault(link.activity_id, []).append(link.ref)
    return found


def next_due(record_type: str, keys: Sequence[int]) -> dict[int, datetime]:
    """Return when the next planned activity of each record is due or begins (a source of ``records.nextstep``)."""
    links = ActivityLink.objects.filter(
        record_type=record_type,
        record_id__in=keys,
        activity__status=Status.PLANNED,
        activity__deleted_at=None,
        activity__sandbox=False,
    ).exclude(activity__due_at=None)
    return dict(links.values_list("record_id").annotate(first=Min("activity__due_at")).order_by())
