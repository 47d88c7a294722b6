"""
A chart made ready to run: immutable, shared by all cases of a version, compiled once.

A :class:`Chart` is one process of a BPMN file. Its nodes refer to each other directly, expressions are closures, and
every node carries the two functions of its element: ``enter`` (a token arrives) and ``happen`` (something that was
awaited has come). What is known statically is worked out here and never again at run time: which nodes start a scope,
which event sub-processes and boundary events listen, what an inclusive gateway must look upstream for.

Objects of this module are made by :mod:`throughline.flow.engine.compile` and not changed afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from throughline.flow.engine.formula import Formula
    from throughline.flow.engine.state import Phase, Token, Wait
    from throughline.flow.engine.step import Arrival, Step
    from throughline.flow.engine.timers import TimerRule

Enter = Callable[["Step", "Node", "Arrival"], None]
"""Let a token arrive at a node, or begin one instance of an activity."""
Happen = Callable[["Step", "Node", "Wait", "Mapping[str, Any]"], None]
"""Let what a wait stands for come true: step, node, the wait (already over), the payload."""
Complete = Callable[["Step", "Node", "Token", "Mapping[str, Any]"], None]
"""End an instance that a person did by hand, where its element adds something: step, node, token, variables."""

Trigger = Literal[
    "message",
    "timer",
    "signal",
    "conditional",
    "error",
    "escalation",
    "compensate",
    "link",
    "cancel",
    "terminate",
]


@dataclass(slots=True, eq=False)
class OutputRule:
    """``name`` becomes the value of ``formula``."""

    name: str
    formula: Formula


@dataclass(slots=True, eq=False)
class Expectation:
    """What a plausible message fulfils, and what is reported when it does not."""

    that: Formula
    otherwise: str


@dataclass(slots=True, eq=False)
class Definition:
    """
    One event definition.

    ``name``: of the message, signal or link; ``code``: of the error or escalation (None: any). ``key``: correlation of
    a message. ``activity``: what a compensation undoes (None: everything in the scope). ``payload``: what a thrown
    message carries.
    """

    trigger: Trigger
    name: str = ""
    code: str | None = None
    key: Formula | None = None
    timer: TimerRule | None = None
    condition: Formula | None = None
    activity: str | None = None


@dataclass(slots=True, eq=False)
class Flow:
    """A sequence flow; ``label`` is its name for traces."""

    id: str
    name: str
    source: Node
    target: Node
    condition: Formula | None = None


@dataclass(slots=True, eq=False)
class LoopRule:
    """
    How often an activity is done.

    ``kind`` ``standard``: while ``condition`` holds, at most ``maximum`` times, tested first if ``test_before``.
    ``kind`` ``multi``: ``cardinality`` times or once per item of ``collection``, each seen as ``item``; ``output`` is
    collected into ``outputs``; ``completion`` ends it early. ``behavior`` says which instances throw
    ``one_event``/``none_event``/``complex``.
    """

    kind: Literal["standard", "multi"]
    sequential: bool = True
    test_before: bool = False
    maximum: Formula | None = None
    condition: Formula | None = None
    cardinality: Formula | None = None
    collection: Formula | None = None
    item: str | None = None
    output: str | None = None
    outputs: str | None = None
    completion: Formula | None = None
    behavior: str = "All"
    one_event: Definition | None = None
    none_event: Definition | None = None
    complex: tuple[tuple[Formula, tuple[Definition, ...]], ...] = ()


@dataclass(slots=True, eq=False)
class Node:
    """
    A flow node.

    ``type`` is the element's name in BPMN. ``body`` is the scope it lies in, ``inside`` the one it holds.
    ``listeners`` are the boundary events that must be waited for; ``boundaries`` all of them. ``rule`` is what the
    element's module compiled for itself. ``phase`` is that of a token resting here; ``role`` the queue its lane stands
    for.
    """

    id: str
    name: str
    type: str
    body: Body
    enter: Enter
    happen: Happen
    perform: Enter | None = None
    """What one instance of an activity does; None for events and gateways."""
    complete: Complete | None = None
    index: int = 0
    phase: Phase = "event"
    outgoing: tuple[Flow, ...] = ()
    incoming: tuple[Flow, ...] = ()
    default: Flow | None = None
    plain: bool = True
    """Whether leaving takes every outgoing flow without a look at conditions."""
    definitions: tuple[Definition, ...] = ()
    parallel: bool = False
    """Whether all event definitions must happen, not just one."""
    interrupting: bool = True
    attached: Node | None = None
    boundaries: tuple[Node, ...] = ()
    listeners: tuple[Node, ...] = ()
    inside: Body | None = None
    by_event: bool = False
    """Whether it is an event sub-process."""
    transaction: bool = False
    loop: LoopRule | None = None
    outputs: tuple[OutputRule, ...] = ()
    expects: tuple[Expectation, ...] = ()
    start_quantity: int = 1
    completion_quantity: int = 1
    for_compensation: bool = False
    handler: Node | None = None
    """The activity that undoes this one (drawn by a compensation boundary event and an association)."""
    role: str | None = None
    rule: Any = None
    activation: Formula | None = None
    """When a complex gateway goes on, over the tokens that have arrived."""
    element: Any = None
    """The element of the BPMN model, for shells that show or check it."""

    @property
    def label(self) -> str:
        """The name for people: as drawn, else the id."""
        return self.name or self.id

    def __repr__(self) -> str:
        return f"<{self.type} {self.id}>"


@dataclass(slots=True, eq=False)
class Body:
    """
    The inside of the process or of a sub-process.

    ``starts``: where a plain beginning puts tokens. ``event_starts``: start events of its event sub-processes that are
    waited for; ``event_subprocesses``: all of those. ``compensation``: its event sub-process for compensation.
    ``names``: variables declared here.
    """

    id: str
    node: Node | None = None
    parent: Body | None = None
    nodes: tuple[Node, ...] = ()
    starts: tuple[Node, ...] = ()
    event_starts: tuple[Node, ...] = ()
    event_subprocesses: tuple[Node, ...] = ()
    compensation: Node | None = None
    names: frozenset[str] = frozenset()


@dataclass(slots=True, frozen=True)
class StartPoint:
    """
    A way a case of this chart can begin.

    ``kind``: ``none``, ``message``, ``timer``, ``signal``, ``conditional``. ``name``: of the message or signal.
    ``event`` and ``where``: the journal event of ``tl:trigger``. ``timer``: its rule, for the driver's schedule.
    """

    node: str
    kind: str
    name: str = ""
    event: str = ""
    where: Formula | None = None
    timer: TimerRule | None = None
    condition: Formula | None = None


@dataclass(slots=True, eq=False)
class Chart:
    """
    One process, ready to run.

    ``digest`` identifies the meaning (a hash of the process and what it refers to). ``key`` and ``record``: of
    ``tl:procedure``. ``starts``: how cases begin. ``calls``: processes its call activities start. ``nodes``: all
    nodes, inner ones included.
    """

    id: str
    name: str
    digest: str
    key: str
    record: str | None
    root: Body
    nodes: tuple[Node, ...]
    starts: tuple[StartPoint, ...]
    by_id: dict[str, Node]
    bodies: dict[str, Body]
    calls: frozenset[str] = frozenset()
    joins: bool = False
    """Whether it has a gateway that must look for tokens upstream (inclusive, complex)."""
    conditions: bool = False
    """Whether it has conditional events."""
    watches: bool = False
    """Whether it only follows what people do; what it throws is for nobody (drivers leave it)."""

    def node(self, node_id: str) -> Node:
        """Return the node of that id; raise KeyError if the chart has none."""
        return self.by_id[node_id]
