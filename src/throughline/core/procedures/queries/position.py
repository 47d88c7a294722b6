"""Where a record stands on its own chart: the token, the way so far, the next step, who, until when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from throughline.core.identity.models import User
from throughline.core.procedures import charts
from throughline.core.procedures.models import Case
from throughline.core.procedures.queries.work import WorkRow, work_of_record
from throughline.core.recordref import RecordRef
from throughline.core.rows import fetch, fetch_planned

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
    """A node the case has been to, in order: how it went there, when, and by whom (a user key, or empty)."""

    seq: int
    node: str
    kind: str
    flow: str
    at: datetime
    elapsed_us: int | None
    token: int | None = None
    by: str = ""


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
    is_guided: bool = False
    """It only watches: nobody is asked for anything; ``watched.py`` says what is expected."""

    @property
    def nodes(self) -> frozenset[str]:
        """The nodes travelled so far."""
        return frozenset(visit.node for visit in self.path if visit.node)

    @property
    def flows(self) -> frozenset[str]:
        """The sequence flows taken so far."""
        return frozenset(visit.flow for visit in self.path if visit.flow)


class _Case(NamedTuple):
    """What a position needs of a case; the names are the paths to it."""

    pk: int
    is_primary: bool
    version_id: int
    process: str
    status: str
    outcome: str
    end_node: str
    started_at: datetime
    ended_at: datetime | None
    held: bool
    version__guided: bool


def position(*, record: RecordRef, user: User, at: datetime, case_id: int | None = None) -> Position | None:
    """
    Return where a record stands in its primary case (or in ``case_id``), or None if it has no case.

    The caller has checked that ``user`` may see the record.
    """
    cases = Case.objects.filter(record_type=record.type, record_id=record.id)
    cases = cases.filter(pk=case_id) if case_id is not None else cases.filter(is_primary=True)
    rows = cases.order_by("pk").values_list(*_Case._fields)[:1]
    found = _positions([_Case(*row) for row in rows], record, user, at)
    return found[0] if found else None


def positions(*, record: RecordRef, user: User, at: datetime, sandbox: bool = False) -> list[Position]:
    """
    Return where a record stands in all of its running cases, the primary one first, and in those that only watched and
    have ended. Five queries, however many.

    The caller has checked that ``user`` may see the record. ``sandbox``: it is a test record.
    """
    cases = [_Case(*row) for row in fetch(_CASES, [record.type, record.id, sandbox])]
    return _positions(cases, record, user, at, sandbox)


_CASES = """
SELECT c.id, c.is_primary, c.version_id, c.process, c.status, c.outcome, c.end_node, c.started_at, c.ended_at, c.held,
       v.guided
FROM procedures_case c JOIN procedures_procedureversion v ON v.id = c.version_id
WHERE c.record_type = %s AND c.record_id = %s AND c.sandbox = %s AND (c.ended_at IS NULL OR v.guided)
ORDER BY c.is_primary DESC, c.started_at DESC, c.id
"""
"""The columns of ``_Case`` in their order."""


def _positions(
    cases: Sequence[_Case], record: RecordRef, user: User, at: datetime, sandbox: bool = False
) -> list[Position]:
    if not cases:
        return []
    ready = charts.running_many((case.version_id, case.process) for case in cases)
    work = work_of_record(record=record, user=user, at=at, sandbox=sandbox)
    tokens, paths = _tokens(cases, ready, at), _paths(cases)
    return [
        Position(
            case=case.pk,
            is_primary=case.is_primary,
            procedure=running.key,
            procedure_name=running.name,
            version=running.number,
            version_id=case.version_id,
            drawing=charts.drawing(case.version_id),
            status=case.status,
            outcome=case.outcome,
            end_node=case.end_node,
            started_at=case.started_at,
            ended_at=case.ended_at,
            held=case.held,
            tokens=tuple(tokens[case.pk]),
            path=tuple(paths[case.pk]),
            next_steps=tuple(row for row in work if row.case == case.pk),
            is_guided=case.version__guided,
        )
        for case in cases
        for running in [ready[(case.version_id, case.process)]]
    ]


def _tokens(
    cases: Sequence[_Case], ready: Mapping[charts.VersionKey, charts.Running], at: datetime
) -> dict[int, list[TokenAt]]:
    labels = {case.pk: ready[(case.version_id, case.process)].label for case in cases}
    incidents = {
        (case, token): (key, message) for case, token, key, message in fetch_planned(_INCIDENTS, [list(labels)])
    }
    found: dict[int, list[TokenAt]] = {case: [] for case in labels}
    for case, token, node, waits_for, arrived_at, due_at in fetch_planned(_TOKENS, [list(labels)]):
        overdue = due_at is not None and due_at < at
        incident, message = incidents.get((case, token), (None, ""))
        label = labels[case](node)
        found[case].append(TokenAt(token, node, label, waits_for, arrived_at, due_at, overdue, incident, message))
    return found


_INCIDENTS = """
SELECT case_id, token, id, message FROM procedures_incident WHERE case_id = ANY(%s) AND status = 'open'
"""
_TOKENS = """
SELECT case_id, token, node, waits_for, arrived_at, due_at FROM procedures_token WHERE case_id = ANY(%s)
ORDER BY case_id, token
"""


def _paths(cases: Sequence[_Case]) -> dict[int, list[Visit]]:
    found: dict[int, list[Visit]] = {case.pk: [] for case in cases}
    events = fetch_planned(_PATHS, [list(found)])
    for case, seq, node, kind, flow, at, elapsed_us, token, actor_kind, actor in events:
        by = actor if actor_kind == "user" else ""
        found[case].append(Visit(seq, node, kind, flow, at, elapsed_us, token, by))
    return found


_PATHS = """
SELECT case_id, seq, node, kind, flow, at, elapsed_us, token, actor_kind, actor_id FROM procedures_case_event
WHERE case_id = ANY(%s) ORDER BY case_id, seq
"""
