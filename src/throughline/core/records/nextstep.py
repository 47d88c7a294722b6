"""
When the next dated step of a record is due: the earliest of what capabilities say is still to be done for it.

Planned activities, open work items and open promises each are a *source*; whoever opens or closes one asks to
``refresh`` the records it is about, in the same transaction. So ``next_activity_at`` is true, and a record without it
has nothing next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from django.db import connection

from throughline.core.recordref import RecordRef
from throughline.core.records import registry

Source = Callable[[str, Sequence[int]], Mapping[int, datetime]]
"""Given a record type and keys: the earliest open due moment by key; keys with nothing open are left out. One query."""

_sources: dict[str, Source] = {}


def add_source(name: str, source: Source) -> None:
    """Let a capability say what is still to be done; called once at start-up, again changes nothing."""
    _sources[name] = source


def refresh(refs: Iterable[RecordRef]) -> None:
    """Set ``next_activity_at`` of records to the earliest of all sources; only rows that change are written."""
    by_type: dict[str, set[int]] = {}
    for ref in refs:
        by_type.setdefault(ref.type, set()).add(ref.id)
    for record_type, keys in sorted(by_type.items()):
        spec = registry.find(record_type)
        if spec is not None:
            _write(spec.model._meta.db_table, _earliest(record_type, sorted(keys)))


def _earliest(record_type: str, keys: Sequence[int]) -> dict[int, datetime | None]:
    earliest: dict[int, datetime | None] = dict.fromkeys(keys)
    for source in _sources.values():
        for key, moment in source(record_type, keys).items():
            known = earliest[key]
            earliest[key] = moment if known is None else min(known, moment)
    return earliest


def _write(table: str, earliest: Mapping[int, datetime | None]) -> None:
    """Rows are locked in key order, as everywhere, so that two who do this do not wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH changed AS (
                SELECT kept.id, given.moment FROM "{table}" kept
                JOIN unnest(%s::bigint[], %s::timestamptz[]) AS given (id, moment) ON kept.id = given.id
                WHERE kept.next_activity_at IS DISTINCT FROM given.moment
                ORDER BY kept.id FOR NO KEY UPDATE OF kept
            )
            UPDATE "{table}" t SET next_activity_at = changed.moment FROM changed WHERE t.id = changed.id
            """,
            [list(earliest), list(earliest.values())],
        )
