"""Leaving the drawn way on purpose: skip, move or repeat a step, and take that back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from throughline.core import journal
from throughline.core.actor import Actor
from throughline.core.journal.models import Entry
from throughline.core.procedures import charts, permits
from throughline.core.procedures.events import StepMoved, StepRepeated, StepSkipped, StepTakenBack
from throughline.core.procedures.inbox import Order, enqueue
from throughline.core.procedures.models import Case, Token
from throughline.core.procedures.models.case import RUNNING
from throughline.core.refusals import NotFound, Refusal
from throughline.flow.engine import commands as cmd
from throughline.flow.engine import decode_state


@transaction.atomic
def skip_step(*, case_id: int, token: int, by: Actor, at: datetime, reason: str) -> int:
    """
    Let the case go on as if the step at ``token`` had been done. The deviation is kept with its reason.

    Returns the key of the journal entry, by which it can be taken back.

    Raises:
        NotFound: there is no such case, or the person may not see its record.
        NotAllowed: the person may not repair the case.
        Refusal: no reason is given, the step is over already, or it is a gateway, which cannot be skipped.
    """
    case, resting = _resting(case_id, token, by, reason)
    if charts.running(case.version_id, case.process).chart.node(resting.node).type.endswith("Gateway"):
        raise Refusal("not_skippable", "Only a step can be skipped. Move the case to another step instead.")
    enqueue([Order(case.pk, cmd.Skip(token, reason), by, at)])
    skipped = StepSkipped(case=case.pk, node=resting.node, reason=reason)
    return journal.record(skipped, by=by, at=at, about=permits.about(case), sandbox=case.sandbox).id


@transaction.atomic
def move_step(*, case_id: int, token: int, node: str, by: Actor, at: datetime, reason: str) -> int:
    """
    Take the case from the step at ``token`` to ``node``. The deviation is kept with its reason; see ``skip_step``.

    Raises:
        NotFound, NotAllowed: see ``skip_step``.
        Refusal: no reason is given, the step is over already, or ``node`` is no step beside it.
    """
    case, resting = _resting(case_id, token, by, reason)
    problem = why_not_to(case, resting.node, node)
    if problem:
        raise Refusal("no_such_step", problem, "node")
    enqueue([Order(case.pk, cmd.Move(token, node, reason), by, at)])
    moved = StepMoved(case=case.pk, node=resting.node, to=node, reason=reason)
    return journal.record(moved, by=by, at=at, about=permits.about(case), sandbox=case.sandbox).id


@transaction.atomic
def repeat_step(*, case_id: int, token: int, by: Actor, at: datetime, reason: str) -> int:
    """
    Let the step at ``token`` begin anew: its work is offered again, its timers and actions start over.

    To repeat a step that is done already, move the case back to it.

    Raises:
        NotFound, NotAllowed, Refusal: see ``skip_step``.
    """
    case, resting = _resting(case_id, token, by, reason)
    enqueue([Order(case.pk, cmd.Move(token, resting.node, reason), by, at)])
    repeated = StepRepeated(case=case.pk, node=resting.node, reason=reason)
    return journal.record(repeated, by=by, at=at, about=permits.about(case), sandbox=case.sandbox).id


TAKEN_BACK = ("step.skipped", "step.moved")


@transaction.atomic
def take_back_step(*, entry_id: int, by: Actor, at: datetime) -> None:
    """
    Bring a case back to the step that was skipped, or from which it was moved; ``entry_id`` is what ``skip_step`` or
    ``move_step`` returned.

    Raises:
        NotFound: there is no such deviation, or the person may not see its record.
        NotAllowed: the person may not repair the case.
        Refusal: it was taken back already, or the case has gone on since.
    """
    entry = Entry.objects.filter(pk=entry_id, event__in=TAKEN_BACK).first()
    if entry is None:
        raise NotFound("There is no such deviation.")
    case_id, node = int(entry.data["case"]), str(entry.data["node"])
    if Entry.objects.filter(event="step.taken_back", data__entry=entry_id).exists():
        raise Refusal("taken_back", "This has been taken back already.")
    case = Case.objects.filter(pk=case_id).first()
    if case is None:
        raise NotFound("There is no such case any more.")
    permits.require_repair(case, by)
    led_to = _led_to(case, node, entry.at)
    if case.status not in RUNNING or len(led_to) != 1:
        raise Refusal("gone_on", "The case has gone on since. Move it to the step where it should be instead.")
    enqueue([Order(case.pk, cmd.Move(led_to[0], node, "Taken back."), by, at)])
    taken_back = StepTakenBack(case=case.pk, node=node, entry=entry_id)
    journal.record(taken_back, by=by, at=at, about=permits.about(case), sandbox=case.sandbox, cause=entry_id)


def _led_to(case: Case, node: str, since: datetime) -> list[int]:
    """Return the tokens that came from a step at that instant or later and still rest where that led."""
    if case.state is None:
        return []
    came = {token.id for token in decode_state(bytes(case.state)).tokens.values() if token.previous == node}
    resting = Token.objects.filter(case_id=case.pk, token__in=came, arrived_at__gte=since)
    return list(resting.values_list("token", flat=True))


def why_not_to(case: Case, here: str, there: str) -> str:
    """Say in words why a token cannot be moved from one step to another; empty if it can."""
    chart = charts.running(case.version_id, case.process).chart
    goal, start = chart.by_id.get(there), chart.by_id.get(here)
    if goal is None or start is None:
        return "The drawing has no such step. Choose one of its steps."
    if goal.body is not start.body or goal.by_event:
        return f"“{goal.label}” lies in another part of the drawing than “{start.label}”. Choose a step beside it."
    return ""


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
