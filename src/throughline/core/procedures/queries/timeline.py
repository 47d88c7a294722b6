"""Engine events for people: what happened to a record in its procedures, to be shown between its business facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q

from throughline.core.procedures import charts
from throughline.core.procedures.models import CaseEvent
from throughline.core.recordref import RecordRef
from throughline.core.rows import fetch

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
    events = CaseEvent.objects.filter(case_id__in=list(processes), kind__in=SHOWN)
    if before is not None:
        at, case, seq = before
        events = events.filter(Q(at__lt=at) | Q(at=at, case_id__lt=case) | Q(at=at, case_id=case, seq__lt=seq))
    ordered = events.order_by("-at", "-case_id", "-seq")[:limit]
    return _in_words([_Event(*row) for row in ordered.values_list(*_Event._fields)], processes)


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
