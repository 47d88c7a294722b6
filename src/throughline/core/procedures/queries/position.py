"""Where a record stands on its own chart: the token, the way so far, the next step, who, until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from throughline.core.identity.models import User
from throughline.core.procedures import charts
from throughline.core.procedures.models import Case, CaseEvent, Incident, ProcedureVersion, Token
from throughline.core.procedures.queries.work import WorkRow, work_of_record
from throughline.core.recordref import RecordRef

NextStep = WorkRow
"""What somebody has to do next: title, who, until when, guidance, form and outcomes."""


@dataclass(frozen=True, slots=True)
class TokenAt:
    """A token on the drawing: where, since when, what would move it, until when."""

    token: int
    node: str
    label: str
    waits_for: str
    arrived_at: datetime
    due_at: datetime | None
    overdue: bool
    incident: int | None
    incident_message: str


@dataclass(frozen=True, slots=True)
class Visit:
    """A node the case has been to, in order: how it went there, when, and by whom."""

    seq: int
    node: str
    kind: str
    flow: str
    at: datetime
    elapsed_us: int | None


@dataclass(frozen=True, slots=True)
class Position:
    """
    A case of a record as its page shows it.

    ``drawing`` is the BPMN file of the case's version. ``path``: what happened on the drawing, in order; ``nodes`` and
    ``flows``: the ids to mark as travelled. ``next_steps``: the work items that wait; none while only time or others
    are waited for.
    """

    case: int
    is_primary: bool
    procedure: str
    procedure_name: str
    version: int
    version_id: int
    drawing: bytes
    status: str
    outcome: str
    end_node: str
    started_at: datetime
    ended_at: datetime | None
    held: bool
    tokens: tuple[TokenAt, ...]
    path: tuple[Visit, ...]
    next_steps: tuple[NextStep, ...]

    @property
    def nodes(self) -> frozenset[str]:
        """The nodes travelled so far."""
        return frozenset(visit.node for visit in self.path if visit.node)

    @property
    def flows(self) -> frozenset[str]:
        """The sequence flows taken so far."""
        return frozenset(visit.flow for visit in self.path if visit.flow)


def position(*, record: RecordRef, user: User, at: datetime, case_id: int | None = None) -> Position | None:
    """
    Return where a record stands in its primary case (or in ``case_id``), or None if it has no case.

    The caller has checked that ``user`` may see the record.
    """
    cases = Case.objects.filter(record_type=record.type, record_id=record.id).defer("state")
    cases = cases.filter(pk=case_id) if case_id is not None else cases.filter(is_primary=True)
    case = cases.first()
    return None if case is None else _position(case, record, user, at)


def positions(*, record: RecordRef, user: User, at: datetime) -> list[Position]:
    """Return where a record stands in all of its running cases, the primary one first."""
    cases = Case.objects.filter(record_type=record.type, record_id=record.id, ended_at=None, sandbox=False)
    ordered = cases.defer("state").order_by("-is_primary", "-started_at", "pk")
    return [_position(case, record, user, at) for case in ordered]


def _position(case: Case, record: RecordRef, user: User, at: datetime) -> Position:
    running = charts.running(case.version_id, case.process)
    work = [row for row in work_of_record(record=record, user=user, at=at) if row.case == case.pk]
    version = ProcedureVersion.objects.get(pk=case.version_id)
    return Position(
        case=case.pk,
        is_primary=case.is_primary,
        procedure=running.key,
        procedure_name=running.name,
        version=running.number,
        version_id=case.version_id,
        drawing=bytes(version.bpmn),
        status=case.status,
        outcome=case.outcome,
        end_node=case.end_node,
        started_at=case.started_at,
        ended_at=case.ended_at,
        held=case.held,
        tokens=_tokens(case, running, at),
        path=_path(case),
        next_steps=tuple(work),
    )


def _tokens(case: Case, running: charts.Running, at: datetime) -> tuple[TokenAt, ...]:
    incidents = {incident.token: incident for incident in Incident.objects.filter(case=case, status="open")}
    return tuple(
        TokenAt(
            token=token.token,
            node=token.node,
            label=running.label(token.node),
            waits_for=token.waits_for,
            arrived_at=token.arrived_at,
            due_at=token.due_at,
            overdue=token.due_at is not None and token.due_at < at,
            incident=incident.pk if incident else None,
            incident_message=incident.message if incident else "",
        )
        for token in Token.objects.filter(case=case).order_by("token")
        for incident in [incidents.get(token.token)]
    )


def _path(case: Case) -> tuple[Visit, ...]:
    events = CaseEvent.objects.filter(case_id=case.pk).order_by("seq")
    return tuple(Visit(event.seq, event.node, event.kind, event.flow, event.at, event.elapsed_us) for event in events)
