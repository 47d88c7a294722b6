"""
Moving a running case to another version of its chart, as pure functions.

A plan says where each node of the old chart is in the new one: nodes of the same id and kind stay where they are,
others need a word. :func:`preview` says what would happen to one case without doing it; :func:`migrate` does it, as
events like everything else, so it can be replayed and taken back by migrating with the reversed plan.

What rests goes on resting: work stays offered, timers keep the moment they were armed for, messages their wait. A
boundary event or event sub-process that the new chart does not have is listened for no more, a new one is from now on,
one that is drawn otherwise (another time, another trigger) anew; one that has happened already does not happen again.
Durations that are armed so count from when their step began, so a reminder after four hours comes four hours after the
work was offered, whenever the case was moved; repetitions count from the moment of moving, since nobody wants those
that would have been before.

A token whose node is gone, of another kind, or in another sub-process cannot be moved; the preview asks for a target.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from throughline.flow.engine import events as ev
from throughline.flow.engine import waits
from throughline.flow.engine.chart import Chart, Definition, Node
from throughline.flow.engine.decide import Advance, advance_by
from throughline.flow.engine.formula import Formula
from throughline.flow.engine.state import ROOT, State, Token, Wait, thaw
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


Began = Mapping[int, datetime]
"""When tokens came to where they rest, by their ids; 0: when the case began."""


def preview(old: Chart, new: Chart, state: State, plan: Plan) -> Preview:
    """Return what migrating a case would do, and whether it can be done."""
    moves = tuple((token.id, token.node, plan.target(token.node)) for token in state.tokens.values())
    problems = tuple(_problems(old, new, state, plan))
    if state.chart != old.digest:
        return Preview(moves, problems)
    return Preview(
        moves,
        problems,
        starts_listening=tuple(node.id for node, _, _ in _new_listeners(old, new, state, _renamed(state, plan), plan)),
        stops_listening=tuple(
            wait.node for wait in state.waits.values() if _definition(new, wait, *_place(state, wait, plan)) is None
        ),
    )


def migrate(
    old: Chart, new: Chart, state: State, plan: Plan, around: Surroundings, *, began: Began = MappingProxyType({})
) -> Advance:
    """
    Move a running case to another chart.

    ``began``: from when the durations of events count that are listened for from now on; where nothing is said of a
    token, from now.

    Raises:
        MigrationRefused: a token has no place in the new chart.
    """
    problems = tuple(_problems(old, new, state, plan))
    if problems:
        raise MigrationRefused(problems)
    return advance_by(new, state, around, lambda step: _migrate(step, old, new, plan, began))


def _migrate(step: Step, old: Chart, new: Chart, plan: Plan, began: Began) -> None:
    before = thaw(step.state)
    changed = [
        wait
        for wait in before.waits.values()
        if _drawn(old, wait, *_place(before, wait, Plan())) != _drawn(new, wait, *_place(before, wait, plan))
    ]
    waits.end_all(step, changed)
    step.emit(ev.Migrated("", 0, None, new.digest, dict(plan.nodes)))
    for wait in changed:
        place, host = _place(before, wait, plan)
        if _definition(new, wait, place, host) is not None:
            token = step.state.tokens.get(wait.token)
            since = began.get(_owner(step.state, wait.scope, token))
            waits.open_wait(step, new.by_id[place], wait.definition, wait.scope, token, since=since)
    for node, scope, token in _new_listeners(old, new, before, step.state, plan):
        waits.listen(step, node, scope, token, since=began.get(_owner(step.state, scope, token)))
    step.push(ROOT, _look)


def _owner(state: State, scope: int, token: Token | None) -> int:
    """Return the token whose step something belongs to; 0: the case itself."""
    return state.scopes[scope].token if token is None else token.id


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
def _place(state: State, wait: Wait, plan: Plan) -> tuple[str, str]:
    """Return where a wait is drawn by a plan, and the step of its token (empty: it has none)."""
    token = state.tokens.get(wait.token)
    return plan.target(wait.node), "" if token is None else plan.target(token.node)


def _definition(chart: Chart, wait: Wait, place: str, host: str) -> Definition | None:
    """Return what a chart draws for a wait at ``place``, for a token at ``host``; None when it waits for it no more."""
    node = chart.by_id.get(place)
    if node is None or wait.definition >= len(node.definitions):
        return None
    if node.attached is not None and node.attached.id != host:
        return None
    definition = node.definitions[wait.definition]
    return definition if definition.trigger in waits.WAITED_FOR else None


def _drawn(chart: Chart, wait: Wait, place: str, host: str) -> tuple[Any, ...] | None:
    """Return all that is said of what a wait is for, to compare two charts by; None where it is not drawn."""
    definition = _definition(chart, wait, place, host)
    if definition is None:
        return None
    timer = definition.timer
    said = None if timer is None else (timer.kind, timer.text, timer.clock, timer.calendar)
    return definition.trigger, definition.name, said, _text(definition.key), _text(definition.condition)


def _text(formula: Formula | None) -> str | None:
    return None if formula is None else formula.text


def _renamed(state: State, plan: Plan) -> State:
    from throughline.flow.engine.apply import rename

    renamed = thaw(state)
    rename(renamed, plan.nodes)
    return renamed


def _new_listeners(
    old: Chart, new: Chart, before: State, after: State, plan: Plan
) -> Iterator[tuple[Node, int, Token | None]]:
    """
    Give the events of the new chart that the old one did not have where a case is: ``before`` with the names of the old
    chart, ``after`` with those of the new one.

    What both have was listened for when the step began; where it is not any more, it has happened.
    """
    for token in list(after.tokens.values()):
        node = new.by_id.get(token.node)
        if node is None or after.scopes[token.scope].kind == "loop" or token.phase in ("join", "stuck", "leaving"):
            continue
        known = {plan.target(each.id) for each in old.node(before.tokens[token.id].node).listeners}
        yield from ((each, token.scope, token) for each in node.listeners if each.id not in known)
    for scope in list(after.scopes.values()):
        body = new.bodies.get(scope.node)
        if body is None or scope.closed or scope.kind in ("loop", "compensation"):
            continue
        known = {plan.target(each.id) for each in old.bodies[before.scopes[scope.id].node].event_starts}
        yield from ((each, scope.id, None) for each in body.event_starts if each.id not in known)
