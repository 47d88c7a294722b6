"""
What may be asked of a case: the only inputs of the kernel.

Commands are plain values (msgspec structs, frozen, tagged by name), so a driver can store them (``case_input``), send
them and repeat them. A *token* is one visit of one node: its id is made when the node is entered and never used again,
so a command that arrives twice finds its token gone and changes nothing. For the same reason ``activation`` (the
idempotency key of an action) is the id of the token that asked for it, whatever the number of the try.

Which command is accepted in which phase of a token is said in :mod:`throughline.flow.engine.lifecycle`.
"""

from __future__ import annotations

from typing import Any

import msgspec

Variables = dict[str, Any]


class Command(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """The base of all commands."""


class Start(Command, frozen=True, tag=True):
    """
    Begin a case at the start event ``node`` (None: the plain start of the process).

    ``payload`` is the message or signal that started it; it is mapped by the start event as if it had been received
    there. ``called`` says that a call activity of another case waits for this one: its uncaught errors go there.
    """

    node: str | None = None
    variables: Variables = {}
    payload: Variables = {}
    called: bool = False


class CompleteWork(Command, frozen=True, tag=True):
    """
    Say that the person ``by`` (a user key) has done the work offered to ``token``; ``variables`` is what they filled
    in.
    """

    token: int
    variables: Variables = {}
    by: str | None = None


class ActionFinished(Command, frozen=True, tag=True):
    """Give the result of an action; output mappings see it as ``result``."""

    activation: int
    result: Any = None


class ActionFailed(Command, frozen=True, tag=True):
    """
    Say that an action has finally failed (the driver has done its tries): an incident, or an error if it has a
    ``code``.

    With ``code`` the failure is a BPMN error first: a boundary event or event sub-process for that code may catch it.
    ``retryable`` is kept with the incident for the person who repairs it.
    """

    activation: int
    reason: str
    retryable: bool = False
    code: str | None = None


class ThrowError(Command, frozen=True, tag=True):
    """End the activity at ``token`` with the BPMN error ``code``."""

    token: int
    code: str
    message: str = ""


class TimerDue(Command, frozen=True, tag=True):
    """Say that the moment of a timer has come."""

    timer: int


class ReceiveMessage(Command, frozen=True, tag=True):
    """Deliver a message to one wait. ``name`` is checked against what the wait expects."""

    wait: int
    name: str
    payload: Variables = {}


class ReceiveSignal(Command, frozen=True, tag=True):
    """Deliver a signal to everything in the case that waits for it."""

    name: str
    payload: Variables = {}


class RecordChanged(Command, frozen=True, tag=True):
    """
    Say that fields of the record have changed (dotted paths such as ``lead.status``); the facts come with the call.
    """

    fields: tuple[str, ...]


class SetVariables(Command, frozen=True, tag=True):
    """Set variables of the case from outside."""

    variables: Variables


class Retry(Command, frozen=True, tag=True):
    """Try again what became an incident at ``token`` (0: what belongs to none, such as a reaction's timer)."""

    token: int


class Skip(Command, frozen=True, tag=True):
    """Leave the node at ``token`` as if it had been done; a deviation with a reason."""

    token: int
    reason: str


class Move(Command, frozen=True, tag=True):
    """Withdraw ``token`` and go on at ``node`` of the same process or sub-process; a deviation with a reason."""

    token: int
    node: str
    reason: str


class Cancel(Command, frozen=True, tag=True):
    """End the case now."""

    reason: str


class ChildFinished(Command, frozen=True, tag=True):
    """
    Say how the case called from ``token`` has ended.

    ``outcome``: ``completed``, ``error`` (with ``code``), ``cancelled``. ``variables``: its variables at the end.
    """

    token: int
    outcome: str = "completed"
    variables: Variables = {}
    code: str | None = None
    message: str = ""


class ChildEscalated(Command, frozen=True, tag=True):
    """Say that the case called from ``token`` has thrown an escalation that nothing in it catches; it goes on."""

    token: int
    code: str | None = None


class Observe(Command, frozen=True, tag=True):
    """
    Say that something shows that one of these steps was done by the person ``by`` (a user key): ``seen`` gives what
    each would set. Which one it was, and what was left out for it, is worked out from where the case stands; for
    procedures that only watch.
    """

    seen: dict[str, dict[str, str]]
    by: str | None = None


class Migrate(Command, frozen=True, tag=True):
    """
    Go on by the chart with this digest; ``nodes`` gives new ids for old ones where they differ.

    Kept in the log of inputs. It needs both charts, so :func:`~throughline.flow.engine.migration.migrate` carries it
    out and nobody else.
    """

    chart: str
    nodes: dict[str, str] = {}


AnyCommand = (
    Start
    | CompleteWork
    | ActionFinished
    | ActionFailed
    | ThrowError
    | TimerDue
    | ReceiveMessage
    | ReceiveSignal
    | RecordChanged
    | SetVariables
    | Retry
    | Skip
    | Move
    | Cancel
    | ChildFinished
    | ChildEscalated
    | Observe
    | Migrate
)
