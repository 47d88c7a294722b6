"""
One step of a case: from a command to rest.

Theory of operation. A :class:`Step` holds a private copy of the state and a queue of things to do, each bound to a
scope. Doing one thing decides events; every event is applied at once by the one table of
:mod:`~throughline.flow.engine.apply`, so later decisions of the same step see it. The queue is first in, first out:
parallel branches advance in turns, in the order in which they are drawn. When a scope has neither tokens nor things to
do it is over, and what that means depends on its kind (:data:`DRAINED`). Entries of a scope that was closed meanwhile
are dropped, which is how an interruption also stops tokens that are on their way. When the queue is empty, gateways
that must know what can still arrive are asked; when they do not move either, the case rests.

A budget bounds the number of nodes visited in one step: a chart that goes round for ever without waiting becomes an
incident, not a hung worker.

Elements see only this class and the small modules beside it; they register what they do when their scope drains.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from throughline.flow.engine import events as ev
from throughline.flow.engine.apply import APPLY
from throughline.flow.engine.chart import Chart, Flow, Node
from throughline.flow.engine.formula import Formula
from throughline.flow.engine.state import ROOT, Phase, Scope, State, Token, Variables
from throughline.flow.engine.surroundings import Surroundings
from throughline.flow.feel import FeelTooMuchWork
from throughline.flow.values import DateTime


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """
    How a token comes to a node: in which scope, from which node and by which flow (None: by none).

    ``locals`` are the variables of one instance of a loop.
    """

    scope: int
    previous: str | None = None
    flow: str | None = None
    locals: Variables | None = None


BUDGET = 10_000
"""Nodes visited in one step before a loop without a wait is assumed."""

Drained = Callable[["Step", Scope], None]
DRAINED: dict[str, Drained] = {}
"""What happens when nothing is left to do in a scope, by kind of scope; filled by the elements."""


class Step:
    """A case between a command and rest. See the module."""

    __slots__ = ("around", "chart", "events", "last", "queue", "state", "visits")

    def __init__(self, chart: Chart, state: State, around: Surroundings) -> None:
        self.chart = chart
        self.state = state
        self.around = around
        self.events: list[ev.Event] = []
        self.queue: deque[tuple[int, Callable[..., None], tuple[Any, ...]]] = deque()
        self.visits = 0
        self.last = ""

    @property
    def now(self) -> DateTime:
        """The instant of the command as a value for expressions."""
        return self.around.moment

    # --- the queue ----------------------------------------------------------------------------------------------------
    def push(self, scope: int, do: Callable[..., None], *arguments: Any) -> None:
        """Do ``do(step, *arguments)`` later, if the scope is still open by then."""
        self.queue.append((scope, do, arguments))

    def run(self, release: Callable[[Step], bool]) -> None:
        """Work until nothing moves. ``release`` lets waiting joins go on at rest and says whether one did."""
        state, queue = self.state, self.queue
        while True:
            while queue:
                scope_id, do, arguments = queue.popleft()
                scope = state.scopes.get(scope_id)
                if scope is None or state.status != "running":
                    continue  # pragma: no cover - what closes a scope drops its entries too; this holds if one is left
                before = state.seq
                try:  # as in ``attempt``, whose call would be felt here
                    do(self, *arguments)
                except FeelTooMuchWork as problem:
                    self.overworked(scope_id, arguments, before, str(problem))
                if scope.live == 0:
                    self.settle(scope_id)
            if state.status != "running" or not self.chart.joins or not release(self):
                return

    def attempt(self, scope: int, do: Callable[..., None], arguments: tuple[Any, ...]) -> None:
        """Do something in a scope; an expression in it that would not end becomes an incident at what it concerned."""
        before = self.state.seq
        try:
            do(self, *arguments)
        except FeelTooMuchWork as problem:
            self.overworked(scope, arguments, before, str(problem))

    def overworked(self, scope_id: int, arguments: tuple[Any, ...], before: int, problem: str) -> None:
        """
        Raise the incident: on a token among the arguments that rests, or one that has come to rest since ``before``;
        else on one that rests before the node it could not enter; else on the loop, or on no token.
        """
        tokens = self.state.tokens
        node = next((each for each in arguments if isinstance(each, Node)), None)
        arrival = next((each for each in arguments if isinstance(each, Arrival)), None)
        resting = [each for each in arguments if isinstance(each, Token) and each.id in tokens]
        if not resting and node is not None:
            resting = [each for each in tokens.values() if each.node == node.id and each.id > before][-1:]
        scope = self.state.scopes.get(scope_id)
        if not resting and arrival is None and scope is not None and scope.kind == "loop":
            resting = [tokens[scope.token]]
        if resting:
            self.incident(resting[0], "expression", problem)
        elif node is not None:
            self.stuck(node, arrival or Arrival(scope_id), "expression", problem)
        else:
            self.emit(ev.IncidentRaised(self.last, 0, None, self.next_id(), "expression", problem))

    def settle(self, scope_id: int) -> None:
        """End a scope in which nothing is left."""
        scope = self.state.scopes.get(scope_id)
        if scope is not None and scope.live == 0 and self.state.status == "running":
            for entry in self.queue:
                if entry[0] == scope_id:
                    return
            self.attempt(scope_id, DRAINED[scope.kind], (scope,))

    def drop_pending(self, scope_id: int) -> None:
        """Forget what was still to be done in a scope."""
        kept = [entry for entry in self.queue if entry[0] != scope_id]
        self.queue.clear()
        self.queue.extend(kept)

    # --- events and ids -----------------------------------------------------------------------------------------------
    def emit(self, event: ev.Event) -> None:
        """Let an event have happened."""
        self.events.append(event)
        APPLY[type(event)](self.state, event)

    def next_id(self) -> int:
        """Return the id that the next event may give out."""
        return self.state.seq + 1

    # --- tokens -------------------------------------------------------------------------------------------------------
    def pass_by(self, node: Node, arrival: Arrival) -> Token:
        """Let a node be reached and left in the same instant; return the visit, which never rests."""
        token = self.state.seq + 1
        self.last = node.id
        self.emit(ev.Passed(node.id, token, arrival.previous, arrival.flow))
        return Token(token, node.id, arrival.scope, "passing", arrival.previous, arrival.flow, arrival.locals)

    def rest(self, node: Node, arrival: Arrival, phase: Phase) -> Token:
        """Let a token rest at a node and return it."""
        token = self.state.seq + 1
        self.emit(ev.Entered(node.id, token, arrival.previous, arrival.scope, phase, arrival.flow, arrival.locals))
        return self.state.tokens[token]

    def arrive(self, node: Node, arrival: Arrival) -> None:
        """Let a token reach a node, unless the step has gone round for too long."""
        self.visits += 1
        if self.visits > BUDGET:
            message = f"Expected the chart to wait or end within {BUDGET} steps, but it goes round at {node.label!r}."
            self.stuck(node, arrival, "loop without a wait", message)
            return
        node.enter(self, node, arrival)

    def go_to(self, node: Node, arrival: Arrival) -> None:
        """Let a token reach a node when its turn comes."""
        self.queue.append((arrival.scope, Step.arrive, (node, arrival)))

    def leave(self, node: Node, scope: int) -> None:
        """Send tokens out of a node in a scope."""
        self.last = node.id
        if node.plain:
            for flow in node.outgoing:
                self.queue.append((scope, Step.arrive, (flow.target, Arrival(scope, node.id, flow.id))))
            return
        try:
            flows = self.chosen(node, scope)
        except FeelTooMuchWork as problem:
            self.held_back(node, scope, "expression", str(problem))
            return
        if not flows and node.outgoing:
            from throughline.flow.engine.elements.exclusive_gateway import no_way

            self.held_back(node, scope, "no way out", no_way(self, node, scope))
        self.send(node, scope, flows)

    def held_back(self, node: Node, scope: int, kind: str, message: str) -> None:
        """Let a token that is done at a node but can take no way out rest there, with an incident."""
        self.incident(self.rest(node, Arrival(scope, node.id), "leaving"), kind, message)

    def send(self, node: Node, scope: int, flows: tuple[Flow, ...] | list[Flow]) -> None:
        """Send one token along each of these flows, as often as the node gives tokens."""
        for _ in range(node.completion_quantity):
            for flow in flows:
                self.go_to(flow.target, Arrival(scope, node.id, flow.id))

    def chosen(self, node: Node, scope: int) -> list[Flow]:
        """
        Return the flows to take, as an implicit or inclusive split does (BPMN 2.0.2, 13.2.1 and 13.4.3).

        Flows without a condition are always taken, the default only if no condition holds.
        """
        context = self.context(scope)
        now = self.now
        taken = []
        hit = False
        for flow in node.outgoing:
            if flow is node.default:
                continue
            if flow.condition is None:
                taken.append(flow)
            elif flow.condition(context, now) is True:
                taken.append(flow)
                hit = True
        if not hit and node.default is not None:
            taken.append(node.default)
        return taken

    # --- data ---------------------------------------------------------------------------------------------------------
    def context(self, scope_id: int, locals_: Variables | None = None) -> Mapping[str, Any]:
        """Return what an expression sees in a scope: inner names before outer ones, variables before facts."""
        scopes = self.state.scopes
        facts = self.around.facts
        if scope_id == ROOT and locals_ is None:
            variables = scopes[ROOT].variables
            return {**facts, **variables} if facts else variables
        layers: list[Mapping[str, Any]] = [] if locals_ is None else [locals_]
        while scope_id:
            scope = scopes[scope_id]
            layers.append(scope.variables)
            owner = self.state.tokens.get(scope.token)
            if owner is not None and owner.locals is not None:
                layers.append(owner.locals)
            scope_id = scope.parent
        seen: dict[str, Any] = dict(facts)
        for layer in reversed(layers):
            seen.update(layer)
        return seen

    def value(self, formula: Formula, scope: int, locals_: Variables | None = None) -> Any:
        """Return the value of an expression in a scope."""
        return formula(self.context(scope, locals_), self.now)

    def assign(self, node: Node, token: Token, changes: Mapping[str, Any]) -> None:
        """Set variables where they are declared: the innermost scope that knows the name, else the case."""
        if not changes:
            return
        for home, part in self._homes(token.scope, changes).items():
            self.emit(ev.VariablesSet(node.id, token.id, token.previous, home, part))
        if self.chart.conditions and self.state.waits:
            self.push(ROOT, _test_conditions, frozenset(changes))

    def _homes(self, scope_id: int, changes: Mapping[str, Any]) -> dict[int, Variables]:
        if scope_id == ROOT:
            return {ROOT: dict(changes)}
        scopes = self.state.scopes
        homes: dict[int, Variables] = {}
        for name, value in changes.items():
            home = scope_id
            while home != ROOT and name not in scopes[home].variables:
                home = scopes[home].parent
            homes.setdefault(home, {})[name] = value
        return homes

    # --- incidents ----------------------------------------------------------------------------------------------------
    def stuck(self, node: Node, arrival: Arrival, kind: str, message: str) -> None:
        """Let a token that cannot enter a node rest before it, with an incident."""
        self.incident(self.rest(node, arrival, "stuck"), kind, message)

    def incident(self, token: Token, kind: str, message: str, *, retryable: bool = True) -> None:
        """Raise an incident on a resting token."""
        self.emit(ev.IncidentRaised(token.node, token.id, token.previous, self.next_id(), kind, message, retryable))


def _test_conditions(step: Step, names: frozenset[str]) -> None:
    from throughline.flow.engine.waits import test_conditions

    test_conditions(step, names)
