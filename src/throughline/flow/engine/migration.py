"""
Moving a running case to another version of its chart, as pure functions.

A plan says where each node of the old chart is in the new one: nodes of the same id and kind stay where they are,
others need a word. :func:`preview` says what would happen to one case without doing it; :func:`migrate` does it, as
events like everything else, so it can be replayed and taken back by migrating with the reversed plan.

What rests goes on resting: work stays offered, timers keep the moment they were armed for, messages their wait. A
boundary event or event sub-process that the new chart does not have is listened for no more, a new one is from now on.
A token whose node is gone, of another kind, or in another sub-process cannot be moved; the preview asks for a target.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from throughline.flow.engine import events as ev
from throughline.flow.engine import waits
from throughline.flow.engine.chart import Chart, Node
from throughline.flow.engine.decide import Advance, advance_by
from throughline.flow.engine.state import ROOT, State, Token
from throughline.flow.engine.step import Step
from throughline.flow.engine.surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class MigrationProblem:
    """Why one token cannot move: it rests at ``node``; the message says what was expected."""

    token: int
    node: str
    message: str


@dataclass(frozen=True, slots=True)
class Preview:
    """
    What a migration would do to a case: where tokens go (``moves``: token, old node, new node), and what stands
    against it.
    """

    moves: tuple[tuple[int, str, str], ...] = ()
    problems: tuple[MigrationProblem, ...] = ()
    starts_listening: tuple[str, ...] = ()
    stops_listening: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Where nodes of the old chart are in the new one, by id; what is not named keeps its id."""

    nodes: Mapping[str, str] = field(default_factory=dict)

    def target(self, node: str) -> str:
        """Return the id a node has in the new chart, if it has one there."""
        return self.nodes.get(node, node)

    def reversed(self) -> Plan:
        """Return the plan that leads back."""
        return Plan({new: old for old, new in self.nodes.items()})


class MigrationRefused(ValueError):
    """A case that cannot be moved as planned; nothing was changed. ``problems`` says which tokens need a target."""

    def __init__(self, problems: tuple[MigrationProblem, ...]) -> None:
        self.problems = problems
        super().__init__(" ".join(each.message for each in problems))


def preview(old: Chart, new: Chart, state: State, plan: Plan) -> Preview:
    """Return what migrating a case would do, and whether it can be done."""
    return Preview(
        moves=tuple((token.id, token.node, plan.target(token.node)) for token in state.tokens.values()),
        problems=tuple(_problems(old, new, state, plan)),
        starts_listening=tuple(node.id for node, _, _ in _new_listeners(new, _renamed(state, plan))),
        stops_listening=tuple(
            wait.node
            for wait in state.waits.values()
            if not _still_listened(new, plan.target(wait.node), wait.definition)
        ),
    )


def migrate(old: Chart, new: Chart, state: State, plan: Plan, around: Surroundings) -> Advance:
    """
    Move a running case to another chart.

    Raises:
        MigrationRefused: a token has no place in the new chart.
    """
    problems = tuple(_problems(old, new, state, plan))
    if problems:
        raise MigrationRefused(problems)
    return advance_by(new, state, around, lambda step: _migrate(step, new, plan))


def _migrate(step: Step, new: Chart, plan: Plan) -> None:
    for wait in list(step.state.waits.values()):
        if not _still_listened(new, plan.target(wait.node), wait.definition):
            waits.end(step, wait)
    step.emit(ev.Migrated("", 0, None, new.digest, dict(plan.nodes)))
    for node, scope, token in _new_listeners(new, step.state):
        waits.listen(step, node, scope, token)
    step.push(ROOT, _look)


def _look(step: Step) -> None:
    """Let waiting joins be asked again: the new chart may let them go on."""


# --- what stands against it -------------------------------------------------------------------------------------------
def _problems(old: Chart, new: Chart, state: State, plan: Plan) -> Iterator[MigrationProblem]:
    if state.chart != old.digest:
        yield MigrationProblem(0, "", f"Expected a case of chart {old.digest}, but it is one of {state.chart}.")
        return
    for token in state.tokens.values():
        before, after = old.node(token.node), new.by_id.get(plan.target(token.node))
        if after is None:
            message = f"Expected a place for {before.label!r} in the new chart, but it is gone."
        elif after.type != before.type or (after.loop is None) is not (before.loop is None):
            message = f"Expected {before.label!r} to stay a {before.type}, but {after.label!r} is a {after.type}."
        elif after.body.id != plan.target(before.body.id):
            message = f"Expected {before.label!r} to stay in its scope, but {after.label!r} lies in another."
        elif (
            token.phase == "join" and token.flow is not None and token.flow not in {each.id for each in after.incoming}
        ):
            message = f"Expected flow {token.flow!r} to lead to {after.label!r} still, but it does not."
        else:
            continue
        yield MigrationProblem(token.id, token.node, message)
    for scope in state.scopes.values():
        for entry in (*scope.done, *scope.pending):
            if plan.target(entry.node) not in new.by_id:
                text = f"Expected {entry.node!r} in the new chart since it may have to be undone, but it is gone."
                yield MigrationProblem(scope.token, entry.node, text)


# --- what is listened for ---------------------------------------------------------------------------------------------
def _still_listened(new: Chart, node_id: str, definition: int) -> bool:
    node = new.by_id.get(node_id)
    return node is not None and definition < len(node.definitions)


def _renamed(state: State, plan: Plan) -> State:
    from throughline.flow.engine.apply import rename
    from throughline.flow.engine.state import thaw

    renamed = thaw(state)
    rename(renamed, plan.nodes)
    return renamed


def _new_listeners(new: Chart, state: State) -> Iterator[tuple[Node, int, Token | None]]:
    """
    Give events of the new chart that should be listened for and are not, in a state that names nodes of the new
    chart.
    """
    heard = {(wait.node, wait.token, wait.scope) for wait in state.waits.values()}
    for token in list(state.tokens.values()):
        node = new.by_id.get(token.node)
        if node is None or state.scopes[token.scope].kind == "loop" or token.phase in ("join", "stuck", "leaving"):
            continue
        for boundary in node.listeners:
            if (boundary.id, token.id, token.scope) not in heard:
                yield boundary, token.scope, token
    for scope in list(state.scopes.values()):
        body = new.bodies.get(scope.node)
        if body is None or scope.closed or scope.kind in ("loop", "compensation"):
            continue
        for start in body.event_starts:
            if (start.id, 0, scope.id) not in heard:
                yield start, scope.id, None
