"""
Opening cases set-wise: the rows of new cases and their first commands, in the caller's transaction.

Used by everything that starts a case: people, the journal, messages, signals, schedules and call activities.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
from django.db import IntegrityError, connection, transaction

from throughline.core import copying, journal
from throughline.core.actor import Actor
from throughline.core.procedures import setwise
from throughline.core.procedures.choosing import chosen_versions, live_variants
from throughline.core.procedures.events import CaseDrawn
from throughline.core.procedures.inbox import MANY, Order, enqueue
from throughline.core.procedures.splitting import Sharing, draws_other, running_splits
from throughline.core.recordref import RecordRef
from throughline.flow.engine import commands as cmd


class Opening(msgspec.Struct, frozen=True):
    """
    A case to be opened on version ``version`` for ``record`` (None: the procedure has no record).

    ``process``: a process of the version's file other than the procedure itself. ``node``: the start event, None for
    the plain one. ``cause`` and ``depth``: the journal entry that started it, and how many causes lie behind.
    ``parent`` and ``parent_token``: the call activity that waits for it. ``split`` and ``is_other`` are drawn while
    opening, when two versions share the cases that start.
    """

    version: int
    record: RecordRef | None
    process: str = ""
    node: str | None = None
    variables: Mapping[str, Any] = {}
    payload: Mapping[str, Any] = {}
    cause: int | None = None
    depth: int = 0
    sandbox: bool = False
    parent: int | None = None
    parent_token: int | None = None
    split: int | None = None
    is_other: bool | None = None


def take_keys(count: int) -> list[int]:
    """Return the keys of ``count`` cases to be opened, for those who must name them before."""
    return copying.take_keys("procedures_case", count)


def open_cases(openings: Sequence[Opening], *, by: Actor, at: datetime, keys: Sequence[int] | None = None) -> list[int]:
    """
    Write the cases and their first commands; return the keys in the given order. ``keys``: those of ``take_keys``.

    The first running case of a record is its primary one, the case that the record's page shows; one that only watches
    never is. Where a procedure has variants, their rules say by which one each case goes; where two versions share the
    cases that start, chance says with which one each does.
    """
    if not openings:
        return []
    ids = take_keys(len(openings)) if keys is None else list(keys)
    openings = _by_variant(openings, at)
    sharing = running_splits([opening.version for opening in openings])
    if sharing:
        openings = _drawn(openings, ids, sharing, by=by, at=at)
    _make_room_for_primaries(openings)
    rows = [_row(key, opening, at) for key, opening in zip(ids, openings, strict=True)]
    _insert(rows)
    enqueue([Order(key, _start(opening), by, at, opening.cause) for key, opening in zip(ids, openings, strict=True)])
    return ids


def _by_variant(openings: Sequence[Opening], at: datetime) -> Sequence[Opening]:
    """Let each case start with the variant whose rule takes its record; tests stay with the draft that they try."""
    variants = live_variants([opening.version for opening in openings])
    if not variants:
        return openings
    asked = {(each.version, each.record) for each in openings if each.record is not None and _may_vary(each)}
    chosen = chosen_versions(asked, variants, at)
    return [
        msgspec.structs.replace(each, version=chosen[each.version, each.record])
        if each.record is not None and _may_vary(each) and (each.version, each.record) in chosen
        else each
        for each in openings
    ]


def _may_vary(opening: Opening) -> bool:
    return not opening.sandbox and not opening.process


def _drawn(
    openings: Sequence[Opening], ids: Sequence[int], sharing: Mapping[int, Sharing], *, by: Actor, at: datetime
) -> list[Opening]:
    """Draw a version for each case that is to start with a shared one; called cases and tests stay where they are."""
    drawn, facts = [], []
    for case, opening in zip(ids, openings, strict=True):
        split = sharing.get(opening.version)
        if split is None or opening.sandbox or opening.process or opening.parent is not None:
            drawn.append(opening)
            continue
        about = opening.record or RecordRef("case", case)
        is_other = draws_other(split=split.split, unit=f"{about.type}/{about.id}", percent=split.percent)
        version = split.other if is_other else split.live
        drawn.append(msgspec.structs.replace(opening, version=version, split=split.split, is_other=is_other))
        told = CaseDrawn(case=case, split=split.split, version=split.other_number if is_other else split.live_number)
        facts.append(journal.Fact(told, about, cause=opening.cause))
    journal.record_many(facts, by=by, at=at)
    return drawn


def _start(opening: Opening) -> cmd.Start:
    if not (opening.variables or opening.payload):
        return _bare_start(opening.node, opening.parent is not None)
    return cmd.Start(
        node=opening.node,
        variables=dict(opening.variables),
        payload=dict(opening.payload),
        called=opening.parent is not None,
    )


@lru_cache(maxsize=64)
def _bare_start(node: str | None, called: bool) -> cmd.Start:
    """Return one command for all cases that start in the same way: it is then written once (``inbox.enqueue``)."""
    return cmd.Start(node=node, called=called)


def _row(key: int, opening: Opening, at: datetime) -> setwise.Row:
    record = opening.record or RecordRef("", 0)
    return (
        key,
        opening.version,
        opening.process,
        record.type,
        record.id if opening.record else None,
        opening.record is not None and not opening.sandbox and opening.parent is None,
        opening.sandbox,
        at,
        opening.cause,
        opening.depth,
        opening.parent,
        opening.parent_token,
        opening.split,
        opening.is_other,
    )


_DEMOTE = """
UPDATE procedures_case c SET is_primary = false
FROM unnest(%s::text[], %s::bigint[], %s::bigint[]) AS r (type, id, version)
JOIN procedures_procedureversion v ON v.id = r.version AND NOT v.guided
WHERE c.record_type = r.type AND c.record_id = r.id AND c.is_primary AND c.status IN ('finished', 'cancelled')
"""


def _make_room_for_primaries(openings: Sequence[Opening]) -> None:
    records = sorted({(*opening.record, opening.version) for opening in openings if opening.record is not None})
    if records:
        setwise.execute(_DEMOTE, setwise.columns_of(records, 3))


_INSERT = """
INSERT INTO procedures_case (
    id, version_id, process, record_type, record_id, is_primary, status, outcome, end_node, sequence, inputs, held,
    sandbox, started_at, moved_at, tz_version, cause, depth, parent_id, parent_token, split_id, is_other
)
SELECT r.id, r.version, r.process, r.type, r.record, r.is_primary AND NOT v.guided, 'starting', '', '', 0, 0, false,
       r.sandbox, r.at, r.at, '', r.cause, r.depth, r.parent, r.parent_token, r.split, r.is_other
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::boolean[], %s::boolean[],
            %s::timestamptz[], %s::bigint[], %s::smallint[], %s::bigint[], %s::integer[], %s::bigint[],
            %s::boolean[])
    AS r (id, version, process, type, record, is_primary, sandbox, at, cause, depth, parent, parent_token, split,
          is_other)
