"""Incidents: the list, alike ones together, one in full, and what repairing many would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, Count, Func, Max, Min, Q

from throughline.core import access
from throughline.core.actor import Actor
from throughline.core.arrays import any_of
from throughline.core.identity.models import User
from throughline.core.procedures import charts, permits
from throughline.core.procedures.models import Case, Incident, ProcedureVersion, Repair
from throughline.core.procedures.operations.steps import why_not_to
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.titles import record_titles
from throughline.core.refusals import NotAllowed, NotFound
from throughline.flow import values
from throughline.flow.engine import decode_state

HOST_HOWS = ("retry", "cancel")
"""What can be done about an incident of a case as a whole."""
STEP_HOWS = ("retry", "skip", "move", "correct", "cancel")


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """
    One incident: what cannot go on, where, why, since when. ``kind``: ``action``, ``driver``, ``watchdog`` …, a word
    for programs. ``hows``: what can be done about it. ``retries``: how often it was retried by hand.
    """

    id: int
    case: int
    token: int | None
    record: RecordRef | None
    record_title: str
    procedure: str
    procedure_name: str
    version: int
    node: str
    label: str
    kind: str
    message: str
    opened_at: datetime
    retries: int
    hows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IncidentGroup:
    """Alike incidents: of one step, with one message (an example of it). ``ids`` are of at most 1,000 of them."""

    procedure: str
    procedure_name: str
    version: int
    node: str
    label: str
    message: str
    count: int
    oldest_at: datetime
    latest_at: datetime
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class IncidentDetail:
    """
    One incident with all that helps to repair it: ``drawing`` is the BPMN file (mark ``row.node`` on it), ``action``
    and ``inputs`` what was tried, ``variables`` what the case knows, ``targets`` the steps it could be moved to, as
    (id, label).
    """

    row: IncidentRow
    drawing: bytes
    action: str
    inputs: Mapping[str, Any]
    data: Mapping[str, Any]
    variables: Mapping[str, Any]
    targets: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RepairPreview:
    """What a repair would do to one incident: in ``words``, or why it would be left alone (``problem``)."""

    incident: int
    case: int
    record: RecordRef | None
    record_title: str
    label: str
    words: str
    problem: str


@dataclass(frozen=True, slots=True)
class RepairRow:
    """A repair of many incidents, and how it went: ``left`` were left alone. ``can_be_taken_back``: see operations."""

    id: int
    how: str
    reason: str
    status: str
    decided_at: datetime
    due_at: datetime
    by: str
    count: int
    done: int
    left: int
    can_be_taken_back: bool


# --- lists ------------------------------------------------------------------------------------------------------------
def incidents(
    *, user: User, at: datetime, procedure: str = "", node: str = "", after: int = 0, limit: int = 50
) -> list[IncidentRow]:
    """
    Return the open incidents that ``user`` may see, oldest first; of one procedure and step if named.

    ``after``: the id of the last row of the page before. Sandbox cases have none to show. ``at`` bounds what is shown.
    """
    found = _visible(user).filter(pk__gt=after, opened_at__lte=at)
    if procedure:
        found = found.filter(version__procedure__key=procedure)
    if node:
        found = found.filter(node=node)
    return _rows(list(found.order_by("pk")[:limit]))


def _visible(user: User) -> Any:
    rows = Incident.objects.filter(status="open", sandbox=False)
    return (
        rows.filter(_seen(user, rows))
        .select_related("case", "version__procedure")
        .defer("case__state", "version__bpmn")
    )


def _seen(user: User, rows: Any) -> Q:
    """
    Return the predicate of those incidents that somebody may see.

    Few cases stand still, of few types: their records are asked for by key. Joined, the database is tempted to read all
    records that somebody sees, for the sake of a handful.
    """
    about: dict[str, set[int]] = {}
    for record_type, record_id in rows.order_by().values_list("case__record_type", "case__record_id").distinct():
        if record_id is not None:
            about.setdefault(record_type, set()).add(record_id)
    found = Q(case__record_id=None)
    for record_type, ids in sorted(about.items()):
        spec = registry.find(record_type)
        visible = Q(pk__in=[]) if spec is None else access.visible(spec, user)
        if visible == Q():
            found |= Q(case__record_type=record_type)
        elif spec is not None:
            seen = spec.model._default_manager.filter(visible, any_of("pk", ids)).values_list("pk", flat=True)
            found |= Q(case__record_type=record_type) & any_of("case__record_id", seen)
    return found


def _rows(found: Sequence[Incident]) -> list[IncidentRow]:
    ready = charts.running_many((each.version_id, each.case.process) for each in found)
    refs = {each.pk: _record(each.case) for each in found}
    titles = record_titles(list(refs.values()))
    return [_row(each, ready[(each.version_id, each.case.process)], refs[each.pk], titles) for each in found]


def _row(
    incident: Incident, running: charts.Running, record: RecordRef | None, titles: Mapping[RecordRef, str]
) -> IncidentRow:
    return IncidentRow(
        id=incident.pk,
        case=incident.case_id,
        token=incident.token,
        record=record,
        record_title="" if record is None else titles.get(record, ""),
        procedure=running.key,
        procedure_name=running.name,
        version=running.number,
        node=incident.node,
        label=running.label(incident.node) if incident.node else running.name,
        kind=str(incident.data.get("kind", "")),
        message=incident.message,
        opened_at=incident.opened_at,
        retries=incident.retries,
        hows=HOST_HOWS if incident.token is None else STEP_HOWS,
    )


def incident_groups(*, user: User) -> list[IncidentGroup]:
    """Return the open incidents that ``user`` may see, alike ones together, the largest group first."""
    found = _visible(user).values(
        "version_id", "version__number", "version__procedure__key", "version__procedure__name", "node", "message"
    )
    told = {"count": Count("pk"), "oldest": Min("opened_at"), "latest": Max("opened_at"), "ids": _first_ids("pk")}
    groups = list(found.annotate(**told).order_by("-count", "oldest"))
    ready = charts.running_many({(group["version_id"], "") for group in groups})
    return [
        IncidentGroup(
            procedure=group["version__procedure__key"],
            procedure_name=group["version__procedure__name"],
            version=group["version__number"],
            node=group["node"],
            label=ready[(group["version_id"], "")].label(group["node"]) if group["node"] else "",
            message=group["message"],
            count=group["count"],
            oldest_at=group["oldest"],
            latest_at=group["latest"],
            ids=tuple(group["ids"]),
        )
        for group in groups
    ]


def _first_ids(column: str) -> Func:
    """Return the first thousand keys of a group, as the group is read."""
    every = ArrayAgg(column, order_by=[column])
    return Func(every, template="(%(expressions)s)[1:1000]", output_field=ArrayField(BigIntegerField()))


# --- one --------------------------------------------------------------------------------------------------------------
def incident(*, incident_id: int, user: User) -> IncidentDetail:
    """
    Return one open incident in full.

    Raises:
        NotFound: there is none (any more), or ``user`` may not see its record.
    """
    found = _visible(user).filter(pk=incident_id).first()
    if found is None:
        raise NotFound("There is no such incident any more.")
    (row,) = _rows([found])
    case = Case.objects.get(pk=found.case_id)
    drawing = bytes(ProcedureVersion.objects.values_list("bpmn", flat=True).get(pk=found.version_id))
    state = None if case.state is None else decode_state(bytes(case.state))
    chart = charts.running(found.version_id, case.process).chart
    targets = [
        (node.id, node.label) for node in chart.nodes if found.token and not why_not_to(case, found.node, node.id)
    ]
    return IncidentDetail(
        row=row,
        drawing=drawing,
        action=str(found.data.get("action", "")),
        inputs=dict(found.data.get("inputs", {})),
        data=dict(found.data),
        variables={} if state is None else {name: values.to_json(value) for name, value in state.variables.items()},
        targets=tuple(targets),
    )


# --- repairs ----------------------------------------------------------------------------------------------------------
def repair_preview(
    *, incident_ids: Sequence[int], how: str, user: User, node: str = "", limit: int = 200
) -> list[RepairPreview]:
    """Return what ``operations.repair_incidents`` would do to each of these incidents that ``user`` may see."""
    found = list(_visible(user).filter(pk__in=incident_ids).order_by("pk")[:limit])
    rows = {row.id: row for row in _rows(found)}
    return [_preview(each, rows[each.pk], how, node, user) for each in found]


def _preview(incident: Incident, row: IncidentRow, how: str, node: str, user: User) -> RepairPreview:
    problem = _why_not(incident, row, how, node, user)
    label = charts.running(incident.version_id, incident.case.process).label(node) if node else ""
    words = "" if problem else _WORDS[how].format(label=label)
    return RepairPreview(row.id, row.case, row.record, row.record_title, row.label, words, problem)


_WORDS = {
    "retry": "is tried again",
    "skip": "goes on as if the step had been done",
    "move": "goes on at “{label}”",
    "correct": "gets the corrected values and is tried again",
    "cancel": "ends here",
}


def _why_not(incident: Incident, row: IncidentRow, how: str, node: str, user: User) -> str:
    try:
        permits.require_repair(incident.case, Actor.user(user))
    except (NotAllowed, NotFound):
        return "You may not repair this case."
    if how not in row.hows:
        return "This incident is about the case as a whole. Retry it, or cancel the case."
    chart = charts.running(incident.version_id, incident.case.process).chart
    here = chart.by_id.get(incident.node)
    if how == "skip" and here is not None and here.type.endswith("Gateway"):
        return "Only a step can be skipped. Move the case to another step instead."
    return why_not_to(incident.case, incident.node, node) if how == "move" else ""


def repairs(*, limit: int = 20) -> list[RepairRow]:
    """Return the latest repairs of many incidents, the newest first."""
    rows = []
    for repair in Repair.objects.order_by("-pk")[:limit]:
        outcomes = list(repair.incidents.values_list("outcome", flat=True))
        waiting = repair.status == "waiting"
        rows.append(
            RepairRow(
                id=repair.pk,
                how=repair.how,
                reason=repair.reason,
                status=repair.status,
                decided_at=repair.decided_at,
                due_at=repair.due_at,
                by=repair.by_label,
                count=len(outcomes),
                done=outcomes.count("done"),
                left=sum(1 for outcome in outcomes if outcome not in ("", "done")),
                can_be_taken_back=waiting or (repair.status == "done" and repair.how in ("skip", "move")),
            )
        )
    return rows


def _record(case: Case) -> RecordRef | None:
    return None if case.record_id is None else RecordRef(case.record_type, case.record_id)
