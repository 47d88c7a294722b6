"""Repairing what could not go on by itself, and leaving the drawn way on purpose."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from throughline.core import journal
from throughline.core.actor import Actor
from throughline.core.procedures import charts, permits, setwise
from throughline.core.procedures.events import IncidentRetried, StepMoved, StepSkipped
from throughline.core.procedures.inbox import Order, enqueue, wake
from throughline.core.procedures.models import Case, Incident, Token
from throughline.core.procedures.models.case import RUNNING
from throughline.core.refusals import NotFound, Refusal
from throughline.flow.engine import commands as cmd


def retry_incident(*, incident_id: int, by: Actor, at: datetime) -> None:
    """Have one failed step tried again; see ``retry_incidents``."""
    if not retry_incidents(incident_ids=[incident_id], by=by, at=at):
        raise Refusal("already_closed", "This incident is closed already, so there is nothing to retry.")


@transaction.atomic
def retry_incidents(*, incident_ids: Sequence[int], by: Actor, at: datetime) -> int:
    """
    Have failed steps tried again when a worker drains the inbox, and return how many there are.

    Closed incidents are left alone. A step that fails again opens a new incident.

    Raises:
        NotFound: an incident does not exist, or the person may not see its record.
        NotAllowed: the person may not repair one of the cases; nothing was changed.
    """
    wanted = sorted(set(incident_ids))
    found = list(
        Incident.objects.select_for_update(of=("self",))
        .select_related("case")
        .defer("case__state")
        .filter(pk__in=wanted)
        .order_by("pk")
    )
    if len(found) != len(wanted):
        raise NotFound("There is no such incident any more.")
    for incident in found:
        permits.require_repair(incident.case, by)
    still_open = [incident for incident in found if incident.status == "open"]
    for incident in still_open:
        _retry(incident, by, at)
    return len(still_open)


def _retry(incident: Incident, by: Actor, at: datetime) -> None:
    case = incident.case
    if incident.number is None:
        _release(incident, by, at)
    elif incident.token is not None:
        enqueue([Order(case.pk, cmd.Retry(incident.token), by, at)])
    Incident.objects.filter(pk=incident.pk).update(retries=incident.retries + 1)
    retried = IncidentRetried(case=case.pk, node=incident.node, message=incident.message)
    journal.record(retried, by=by, at=at, about=permits.about(case), sandbox=case.sandbox)


def _release(incident: Incident, by: Actor, at: datetime) -> None:
    """Let a held case be stepped again: its parked commands go back into the inbox, in their order."""
    Incident.objects.filter(pk=incident.pk).update(
        status="closed", closed_at=at, closed_by_label=by.label, resolution="retried"
    )
    setwise.execute("UPDATE procedures_case SET held = false WHERE id = %s", [incident.case_id])
    setwise.execute("UPDATE procedures_inbox SET parked = false WHERE case_id = %s", [incident.case_id])
    wake()


@transaction.atomic
def skip_step(*, case_id: int, token: int, by: Actor, at: datetime, reason: str) -> None:
    """
    Let the case go on as if the step at ``token`` had been done. The deviation is kept with its reason.

    Raises:
        NotFound: there is no such case, or the person may not see its record.
        NotAllowed: the person may not repair the case.
        Refusal: no reason is given, or the step is over already.
    """
    case, resting = _resting(case_id, token, by, reason)
    enqueue([Order(case.pk, cmd.Skip(token, reason), by, at)])
    skipped = StepSkipped(case=case.pk, node=resting.node, reason=reason)
    journal.record(skipped, by=by, at=at, about=permits.about(case), sandbox=case.sandbox)


@transaction.atomic
def move_step(*, case_id: int, token: int, node: str, by: Actor, at: datetime, reason: str) -> None:
    """
    Take the case from the step at ``token`` to ``node``. The deviation is kept with its reason.

    Raises:
        NotFound, NotAllowed: see ``skip_step``.
        Refusal: no reason is given, the step is over already, or the drawing has no such step.
    """
    case, resting = _resting(case_id, token, by, reason)
    chart = charts.running(case.version_id, case.process).chart
    if node not in chart.by_id:
        raise Refusal("no_such_step", "The drawing has no such step. Choose one of its steps.", "node")
    enqueue([Order(case.pk, cmd.Move(token, node, reason), by, at)])
    moved = StepMoved(case=case.pk, node=resting.node, to=node, reason=reason)
    journal.record(moved, by=by, at=at, about=permits.about(case), sandbox=case.sandbox)


def _resting(case_id: int, token: int, by: Actor, reason: str) -> tuple[Case, Token]:
    if not reason.strip():
        raise Refusal("reason_missing", "Say why; the reason is kept in the history of the case.", "reason")
    case = Case.objects.defer("state").filter(pk=case_id).first()
    if case is None:
        raise NotFound("There is no such case any more.")
    permits.require_repair(case, by)
    resting = Token.objects.filter(case_id=case_id, token=token).first()
    if case.status not in RUNNING or resting is None:
        raise Refusal("step_over", "The case has gone on from this step already. Look at where it is now.")
    return case, resting
