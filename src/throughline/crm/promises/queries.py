"""Reads of promises: those about a record, a person's own, and the next one due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Min

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.rows import fetch
from throughline.crm.promises.models import Promise, PromiseStatus


def open_about(*, record: RecordRef, contact_id: int | None = None, limit: int = 20) -> list[Promise]:
    """
    Return the open promises about a record, and those given to a person about anything, the earliest due first.

    The caller has checked that the record may be seen; promises to its person count where they are about it. One query
    where there are none, else two.
    """
    given = {"open": PromiseStatus.OPEN, "type": record.type, "id": record.id, "contact": contact_id, "limit": limit}
    keys = [key for (key,) in fetch(_OPEN_ABOUT, given)]
    rows = Promise.objects.filter(pk__in=keys).select_related("owner", "contact") if keys else ()
    return sorted(rows, key=lambda promise: (promise.due_at, promise.pk))


_OPEN_ABOUT = """
SELECT id FROM promises_promise
WHERE ((record_type = %(type)s AND record_id = %(id)s) OR contact_id = %(contact)s)
  AND status = %(open)s AND deleted_at IS NULL AND NOT sandbox
ORDER BY due_at, id LIMIT %(limit)s
"""


def seen_about(*, record: RecordRef, contact_id: int | None, user: User, limit: int = 20) -> list[Promise]:
    """Return what ``open_about`` does, as far as ``user`` may see each."""
    found = open_about(record=record, contact_id=contact_id, limit=limit)
    own = [promise for promise in found if promise.about == record]
    others = [promise.pk for promise in found if promise.about != record]
    if others:
        rows = Promise.objects.filter(access.visible(registry.get("promise"), user), pk__in=others)
        allowed = set(rows.values_list("pk", flat=True))
        own += [promise for promise in found if promise.pk in allowed]
    return sorted(own, key=lambda promise: (promise.due_at, promise.pk))


def mine(*, user: User, limit: int = 100) -> list[Promise]:
    """Return the open promises that a person gave, the earliest due first. One query."""
    rows = Promise.objects.filter(owner=user, status=PromiseStatus.OPEN, deleted_at=None, sandbox=False)
    return list(rows.select_related("contact").order_by("due_at", "pk")[:limit])


def next_due(record_type: str, keys: Sequence[int]) -> dict[int, datetime]:
    """Return when the next promise about each record is due (a source of ``records.nextstep``)."""
    rows = Promise.objects.filter(
        record_type=record_type, record_id__in=keys, status=PromiseStatus.OPEN, deleted_at=None
    )
    return dict(rows.values_list("record_id").annotate(first=Min("due_at")).order_by())
