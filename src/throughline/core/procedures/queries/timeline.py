"""Engine events for people: what happened to a record in its procedures, to be shown between its business facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from throughline.core.procedures import charts
from throughline.core.recordref import RecordRef
from throughline.core.rows import fetch, fetch_planned

SHOWN = (
    "case started",
    "case finished",
    "completed",
    "cancelled",
    "skipped",
    "unexpected",
    "moved",
    "decision made",
    "implausible",
    "incident raised",
    "incident closed",
)
"""The events a timeline shows; gateways passed and tokens arriving are on the drawing."""


@dataclass(frozen=True, slots=True)
class CaseHappening:
    """One engine event in words: what happened at which step of which procedure, by whom, after how long there."""

    case: int
    seq: int
    at: datetime
    kind: str
    node: str
    label: str
    procedure: str
    procedure_name: str
    actor_kind: str
    actor_id: str
    elapsed_us: int | None


def happenings(
    *, records: Sequence[RecordRef], before: tuple[datetime, int, int] | None = None, limit: int = 50
) -> list[CaseHappening]:
    """
    Return the engine events of all cases of records, newest first.

    ``before`` is the ``(at, case, seq)`` of the last row of the page before. The caller has checked that the asker may
    see the records. Two queries, and none per case; one where there is no case.
    """
    processes: dict[int, str] = dict(fetch(_CASES, [[ref.type for ref in records], [ref.id for ref in records]]))
    if not processes:
        return []
    narrowed, place = ("", ()) if before is None else (_BEHIND, before)
    rows = fetch_planned(_EVENTS.format(narrowed), [list(processes), list(SHOWN), *place, limit])
    return _in_words([_Event(*row) for row in rows], processes)


_CASES = """
SELECT c.id, c.process FROM unnest(%s::text[], %s::bigint[]) AS r (type, id)
JOIN procedures_case c ON c.record_type = r.type AND c.record_id = r.id
"""


class _Event(NamedTuple):
    """What is told of an engine event; the names are its columns."""

    case_id: int
    version_id: int
    seq: int
    at: datetime
    kind: str
    node: str
    actor_kind: str
    actor_id: str
    elapsed_us: int | None


_EVENTS = f"""
SELECT {", ".join(_Event._fields)} FROM procedures_case_event
WHERE case_id = ANY(%s) AND kind = ANY(%s) {{}}
ORDER BY at DESC, case_id DESC, seq DESC LIMIT %s
"""
_BEHIND = "AND (at, case_id, seq) < (%s, %s, %s)"


def _in_words(events: Sequence[_Event], processes: dict[int, str]) -> list[CaseHappening]:
    ready = charts.running_many((event.version_id, processes[event.case_id]) for event in events)
    return [_happening(event, ready[(event.version_id, processes[event.case_id])]) for event in events]


def _happening(event: _Event, running: charts.Running) -> CaseHappening:
    return CaseHappening(
        case=event.case_id,
        seq=event.seq,
        at=event.at,
        kind=event.kind,
        node=event.node,
        label=running.label(event.node) if event.node else running.name,
        procedure=running.key,
        procedure_name=running.name,
        actor_kind=event.actor_kind,
        actor_id=event.actor_id,
        elapsed_us=event.elapsed_us,
    )
