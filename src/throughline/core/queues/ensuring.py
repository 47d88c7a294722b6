"""Every role that work can wait for has a queue: what is missing is made, what lies in the bin comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction

from throughline.core.actor import Actor
from throughline.core.identity.models import Role
from throughline.core.procedures.models import WorkItem
from throughline.core.queues.feeding import named_by_drawings
from throughline.core.queues.keeping import add_queues
from throughline.core.queues.models import Queue
from throughline.core.records import registry
from throughline.core.records.operations import restore_records

_LOCK = 7_461_037
LONGEST = 64
"""No role has a longer key, so nobody could take what waits there."""

LONGEST_NAME = 200


@transaction.atomic
def ensure_queues(*, by: Actor, at: datetime, procedures: Sequence[int] | None = None) -> list[str]:
    """
    Make a queue for each role that published drawings name and that has none, and return the keys of those made.

    ``procedures``: look at these only; else at all, and at what open work items wait in, too. A queue is called as its
    role is, else as the lane. One that lies in the bin comes back. Whoever publishes need not be one who may keep
    queues: it is the product that makes them.
    """
    named = named_by_drawings(procedures)
    if procedures is None:
        waiting = WorkItem.objects.filter(status=WorkItem.Status.OPEN).exclude(queue="").order_by()
        named |= {key: "" for key in waiting.values_list("queue", flat=True).distinct() if key not in named}
    wanted = {key: called for key, called in named.items() if len(key) <= LONGEST}
    if wanted.keys() <= set(_here(wanted)):
        return []
    with connection.cursor() as cursor:  # two who publish at once make one queue
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    return _make(wanted, by=Actor.system(by.label), at=at)


def _here(keys: Mapping[str, str]) -> list[str]:
    return list(Queue.objects.filter(key__in=list(keys), deleted_at=None).values_list("key", flat=True))


def _make(wanted: Mapping[str, str], *, by: Actor, at: datetime) -> list[str]:
    known = dict(Queue.objects.filter(key__in=list(wanted)).values_list("key", "pk"))
    binned = Queue.objects.filter(key__in=list(wanted)).exclude(deleted_at=None)
    if back := list(binned.values_list("pk", flat=True)):
        restore_records(spec=registry.get("queue"), ids=back, by=by, at=at)
    missing = {key: called for key, called in wanted.items() if key not in known}
    roles = dict(Role.objects.filter(key__in=list(missing)).values_list("key", "name"))
    rows = [
        {"key": key, "name": (roles.get(key) or called or _words(key))[:LONGEST_NAME]}
        for key, called in sorted(missing.items())
    ]
    if rows:
        add_queues(rows, by=by, at=at)
    return sorted(missing)


def _words(key: str) -> str:
    """Return a key as words: ``lead-desk`` is the lead desk."""
    words = key.replace("-", " ").replace("_", " ").strip()
    return words[:1].upper() + words[1:] or key
