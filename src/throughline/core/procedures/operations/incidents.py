"""Having what could not go on by itself tried again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from throughline.core import journal
from throughline.core.actor import Actor
from throughline.core.procedures import permits, setwise
from throughline.core.procedures.events import IncidentRetried
from throughline.core.procedures.inbox import Order, enqueue, wake
from throughline.core.procedures.models import Incident
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