JOIN procedures_procedureversion v ON v.id = r.version
ON CONFLICT (record_type, record_id) WHERE is_primary DO NOTHING
RETURNING id
"""
_VERSION, _RECORD, _IS_PRIMARY = 1, slice(3, 5), 5


_COLUMNS = (
    "id, version_id, process, record_type, record_id, is_primary, sandbox, started_at, cause, depth, parent_id,"
    " parent_token, split_id, is_other, moved_at, status, outcome, end_node, sequence, inputs, held, tz_version"
)
_AT = 7
_AS_NEW = ("starting", "", "", 0, 0, False, "")
_GUIDED = "SELECT id FROM procedures_procedureversion WHERE id = ANY(%s) AND guided"


def _copied(rows: Sequence[setwise.Row]) -> bool:
    """Append many cases by COPY; nothing is written where a record has a primary case already."""
    guided = {key for (key,) in setwise.fetch(_GUIDED, [sorted({row[_VERSION] for row in rows})])}

    def given() -> Iterator[setwise.Row]:
        held: set[tuple[Any, ...]] = set()
        for row in rows:
            record = row[_RECORD]
            is_primary = row[_IS_PRIMARY] and row[_VERSION] not in guided and record not in held
            if is_primary:
                held.add(record)
            yield (*row[:_IS_PRIMARY], is_primary, *row[_IS_PRIMARY + 1 :], row[_AT], *_AS_NEW)

    try:
        with transaction.atomic(), connection.wrap_database_errors:
            setwise.copy("procedures_case", _COLUMNS, given())
    except IntegrityError:
        return False
    return True


def _insert(rows: list[setwise.Row]) -> None:
    """
    Insert the rows; where the record has a primary case already (perhaps of a transaction just committed), as
    another.
    """
    if len(rows) > MANY and _copied(rows):
        return
    inserted = {row[0] for row in setwise.fetch(_INSERT, setwise.columns_of(rows, 14))}
    others = [(*row[:_IS_PRIMARY], False, *row[_IS_PRIMARY + 1 :]) for row in rows if row[0] not in inserted]
    if others:
        setwise.fetch(_INSERT, setwise.columns_of(others, 14))
