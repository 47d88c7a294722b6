"""
The journal as one person may follow it: events about records that the person sees, without hidden fields.

What is about no record (people, teams, procedures) is not part of it. The cursor moves on over what is left out, so a
follower never learns how much that was.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.journal.models import Entry
from throughline.core.journal.read import Cursor, TimelineEntry, follow, told
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.queries import bounded
from throughline.core.records.spec import RecordSpec
from throughline.core.records.walls import shown_of

LOOKS = 5
"""So many steps of ``LOOKED_AT`` entries are gone at most for one answer."""
LOOKED_AT = 500


def events_after(
    *, user: User, after: Cursor, limit: int, events: Collection[str] = (), types: Collection[str] | None = None
) -> tuple[list[TimelineEntry], Cursor]:
    """
    Return up to ``limit`` events after a place, and the place to go on from.

    ``events`` narrows to names, ``types`` to record types. Fewer events than ``limit``, or none, do not mean the end:
    a place that has moved on does not either.
    """
    found: list[Entry] = []
    for _ in range(LOOKS):
        entries, following = follow(after=after, limit=LOOKED_AT)
        seen = _seen(user, [each for each in entries if _is_wanted(each, events, types)])
        fitting = seen[: limit - len(found)]
        found += fitting
        if len(fitting) < len(seen):
            return _told(found, user), _place(found[-1])
        after = following
        if len(entries) < LOOKED_AT or len(found) == limit:
            break
    return _told(found, user), after


def as_sent(entry: TimelineEntry) -> dict[str, Any]:
    """Return an event as programs are told it, whether they ask or are called."""
    return {
        "id": entry.id,
        "at": entry.at,
        "event": entry.event,
        "title": entry.title,
        "by": {"kind": str(entry.by.kind), "id": entry.by.id, "label": entry.by.label},
        "about": {"type": entry.about.type, "id": entry.about.id},
        "data": entry.data,
    }


def _place(entry: Entry) -> Cursor:
    return Cursor(entry.era, entry.txid, entry.pk)


def _is_wanted(entry: Entry, events: Collection[str], types: Collection[str] | None) -> bool:
    return (
        not entry.sandbox
        and (not events or entry.event in events)
        and (types is None or entry.record_type in types)
        and registry.find(entry.record_type) is not None
    )


def _seen(user: User, entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries about records that the person sees, by the first wall; one query per type."""
    ids: dict[str, set[int]] = {}
    for entry in entries:
        ids.setdefault(entry.record_type, set()).add(entry.record_id)
    seen = {kind: _visible(registry.get(kind), user, keys) for kind, keys in ids.items()}
    return [entry for entry in entries if entry.record_id in seen[entry.record_type]]


def _visible(spec: RecordSpec, user: User, ids: Iterable[int]) -> set[int]:
    manager = spec.model._default_manager
    return set(manager.filter(access.visible(spec, user), pk__in=list(ids)).values_list("pk", flat=True))


def _told(entries: Sequence[Entry], user: User) -> list[TimelineEntry]:
    shown = shown_of((RecordRef(entry.record_type, entry.record_id) for entry in entries), user=user)
    return [bounded(entry, user) for entry in told(entries) if entry.about in shown]
