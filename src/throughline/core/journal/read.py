"""Reading the journal: by record for a timeline, and by cursor for those who follow everything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q

from throughline.core.actor import Actor
from throughline.core.journal.events import kinds
from throughline.core.journal.models import Entry, PersonalValues
from throughline.core.recordref import RecordRef

LAST = 2**63 - 1
"""A key behind all keys of a transaction."""


class Cursor(NamedTuple):
    """A place in the journal: everything up to and including it has been read."""

    era: int = 0
    txid: int = 0
    id: int = 0


class Place(NamedTuple):
    """A place in a timeline, newest first."""

    at: datetime
    id: int


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """An entry as a timeline shows it; ``data`` includes the personal values that have not been erased."""

    id: int
    at: datetime
    event: str
    title: str
    by: Actor
    about: RecordRef
    data: dict[str, Any]
    cause: int | None
    erased: bool

    @property
    def place(self) -> Place:
        """Where the next, older page goes on."""
        return Place(self.at, self.id)


_FOLLOW = """
SELECT id FROM journal_entry
WHERE (era, txid, id) > (%s::smallint, %s::text::xid8, %s::bigint)
  AND (era < (SELECT coalesce(max(number), 0) FROM journal_era) OR txid < pg_snapshot_xmin(pg_current_snapshot()))
ORDER BY era, txid, id LIMIT %s
"""


def follow(*, after: Cursor, limit: int = 1000) -> tuple[list[Entry], Cursor]:
    """
    Return the next entries after a place, and the place to go on from.

    Only entries below the oldest running transaction are returned, so none can appear later before the place; what is
    running now comes at a later call. PostgreSQL counts transactions of the whole server: a long one that writes in
    another database on it delays reading, and loses nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FOLLOW, [after.era, str(after.txid), after.id, limit])
        keys = [row[0] for row in cursor.fetchall()]
    found = Entry.objects.in_bulk(keys)
    entries = [found[key] for key in keys]
    if not entries:
        return [], after
    last = entries[-1]
    return entries, Cursor(last.era, last.txid, last.pk)


def timeline(
    *,
    about: Iterable[RecordRef],
    before: Place | None = None,
    limit: int = 50,
    events: Sequence[str] = (),
    without: Sequence[str] = (),
) -> list[TimelineEntry]:
    """
    Return what happened to the records, newest first, at most ``limit`` entries older than ``before``.

    The caller has checked that the asker may see them. ``events`` narrows to these kinds, ``without`` leaves some out.
    Two queries.
    """
    wanted = Q()
    for kind, ids in _by_type(about).items():
        wanted |= Q(record_type=kind, record_id__in=ids)
    if not wanted:
        return []
    entries = Entry.objects.filter(wanted)
    if events:
        entries = entries.filter(event__in=events)
    if without:
        entries = entries.exclude(event__in=without)
    if before is not None:
        entries = entries.filter(Q(at__lt=before.at) | Q(at=before.at, id__lt=before.id))
    return told(entries.order_by("-at", "-id")[:limit])


def _by_type(refs: Iterable[RecordRef]) -> dict[str, list[int]]:
    grouped: dict[str, list[int]] = {}
    for ref in refs:
        grouped.setdefault(ref.type, []).append(ref.id)
    return grouped


def newest() -> Cursor:
    """Return the place from which all that is written from now on comes, and nothing that was readable long before."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT coalesce(max(number), 0) FROM journal_era), pg_snapshot_xmin(pg_current_snapshot())::text"
        )
        era, oldest_running = cursor.fetchone()
    return Cursor(era, int(oldest_running) - 1, LAST)


def told(entries: Iterable[Entry]) -> list[TimelineEntry]:
    """Return entries as people and programs are told them. Two queries."""
    rows = list(entries)
    personal = dict(
        PersonalValues.objects.filter(entry_id__in=[row.pk for row in rows if row.digest is not None]).values_list(
            "entry_id", "values"
        )
    )
    return [
        TimelineEntry(
            id=row.pk,
            at=row.at,
            event=row.event,
            title=kinds.title(row.event),
            by=Actor(row.actor_kind, row.actor_id, row.actor_label),
            about=RecordRef(row.record_type, row.record_id),
            data={**row.data, **personal.get(row.pk, {})},
            cause=row.cause_id,
            erased=row.digest is not None and row.pk not in personal,
        )
        for row in rows
    ]
