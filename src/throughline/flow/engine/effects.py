"""
What a driver must do because of what has happened: the kernel itself touches nothing.

``effects(chart, event)`` reads one event (never a state), so a driver that lost its work can derive it again from the
log. All effects may safely be carried out twice. Timers, waits and work items are identified by ids of the case.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from throughline.flow.engine import events as ev
from throughline.flow.engine.chart import Chart
from throughline.flow.engine.state import Variables


class Effect(msgspec.Struct, frozen=True, tag=True, gc=False):
    """The base of all effects."""


class OfferWork(Effect, frozen=True, tag=True, gc=False):
    """Put a work item before a person or queue. The form, outcomes and guidance stand in the chart at ``node``."""

    token: int
    node: str
    assignee: str | None
    queue: str | None
    due_at: datetime | None
    priority: int


class WithdrawWork(Effect, frozen=True, tag=True, gc=False):
    """Take back the work item of ``token``; it was not done."""

    token: int


class PerformAction(Effect, frozen=True, tag=True, gc=False):
    """Perform an action of the catalogue and answer with ActionFinished or ActionFailed for ``activation``."""

    activation: int
    node: str
    action: str
    inputs: Variables


class CancelAction(Effect, frozen=True, tag=True, gc=False):
    """The result of an action is not wanted any more."""

    activation: int


class ArmTimer(Effect, frozen=True, tag=True, gc=False):
    """Answer with TimerDue at ``due_at`` (aware) or as soon as possible after it."""

    timer: int
    due_at: datetime
    node: str
    token: int


class DisarmTimer(Effect, frozen=True, tag=True, gc=False):
    """The timer is over."""

    timer: int


class AwaitMessage(Effect, frozen=True, tag=True, gc=False):
    """Deliver the next message of that name and key as ReceiveMessage. ``key`` None: the case's own record."""

    wait: int
    name: str
    key: str | None
    node: str
    token: int


class AwaitSignal(Effect, frozen=True, tag=True, gc=False):
    """Deliver signals of that name as ReceiveSignal."""

    wait: int
    name: str
    node: str
    token: int


class AwaitCondition(Effect, frozen=True, tag=True, gc=False):
    """Answer with RecordChanged when one of ``reads`` (dotted paths of facts) changes."""

    wait: int
    reads: tuple[str, ...]
    node: str
    token: int


class StopAwaiting(Effect, frozen=True, tag=True, gc=False):
    """A message, signal or condition is not awaited any more."""

    wait: int


class ThrowMessage(Effect, frozen=True, tag=True, gc=False):
    """
    Send a message to whoever waits for it or is started by it: one receiver. ``key`` None: this case's own record.
    """

    name: str
    key: str | None
    payload: Variables
    node: str


class ThrowSignal(Effect, frozen=True, tag=True, gc=False):
    """Send a signal to every *other* case that waits for it, and start what it starts. This case has had it already."""

    name: str
    payload: Variables
    node: str


class StartCase(Effect, frozen=True, tag=True, gc=False):
    """Start a case of process or procedure ``called`` (Start with ``called=True``) and answer with ChildFinished."""

    token: int
    node: str
    called: str
    variables: Variables


class CancelCase(Effect, frozen=True, tag=True, gc=False):
    """Cancel the case that was started for ``token``."""

    token: int


class EscalateToCaller(Effect, frozen=True, tag=True, gc=False):
    """Tell the calling case of an escalation (ChildEscalated), if there is one."""

    code: str | None


class RaiseIncident(Effect, frozen=True, tag=True, gc=False):
    """Show an incident to the people who can repair it."""

    incident: int
    token: int
    node: str
    kind: str
    message: str
    retryable: bool


class CloseIncident(Effect, frozen=True, tag=True, gc=False):
    """An incident was repaired. (Incidents of a token end with the token, too.)"""

    incident: int


class ReportImplausible(Effect, frozen=True, tag=True, gc=False):
    """Tell the owner of the case that a message did not meet an expectation."""

    node: str
    message: str


class FinishCase(Effect, frozen=True, tag=True, gc=False):
    """The case has ended; tell a calling case (ChildFinished) if there is one."""

    outcome: str
    node: str
    code: str | None
    message: str


AnyEffect = (
    OfferWork
    | WithdrawWork
    | PerformAction
    | CancelAction
    | ArmTimer
    | DisarmTimer
    | AwaitMessage
    | AwaitSignal
    | AwaitCondition
    | StopAwaiting
    | ThrowMessage
    | ThrowSignal
    | StartCase
    | CancelCase
    | EscalateToCaller
    | RaiseIncident
    | CloseIncident
    | ReportImplausible
    | FinishCase
)


def effects(chart: Chart, event: ev.Event) -> tuple[Effect, ...]:  # noqa: ARG001
    """Return what a driver must do because of ``event``, in order."""
    derive = EFFECTS.get(type(event))
    return () if derive is None else derive(event)


def _work_offered(event: ev.WorkOffered) -> tuple[Effect, ...]:
    return (OfferWork(event.token, event.node, event.assignee, event.queue, event.due_at, event.priority),)


def _withdrawn(event: ev.Cancelled | ev.Skipped | ev.Moved) -> tuple[Effect, ...]:
    withdraw = _WITHDRAWALS.get(event.phase)
    return () if withdraw is None else (withdraw(event.token),)


_WITHDRAWALS: dict[str, Callable[[int], Effect]] = {"work": WithdrawWork, "action": CancelAction, "call": CancelCase}


def _awaited(event: ev.Awaited) -> tuple[Effect, ...]:
    wait = event.wait
    assert wait is not None
    if wait.kind == "timer":
        assert wait.due_at is not None
        return (ArmTimer(wait.id, wait.due_at, wait.node, event.token),)
    if wait.kind == "message":
        return (AwaitMessage(wait.id, wait.name, wait.key, wait.node, event.token),)
    if wait.kind == "signal":
        return (AwaitSignal(wait.id, wait.name, wait.node, event.token),)
    return (AwaitCondition(wait.id, wait.reads, wait.node, event.token),)


def _await_ended(event: ev.AwaitEnded) -> tuple[Effect, ...]:
    return (DisarmTimer(event.wait) if event.kind == "timer" else StopAwaiting(event.wait),)


EFFECTS: dict[type[ev.Event], Callable[[Any], tuple[Effect, ...]]] = {
    ev.WorkOffered: _work_offered,
    ev.Cancelled: _withdrawn,
    ev.Skipped: _withdrawn,
    ev.Moved: _withdrawn,
    ev.ActionRequested: lambda event: (PerformAction(event.token, event.node, event.action, event.inputs),),
    ev.CaseCalled: lambda event: (StartCase(event.token, event.node, event.called, event.variables),),
    ev.Awaited: _awaited,
    ev.AwaitEnded: _await_ended,
    ev.MessageThrown: lambda event: (ThrowMessage(event.name, event.key, event.payload, event.node),),
    ev.SignalThrown: lambda event: (ThrowSignal(event.name, event.payload, event.node),),
    ev.EscalationThrown: lambda event: () if event.caught_by else (EscalateToCaller(event.code),),
    ev.Implausible: lambda event: (ReportImplausible(event.node, event.message),),
    ev.IncidentRaised: lambda event: (
        RaiseIncident(event.incident, event.token, event.node, event.kind, event.message, event.retryable),
    ),
    ev.IncidentClosed: lambda event: (CloseIncident(event.incident),),
    ev.CaseFinished: lambda event: (FinishCase(event.outcome, event.node, event.code, event.message),),
}
"""What each kind of event asks of a driver; kinds that are not here ask nothing."""
