"""
A whole chart, sub-processes included, as moves of tokens between places.

Theory of operation. :mod:`throughline.flow.check.translate` gives the net of one scope and treats a sub-process as one
activity. Here the nets of all scopes of a process are joined: entering a sub-process puts tokens where its own scope
begins, and it may be left when nothing but reached ends is marked inside. A state is one integer with a bit per place.
A move that stands for something a log can record carries the id of its node; all others are silent. The end of an
activity is what a log records, so an activity with boundary events is silent when it is entered.

An activity that repeats (loop, multi-instance) is done once or more, one after the other. An event sub-process happens
at most once, at any time while its scope is active. Choices are free, as in the proof of soundness.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from throughline.flow.bpmn import model as bpmn
from throughline.flow.check.joining import Upstream, bits, taken_by_join, upstream_of
from throughline.flow.check.net import Net, Transition
from throughline.flow.check.scopes import Scope, scopes_of
from throughline.flow.check.translate import net_of

IsVisible = Callable[[bpmn.FlowNode], bool]


@dataclass(slots=True, eq=False)
class Move:
    """
    One way in which tokens move.

    ``takes``, ``gives``: places as bits. ``empty``: places that must hold nothing. ``among``: places of which one must
    hold something, if any are named. ``clears``: places that lose what they hold. ``node``: what is recorded, or None.
    ``upstream``: of an inclusive join, per input the places that lead to it.
    """

    takes: int
    gives: int
    node: str | None = None
    empty: int = 0
    among: int = 0
    clears: int = 0
    upstream: Upstream = ()

    def fired(self, state: int) -> int:
        """Return the state after the move, or -1 when it cannot be made."""
        if state & self.empty or (self.among and not state & self.among):
            return -1
        if self.upstream:
            taken = taken_by_join(state, self.takes, self.upstream)
            return (state & ~taken) | self.gives if taken else -1
        if state & self.takes != self.takes:
            return -1
        return (state & ~self.takes & ~self.clears) | self.gives


@dataclass(slots=True)
class Play:
    """
    The moves of a process, the states it may begin in, and which places hold something while it is not over.

    ``nodes``: the flow nodes of all scopes by id, in the order of the file.
    """

    moves: list[Move]
    beginnings: list[int]
    inside: int
    nodes: dict[str, bpmn.FlowNode]

    def is_over(self, state: int) -> bool:
        """Whether the process has ended in ``state``."""
        return not state & self.inside


@dataclass(slots=True)
class _Part:
    """A scope as part of the whole: how it begins, where its tokens are while it runs, and what it leaves behind."""

    beginnings: list[int]
    inside: int
    left: int


def play_of(definitions: bpmn.Definitions, process: bpmn.Process, is_visible: IsVisible) -> Play:
    """Return the play of a process; ``is_visible`` says of which nodes a log can tell."""
    scopes = {id(scope.container): scope for scope in scopes_of(definitions)}
    joining = _Joining(scopes, is_visible)
    whole = joining.part(scopes[id(process)])
    return Play(joining.moves, whole.beginnings, whole.inside, joining.nodes)


@dataclass(slots=True)
class _Joining:
    scopes: dict[int, Scope]
    is_visible: IsVisible
    moves: list[Move] = field(default_factory=list)
    nodes: dict[str, bpmn.FlowNode] = field(default_factory=dict)
    places: int = 0

    def part(self, scope: Scope) -> _Part:
        """Add the moves of a scope, and of all inside it."""
        self.nodes.update(scope.nodes)
        if isinstance(scope.container, bpmn.AdHocSubProcess):
            return self._any_order(scope)
        net = net_of(scope)
        base = self.places
        self.places += len(net.places)
        sinks = sum(1 << (base + number) for number, place in enumerate(net.places) if place.sink)
        own = sum(1 << (base + number) for number in range(len(net.places))) & ~sinks
        inner = {node.id: self.part(self.scopes[id(node)]) for node in scope.nodes.values() if self._opens(node)}
        part = _Part([bits(each, base) for each in net.beginnings], own, sinks)
        for each in inner.values():
            part.inside |= each.inside
            part.left |= each.left
        _Scope(self, scope, net, base, part, inner).add()
        return part

    def _opens(self, node: bpmn.FlowNode) -> bool:
        """Whether ``node`` is a sub-process that is looked into."""
        return isinstance(node, bpmn.SubProcess) and bool(node.nodes) and not self.is_visible(node)

    def place(self) -> int:
        """Add a place and return its bit."""
        self.places += 1
        return 1 << (self.places - 1)

    def _any_order(self, scope: Scope) -> _Part:
        """An ad-hoc sub-process: its activities any number of times in any order."""
        running = self.place()
        for node in scope.nodes.values():
            if self.is_visible(node):
                self.moves.append(Move(running, running, node.id))
        over = self.place()
        self.moves.append(Move(running, over))
        return _Part([running], running, over)


@dataclass(slots=True)
class _Scope:
    """The moves of one scope, made from its net."""

    joining: _Joining
    scope: Scope
    net: Net
    base: int
    part: _Part
    inner: dict[str, _Part]
    running: dict[str, int] = field(default_factory=dict)
    added: set[tuple[object, ...]] = field(default_factory=set)

    def add(self) -> None:
        for transition in sorted(self.net.transitions, key=lambda each: each.kind == "ending"):
            self._transition(transition)  # what clears the scope comes when all its places are known
        for node in self.scope.nodes.values():
            if isinstance(node, bpmn.SubProcess) and node.triggered_by_event and node.id in self.inner:
                self._handler(node)

    def _transition(self, transition: Transition) -> None:
        takes, gives = self._bits(transition.takes), self._bits(transition.gives)
        if not transition.path:
            self._completed(transition, takes, gives)
            return
        node = self.scope.nodes[transition.path[0]]
        if isinstance(node, bpmn.BoundaryEvent):
            self._interrupted(node, takes, gives)
        elif transition.kind == "ending":
            self._move(Move(takes, gives, self._recorded(node), clears=self.part.inside))
        elif transition.kind == "inclusive":
            self._move(Move(takes, gives, self._recorded(node), upstream=upstream_of(transition, self.net, self.base)))
        elif self._has_boundary(node):
            self._entered(node, takes, gives)
        elif node.id in self.inner or _repeats(node):
            running = self.running.setdefault(node.id, 0) or self._running(node)
            self._entered(node, takes, running)
            self._left(node, running, gives)
        else:
            self._move(Move(takes, gives, self._recorded(node)))

    def _entered(self, node: bpmn.FlowNode, takes: int, gives: int) -> None:
        if node.id in self.inner:
            for beginning in self.inner[node.id].beginnings:
                self._move(Move(takes, gives | beginning))
        else:
            self._move(Move(takes, gives))

    def _running(self, node: bpmn.FlowNode) -> int:
        """A place for the time in which an activity runs; it counts as inside."""
        bit = self.joining.place()
        self.part.inside |= bit
        self.running[node.id] = bit
        return bit

    def _left(self, node: bpmn.FlowNode, running: int, gives: int) -> None:
        inner = self.inner.get(node.id)
        if inner is not None:
            self._move(Move(running, gives, empty=inner.inside, clears=inner.left))
            if _repeats(node):
                for beginning in inner.beginnings:
                    self._move(Move(running, running | beginning, empty=inner.inside, clears=inner.left))
            return
        done = self.running.setdefault(f"{node.id} done", 0)
        if not done:
            done = self.joining.place()
            self.part.inside |= done
            self.running[f"{node.id} done"] = done
        self._move(Move(running, done, self._recorded(node)))
        self._move(Move(done, done, self._recorded(node)))
        self._move(Move(done, gives))

    def _completed(self, transition: Transition, takes: int, gives: int) -> None:
        """The normal end of an activity with boundary events."""
        (active,) = transition.takes
        node = self.scope.nodes[self.net.places[active].element]
        inner = self.inner.get(node.id)
        if inner is not None:
            self._move(Move(takes, gives, empty=inner.inside, clears=inner.left))
            again = inner.beginnings if _repeats(node) else []
            for beginning in again:
                self._move(Move(takes, takes | beginning, empty=inner.inside, clears=inner.left))
            return
        if _repeats(node):
            self._move(Move(takes, takes, self._recorded(node)))
        self._move(Move(takes, gives, self._recorded(node)))

    def _interrupted(self, event: bpmn.BoundaryEvent, takes: int, gives: int) -> None:
        inner = self.inner.get(event.attached_to)
        clears = inner.inside | inner.left if inner is not None and event.cancel_activity else 0
        self._move(Move(takes, gives, self._recorded(event), clears=clears))

    def _handler(self, node: bpmn.SubProcess) -> None:
        """An event sub-process: it may come once while anything else of its scope is active."""
        inner = self.inner[node.id]
        waiting = self.joining.place()
        self.part.beginnings[:] = [beginning | waiting for beginning in self.part.beginnings]
        self.part.left |= waiting
        others = self.part.inside & ~inner.inside
        starts = [each for each in node.nodes if isinstance(each, bpmn.StartEvent)]
        interrupts = all(start.is_interrupting for start in starts)
        for beginning in inner.beginnings:
            self._move(Move(waiting, beginning, among=others, clears=others if interrupts else 0))

    def _move(self, move: Move) -> None:
        key = (move.takes, move.gives, move.node, move.empty, move.among, move.clears, move.upstream)
        if key not in self.added:
            self.added.add(key)
            self.joining.moves.append(move)

    def _recorded(self, node: bpmn.FlowNode) -> str | None:
        return node.id if self.joining.is_visible(node) else None

    def _has_boundary(self, node: bpmn.FlowNode) -> bool:
        return bool(self.scope.boundary[node.id])

    def _bits(self, places: frozenset[int]) -> int:
        return bits(places, self.base)


def _repeats(node: bpmn.FlowNode) -> bool:
    return isinstance(node, bpmn.Activity) and node.loop is not None


def activities(definitions: bpmn.Definitions, process: bpmn.Process) -> Iterator[bpmn.FlowNode]:
    """Give all flow nodes of a process, inner ones included."""
    inside = {id(process)}
    for scope in reversed(list(scopes_of(definitions))):
        if id(scope.container) in inside:
            for node in scope.nodes.values():
                inside.add(id(node))
                yield node
