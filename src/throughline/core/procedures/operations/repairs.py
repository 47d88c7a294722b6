"""Deciding about many incidents at once, and taking that back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from throughline.core import journal
from throughline.core.actor import Actor
from throughline.core.procedures import feel, permits
from throughline.core.procedures.events import IncidentsRepaired, RepairTakenBack
from throughline.core.procedures.inbox import wake
from throughline.core.procedures.models import Incident, Repair, RepairedIncident
from throughline.core.procedures.operations.cases import cancel_case, set_variables
from throughline.core.procedures.operations.incidents import retry_incident
from throughline.core.procedures.operations.steps import move_step, skip_step, take_back_step
from throughline.core.recordref import RecordRef
from throughline.core.refusals import NotFound, Refusal
from throughline.flow import values

MOMENT = timedelta(seconds=10)
"""How long a decision waits before it is carried out, so that it can be taken back as if it had never been."""
HOWS = ("retry", "skip", "move", "correct", "cancel")


@transaction.atomic
def repair_incidents(
    *,
    incident_ids: Sequence[int],
    how: str,
    by: Actor,
    at: datetime,
    reason: str = "",
    node: str = "",
    variables: Mapping[str, Any] | None = None,
    wait: timedelta = MOMENT,
) -> Repair:
    """
    Decide about many incidents at once; a worker carries it out after ``wait``.

    ``how``: ``retry`` the step, ``skip`` it, ``move`` to ``node``, ``correct`` the ``variables`` (plain Python values)
    and retry, or ``cancel`` the case. All but retrying need a ``reason``. An incident that is closed by then, or whose
    case cannot go that way, is left alone and says why (``queries.repairs``).

    Raises:
        NotFound: an incident does not exist, or the person may not see its record.
        NotAllowed: the person may not repair one of the cases; nothing was changed.
        Refusal: the decision is not complete (``field``).
    """
    _require_complete(how, reason, node, variables)
    wanted = sorted(set(incident_ids))
    found = list(Incident.objects.select_related("case").defer("case__state").filter(pk__in=wanted).order_by("pk"))
    if not wanted or len(found) != len(wanted):
        raise NotFound("There is no such incident any more.")
    for incident in found:
        permits.require_repair(incident.case, by)
    arguments = {"node": node, "variables": values.dumps(feel.context(variables))}
    repair = Repair.objects.create(
        how=how,
        arguments=arguments,
        reason=reason,
        decided_at=at,
        due_at=at + wait,
        by_kind=by.kind,
        by_id=by.id,
        by_label=by.label,
    )
    RepairedIncident.objects.bulk_create(RepairedIncident(repair=repair, incident=incident) for incident in found)
    decided = IncidentsRepaired(repair=repair.pk, how=how, count=len(found), reason=reason)
    journal.record(decided, by=by, at=at, about=_about(repair))
    wake()
    return repair


def _require_complete(how: str, reason: str, node: str, variables: Mapping[str, Any] | None) -> None:
    if how not in HOWS:
        raise Refusal("unknown_repair", f"Choose one of {', '.join(HOWS)}.", "how")
    if how != "retry" and not reason.strip():
        raise Refusal("reason_missing", "Say why; the reason is kept in the history of the cases.", "reason")
    if how == "move" and not node:
        raise Refusal("step_missing", "Choose the step to move to.", "node")
    if how == "correct" and not variables:
        raise Refusal("values_missing", "Give at least one value to correct.", "variables")


@transaction.atomic
def take_back_repair(*, repair_id: int, by: Actor, at: datetime) -> int:
    """
    Take back a decision about many incidents, and return how many cases go back.

    Before it is carried out, nothing has happened. Afterwards, cases that were skipped on or moved go back, as long as
    they wait where that led; the others stay. What was retried, corrected or cancelled has happened.

    Raises:
        NotFound: there is no such repair, or the person may not see one of its records.
        NotAllowed: the person may not repair one of the cases.
        Refusal: it was taken back already, or it has happened.
    """
    repair = Repair.objects.select_for_update().filter(pk=repair_id).first()
    if repair is None:
        raise NotFound("There is no such repair.")
    rows = list(repair.incidents.select_related("incident__case").defer("incident__case__state"))
    for row in rows:
        permits.require_repair(row.incident.case, by)
    if repair.status == "taken_back":
        raise Refusal("taken_back", "This has been taken back already.")
    if repair.status == "done" and repair.how not in ("skip", "move"):
        raise Refusal("has_happened", "This has happened already and cannot be taken back.")
    undone = sum(_go_back(row, by, at) for row in rows if row.entry is not None)
    repair.status = "taken_back"
    repair.save(update_fields=["status"])
    journal.record(RepairTakenBack(repair=repair.pk, undone=undone), by=by, at=at, about=_about(repair))
    return undone


def _go_back(row: RepairedIncident, by: Actor, at: datetime) -> bool:
    """Bring one case back; one that has gone on stays, and its row says so."""
    assert row.entry is not None
    try:
        with transaction.atomic():
            take_back_step(entry_id=row.entry, by=by, at=at)
    except Refusal as refused:
        row.outcome = refused.message
        row.save(update_fields=["outcome"])
        return False
    return True


def _about(repair: Repair) -> RecordRef:
    return RecordRef("repair", repair.pk)


# --- carrying out -----------------------------------------------------------------------------------------------------
def carry_out_repairs(*, at: datetime) -> int:
    """Do what was decided about incidents and is due, and return how many incidents had their turn."""
    return sum(
        _carry_out(key, at)
        for key in Repair.objects.filter(status="waiting", due_at__lte=at).values_list("pk", flat=True)
    )


@transaction.atomic
def _carry_out(key: int, at: datetime) -> int:
    repair = Repair.objects.select_for_update(skip_locked=True).filter(pk=key, status="waiting").first()
    if repair is None:
        return 0
    rows = list(repair.incidents.select_related("incident").order_by("incident_id"))
    by = Actor(repair.by_kind, repair.by_id, repair.by_label)
    for row in rows:
        try:
            with transaction.atomic():
                row.entry = _do(repair, row.incident, by, at)
            row.outcome = "done"
        except Refusal as refused:
            row.outcome = refused.message
        row.save(update_fields=["outcome", "entry"])
    repair.status, repair.done_at = "done", at
    repair.save(update_fields=["status", "done_at"])
    return len(rows)


def _do(repair: Repair, incident: Incident, by: Actor, at: datetime) -> int | None:
    if incident.status != "open":
        raise Refusal("already_closed", "This incident is closed already, so nothing was done.")
    return _DO[repair.how](repair, incident, by, at)


def _retry(_: Repair, incident: Incident, by: Actor, at: datetime) -> None:
    retry_incident(incident_id=incident.pk, by=by, at=at)


def _correct(repair: Repair, incident: Incident, by: Actor, at: datetime) -> None:
    given = {name: values.to_python(value) for name, value in feel.read(repair.arguments["variables"]).items()}
    set_variables(case_id=incident.case_id, variables=given, by=by, at=at, reason=repair.reason)
    retry_incident(incident_id=incident.pk, by=by, at=at)


def _cancel(repair: Repair, incident: Incident, by: Actor, at: datetime) -> None:
    cancel_case(case_id=incident.case_id, by=by, at=at, reason=repair.reason)


def _skip(repair: Repair, incident: Incident, by: Actor, at: datetime) -> int:
    return skip_step(case_id=incident.case_id, token=_token(incident), by=by, at=at, reason=repair.reason)


def _move(repair: Repair, incident: Incident, by: Actor, at: datetime) -> int:
    node = str(repair.arguments["node"])
    return move_step(case_id=incident.case_id, token=_token(incident), node=node, by=by, at=at, reason=repair.reason)


def _token(incident: Incident) -> int:
    if incident.token is None:
        raise Refusal("no_step", "This incident is about the case as a whole. Retry it, or cancel the case.")
    return incident.token


_DO: Mapping[str, Callable[[Repair, Incident, Actor, datetime], int | None]] = {
    "retry": _retry,
    "skip": _skip,
    "move": _move,
    "correct": _correct,
    "cancel": _cancel,
}
