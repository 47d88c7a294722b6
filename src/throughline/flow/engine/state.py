"""
Where a case stands: small, self-contained, and without a past.

A state holds the open scopes, the tokens that rest, what they wait for, open incidents, and one counter from which
every id of the case is taken. What has happened is told by events and kept by the driver; nothing here grows with the
number of steps (only what may still have to be compensated is remembered, in charts that draw compensation).

**Scopes** form a tree: the process, sub-processes, event sub-processes, the body of a loop, a compensation in
progress. Each but the first belongs to a token of its parent. Variables live in the outermost scope unless an inner
one declares the name (data objects and properties of a sub-process, the item of a multi-instance body).

**Tokens** rest at one node in one phase; a token in motion exists only inside a step.

Inside a step the kernel changes a private copy (dictionaries and scopes); tokens, waits and incidents are frozen and
replaced as wholes. A state that has left the kernel is never changed again.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

Variables = dict[str, Any]

Phase = Literal[
    "work",  # offered to a person
    "action",  # asked of the driver
    "event",  # waiting for messages, timers, signals or conditions (catch event, receive task, event-based gateway)
    "join",  # waiting for other tokens
    "scope",  # a sub-process or event sub-process is open inside
    "call",  # another case runs for it
    "loop",  # the instances of a loop or multi-instance activity run inside
    "compensation",  # activities are being compensated for it
    "stuck",  # cannot begin: an incident says why
    "leaving",  # done, but no way out can be taken: an incident says why
    "passing",  # on its way inside a step; never at rest
]

ScopeKind = Literal["process", "sub", "event", "adhoc", "loop", "compensation"]
WaitKind = Literal["timer", "message", "signal", "condition"]


class Token(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """
    One visit of one node.

    ``previous`` is the node the token came from and ``flow`` the sequence flow (None where there was none). ``locals``
    are variables of this visit alone (the item and counter of an instance).
    """

    id: int
    node: str
    scope: int
    phase: Phase
    previous: str | None = None
    flow: str | None = None
    locals: Variables | None = None


class Cycle(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a timer goes on: ``left`` further times (-1: for ever), every ``every`` (ISO 8601 duration)."""

    left: int
    every: str


class Wait(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """
    Something outside (or in the data) that the case waits for.

    ``node`` is the event that will happen, ``definition`` the number of its event definition. The wait belongs to
    ``token``, or to the scope alone (``token`` 0) when it may start an event sub-process. ``reads``: dotted paths of
    what a condition reads; ``holds``: what it was when last tested, since a condition happens when it *becomes* true.
    """

    id: int
    kind: WaitKind
    node: str
    scope: int
    token: int
    definition: int = 0
    name: str = ""
    key: str | None = None
    due_at: datetime | None = None
    cycle: Cycle | None = None
    reads: tuple[str, ...] = ()
    holds: bool = False


class Incident(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a token cannot go on. ``kind`` is a word for programs, ``message`` follows *Expected X, but Y.*"""

    id: int
    token: int
    node: str
    kind: str
    message: str
    retryable: bool = True


class Loop(msgspec.Struct, frozen=True, omit_defaults=True):
    """
    The counters of a loop body.

    ``total``: number of instances (-1: not known before, as in a standard loop). ``items``: what the instances are
    for, when the loop goes over a list. ``outputs``: results by index of the instance, null until it has ended.
    """

    total: int
    started: int = 0
    ended: int = 0
    stopped: int = 0
    sequential: bool = True
    items: list[Any] | None = None
    outputs: list[Any] | None = None


class Done(msgspec.Struct, frozen=True, omit_defaults=True):
    """
    A completed activity that can be compensated; for a sub-process with its variables and its own done activities.
    """

    node: str
    variables: Variables | None = None
    done: tuple[Done, ...] = ()


class Scope(msgspec.Struct, omit_defaults=True):
    """
    A piece of the chart that is running.

    ``node``: the activity whose inside this is ("" for the process). ``token``: the token of the parent scope it
    belongs to. ``live``: how many tokens rest in it (not in scopes below). ``closed``: its event sub-processes start
    no more. ``resetting``: complex gateways that have fired and wait for their late tokens, with the flows they have
    had. ``pending``: what a compensation has still to undo, or the starts an ad-hoc sub-process has still to make.
    """

    id: int
    kind: ScopeKind
    node: str
    parent: int
    token: int
    variables: Variables = {}
    live: int = 0
    closed: bool = False
    loop: Loop | None = None
    done: tuple[Done, ...] = ()
    pending: tuple[Done, ...] = ()
    resetting: dict[str, tuple[str, ...]] = {}


class State(msgspec.Struct, omit_defaults=True):
    """
    A case between two steps.

    ``chart`` is the digest of the chart it runs on, ``seq`` the last id given out, ``status`` what became of it
    (``running`` until an end), ``called`` whether it runs for a call activity of another case.
    """

    chart: str
    seq: int = 0
    status: Literal["running", "completed", "terminated", "error", "cancelled"] = "running"
    called: bool = False
    scopes: dict[int, Scope] = {}
    tokens: dict[int, Token] = {}
    waits: dict[int, Wait] = {}
    incidents: dict[int, Incident] = {}

    @property
    def variables(self) -> Variables:
        """The variables of the case: those of its outermost scope."""
        root = self.scopes.get(ROOT)
        return root.variables if root is not None else {}


ROOT = 1
"""The id of the outermost scope of every case."""


def thaw(state: State) -> State:
    """Return a copy that a step may change: new dictionaries and scopes, shared frozen values."""
    return State(
        state.chart,
        state.seq,
        state.status,
        state.called,
        {each.id: _copy_scope(each) for each in state.scopes.values()},
        state.tokens.copy(),
        state.waits.copy(),
        state.incidents.copy(),
    )


def _copy_scope(scope: Scope) -> Scope:
    return Scope(
        scope.id,
        scope.kind,
        scope.node,
        scope.parent,
        scope.token,
        scope.variables,
        scope.live,
        scope.closed,
        scope.loop,
        scope.done,
        scope.pending,
        scope.resetting,
    )
