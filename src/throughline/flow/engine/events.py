"""
What has happened in a case: the only way its state changes.

Every event names the node, the token and the node that token came from, so that one row of a case's log (sequence,
kind, node, token, previous node) can be made from any of them. Values of expressions, decisions and due moments are
inside, computed once when the event was decided; folding :func:`~throughline.flow.engine.apply.apply` over the events
of a case gives its state without evaluating anything again.

``token`` is 0 where no token is concerned. Shapes of released versions are frozen (a golden file holds them): a change
of meaning is a new class.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from throughline.flow.engine.state import Done, Loop, Phase, ScopeKind, Variables, Wait


class Event(msgspec.Struct, frozen=True, tag=True, omit_defaults=True, gc=False):
    """The base of all events: where (``node``), which visit (``token``), and whence (``previous`` node)."""

    node: str
    token: int
    previous: str | None = None


# --- the case ---------------------------------------------------------------------------------------------------------
class CaseStarted(Event, frozen=True, tag=True, gc=False):
    """A case has begun at ``node`` with these variables."""

    variables: Variables = {}
    called: bool = False


class CaseFinished(Event, frozen=True, tag=True, gc=False):
    """
    The case has ended; ``node`` is where its last token went.

    ``outcome``: ``completed``, ``terminated`` (by a terminate end event), ``error`` (uncaught, with ``code``, in a
    called case) or ``cancelled`` (with the reason as ``message``).
    """

    outcome: Literal["completed", "terminated", "error", "cancelled"] = "completed"
    code: str | None = None
    message: str = ""


class Migrated(Event, frozen=True, tag=True, gc=False):
    """The case goes on by another chart (its digest); ``nodes`` gives new ids for old ones where they differ."""

    chart: str = ""
    nodes: dict[str, str] = {}


# --- tokens -----------------------------------------------------------------------------------------------------------
class Passed(Event, frozen=True, tag=True, gc=False):
    """A node was reached and left in the same instant: a gateway, or an event that happened. ``flow`` led there."""

    flow: str | None = None


class Entered(Event, frozen=True, tag=True, gc=False):
    """A token rests at a node from now on."""

    scope: int = 0
    phase: Phase = "work"
    flow: str | None = None
    locals: Variables | None = None


class Completed(Event, frozen=True, tag=True, gc=False):
    """What the token rested for is done: an activity ended normally, or the awaited event happened."""

    phase: Phase = "work"


class Joined(Event, frozen=True, tag=True, gc=False):
    """Tokens that waited for each other became one: ``token`` stands for all of ``consumed``."""

    consumed: tuple[int, ...] = ()


class Cancelled(Event, frozen=True, tag=True, gc=False):
    """A resting token was withdrawn; ``by`` is the node that caused it (None: an operator)."""

    phase: Phase = "work"
    by: str | None = None


class Skipped(Event, frozen=True, tag=True, gc=False):
    """A person let the case go on as if the node had been done."""

    phase: Phase = "work"
    reason: str = ""


class Moved(Event, frozen=True, tag=True, gc=False):
    """A person sent the case on at node ``to``."""

    phase: Phase = "work"
    to: str = ""
    reason: str = ""


# --- scopes -----------------------------------------------------------------------------------------------------------
class ScopeOpened(Event, frozen=True, tag=True, gc=False):
    """The inside of ``node`` runs from now on, on behalf of ``token``."""

    scope: int = 0
    parent: int = 0
    kind: ScopeKind = "sub"
    variables: Variables = {}
    loop: Loop | None = None
    done: tuple[Done, ...] = ()
    pending: tuple[Done, ...] = ()


class ScopeClosed(Event, frozen=True, tag=True, gc=False):
    """Nothing runs inside any more."""

    scope: int = 0


class ScopeInterrupted(Event, frozen=True, tag=True, gc=False):
    """An interrupting event sub-process has taken over the scope: no other starts there any more."""

    scope: int = 0


class LoopAdvanced(Event, frozen=True, tag=True, gc=False):
    """The counters of a loop body have changed."""

    scope: int = 0
    loop: Loop | None = None


class GatewayReset(Event, frozen=True, tag=True, gc=False):
    """
    A complex gateway has fired and waits for its late tokens (``flows``: those it has had), or starts anew (None).
    """

    scope: int = 0
    flows: tuple[str, ...] | None = None


# --- data -------------------------------------------------------------------------------------------------------------
class VariablesSet(Event, frozen=True, tag=True, gc=False):
    """Variables of a scope have changed."""

    scope: int = 0
    variables: Variables = {}


class DecisionMade(Event, frozen=True, tag=True, gc=False):
    """A decision was asked: its answer, the ids of the rules that gave it, and the reason in words."""

    ref: str = ""
    decision: str = ""
    result: Any = None
    rules: tuple[str, ...] = ()
    reason: str = ""


class Unexpected(Event, frozen=True, tag=True, gc=False):
    """Something that only watches saw a step done which neither waited nor lay ahead; the case stays where it is."""


class Implausible(Event, frozen=True, tag=True, gc=False):
    """A message did not meet an expectation (``tl:expect``); it was taken all the same."""

    message: str = ""


# --- asked of the world -----------------------------------------------------------------------------------------------
class WorkOffered(Event, frozen=True, tag=True, gc=False):
    """A person is asked to do something. ``assignee`` is a user key, ``queue`` that of a role or queue."""

    assignee: str | None = None
    queue: str | None = None
    due_at: datetime | None = None
    priority: int = 0


class ActionRequested(Event, frozen=True, tag=True, gc=False):
    """Something is asked of the rest of the product; ``token`` is the activation, the same for every try."""

    action: str = ""
    inputs: Variables = {}


class CaseCalled(Event, frozen=True, tag=True, gc=False):
    """Another case is to run for ``token``: process ``called`` with these variables."""

    called: str = ""
    variables: Variables = {}


class Awaited(Event, frozen=True, tag=True, gc=False):
    """Something is waited for from now on (a timer armed, a message, signal or condition awaited)."""

    wait: Wait | None = None


class AwaitEnded(Event, frozen=True, tag=True, gc=False):
    """A wait is over: what it waited for ``came``, or is not needed any more."""

    wait: int = 0
    kind: str = ""
    came: bool = False


class ConditionTested(Event, frozen=True, tag=True, gc=False):
    """A waiting condition that held holds no more, or one that happens again each time now holds."""

    wait: int = 0
    holds: bool = False


# --- thrown -----------------------------------------------------------------------------------------------------------
class MessageThrown(Event, frozen=True, tag=True, gc=False):
    """A message was sent."""

    name: str = ""
    key: str | None = None
    payload: Variables = {}


class SignalThrown(Event, frozen=True, tag=True, gc=False):
    """A signal was sent. What in this case waits for it is reached by the same step; drivers reach the other cases."""

    name: str = ""
    payload: Variables = {}


class ErrorThrown(Event, frozen=True, tag=True, gc=False):
    """An error was thrown; ``caught_by`` is the event that catches it (None: none does)."""

    code: str | None = None
    message: str = ""
    caught_by: str | None = None


class EscalationThrown(Event, frozen=True, tag=True, gc=False):
    """An escalation was thrown; ``caught_by`` is the event that catches it (None: none does, which is no fault)."""

    code: str | None = None
    caught_by: str | None = None


# --- compensation -----------------------------------------------------------------------------------------------------
class Compensable(Event, frozen=True, tag=True, gc=False):
    """A completed activity may have to be undone: it is remembered in the scope."""

    scope: int = 0
    entry: Done | None = None


class PendingChanged(Event, frozen=True, tag=True, gc=False):
    """What is still to be begun in a scope: activities to undo in a compensation, or to do in an ad-hoc sub-process."""

    scope: int = 0
    pending: tuple[Done, ...] = ()


class CompensationTaken(Event, frozen=True, tag=True, gc=False):
    """Activities are being undone and so no longer remembered; ``done`` is what is left."""

    scope: int = 0
    done: tuple[Done, ...] = ()


# --- incidents --------------------------------------------------------------------------------------------------------
class IncidentRaised(Event, frozen=True, tag=True, gc=False):
    """The token cannot go on and a person must look: ``message`` says what was expected and what was found."""

    incident: int = 0
    kind: str = ""
    message: str = ""
    retryable: bool = True


class IncidentClosed(Event, frozen=True, tag=True, gc=False):
    """An incident is over."""

    incident: int = 0


AnyEvent = (
    CaseStarted
    | CaseFinished
    | Migrated
    | Passed
    | Entered
    | Completed
    | Joined
    | Cancelled
    | Skipped
    | Moved
    | ScopeOpened
    | ScopeClosed
    | ScopeInterrupted
    | LoopAdvanced
    | GatewayReset
    | VariablesSet
    | DecisionMade
    | Unexpected
    | Implausible
    | WorkOffered
    | ActionRequested
    | CaseCalled
    | Awaited
    | AwaitEnded
    | ConditionTested
    | MessageThrown
    | SignalThrown
    | ErrorThrown
    | EscalationThrown
    | Compensable
    | PendingChanged
    | CompensationTaken
    | IncidentRaised
    | IncidentClosed
)
