"""Two records side by side, who absorbed whom, and the latest merges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.merging.models import Merge
from throughline.core.records.spec import FieldSpec, RecordSpec
from throughline.core.rows import fetch

EMPTY: tuple[Any, ...] = (None, "", [], {}, False)


def mergeable(spec: RecordSpec) -> list[FieldSpec]:
    """Return the fields of which a merge takes one value or the other: kept on the record, and written by people."""
    return [
        described
        for described in spec.by_name.values()
        if not described.is_through and not described.read_only and described.name not in ("tags", "next_activity_at")
    ]


def preferred(spec: RecordSpec, survivor: Any, absorbed: Any) -> list[str]:
    """Return the fields whose value survives from the absorbed record unless somebody chooses: those only it fills."""
    return [
        described.name
        for described in mergeable(spec)
        if described.value_of(survivor) in EMPTY and described.value_of(absorbed) not in EMPTY
    ]


def worth(spec: RecordSpec, record: Any) -> tuple[int, int]:
    """Return what speaks for a record as the survivor: how many fields it fills, then its age."""
    return sum(described.value_of(record) not in EMPTY for described in mergeable(spec)), -record.pk


def survivor_of(ref: RecordRef) -> int | None:
    """Return the record that an absorbed one leads to today, None when it was not absorbed."""
    found, seen = None, set()
    key = ref.id
    while key not in seen:
        seen.add(key)
        into = Merge.objects.filter(record_type=ref.type, absorbed_id=key, undone_at=None)
        after = into.values_list("survivor_id", flat=True).first()
        if after is None:
            return found
        found = key = after
    return found


def absorbed_by(*refs: RecordRef) -> dict[RecordRef, list[RecordRef]]:
    """
    Return the records that were merged into each of these, also by way of others, in the order it happened; nothing for
    one that absorbed none. One query where that holds for all.
    """
    found: dict[RecordRef, list[RecordRef]] = {}
    wanted = [(ref, ref) for ref in refs]
    while wanted:
        into: dict[RecordRef, list[RecordRef]] = {}
        rows = fetch(_ABSORBED, [[ref.type for _, ref in wanted], [ref.id for _, ref in wanted]])
        for record_type, survivor, absorbed in rows:
            into.setdefault(RecordRef(record_type, survivor), []).append(RecordRef(record_type, absorbed))
        wanted = [
            (first, gone) for first, ref in wanted for gone in into.get(ref, ()) if gone not in found.get(first, ())
        ]
        for first, gone in wanted:
            found.setdefault(first, []).append(gone)
    return found


_ABSORBED = """
SELECT m.record_type, m.survivor_id, m.absorbed_id FROM unnest(%s::text[], %s::bigint[]) AS r (type, id)
JOIN merging_merge m ON m.record_type = r.type AND m.survivor_id = r.id AND m.undone_at IS NULL ORDER BY m.id
"""


@dataclass(frozen=True, slots=True)
class Former:
    """
    A record that was merged into another: how it was called, until when it was there, and the keys of the rows that
    pointed at it then, by table.
    """

    title: str
    until: datetime
    moved: Mapping[str, frozenset[Any]]


def _key(kept: Any) -> Any:
    """Return a key as rows have it; one of several columns is kept as a list."""
    return tuple(kept) if isinstance(kept, list) else kept


def formers(*, refs: Iterable[RecordRef], user: User) -> dict[RecordRef, dict[RecordRef, Former]]:
    """
    Return the records that were merged into each of these and that ``user`` may see, in the order it happened.

    One that was brought back from the bin by hand has gone its own way. One query for records that absorbed nothing.
    """
    absorbed = absorbed_by(*refs)
    return {ref: _former(registry.get(ref.type), user, [gone.id for gone in those]) for ref, those in absorbed.items()}


def _former(spec: RecordSpec, user: User, ids: list[int]) -> dict[RecordRef, Former]:
    binned = spec.model._default_manager.filter(access.visible(spec, user), pk__in=ids).exclude(deleted_at=None)
    records = {record.pk: record for record in binned.select_related(*spec.related)}
    merges = Merge.objects.filter(record_type=spec.type, absorbed_id__in=list(records), undone_at=None)
    return {
        RecordRef(spec.type, merge.absorbed_id): Former(
            spec.title(records[merge.absorbed_id]),
            merge.at,
            {told["table"]: frozenset(map(_key, told["ids"])) for told in merge.moved},
        )
        for merge in merges.order_by("at", "pk")
    }


@dataclass(frozen=True, slots=True)
class Done:
    """A merge as the list of the latest ones shows it."""

    id: int
    record_type: str
    survivor_id: int
    title: str
    absorbed: str
    at: datetime
    by: str
    undone_at: datetime | None
    left: tuple[str, ...]


def latest(*, user: User, limit: int = 8) -> list[Done]:
    """Return the latest merges of records that ``user`` may see."""
    found: list[Done] = []
    merged = set(Merge.objects.order_by().values_list("record_type", flat=True).distinct())
    for spec in registry.everything():
        if spec.type not in merged:
            continue  # what may be seen of a type costs more to ask than whether there is anything
        rows = list(_seen(spec, user)[:limit])
        records = spec.model._default_manager.select_related(*spec.related).in_bulk(
            {key for row in rows for key in (row.survivor_id, row.absorbed_id)}
        )
        found += [
            Done(
                row.pk,
                spec.type,
                row.survivor_id,
                spec.title(records[row.survivor_id]),
                spec.title(records[row.absorbed_id]),
                row.at,
                row.by,
                row.undone_at,
                tuple(row.left),
            )
            for row in rows
        ]
    return sorted(found, key=lambda done: done.at, reverse=True)[:limit]


def _seen(spec: RecordSpec, user: User) -> Any:
    seen = spec.model._default_manager.filter(access.visible(spec, user), sandbox=False).values("pk")
    rows = Merge.objects.filter(record_type=spec.type, survivor_id__in=seen, absorbed_id__in=seen)
    return rows.order_by("-at", "-pk")
