"""
Compensation (BPMN 2.0.2, 10.7 and 13.5.5): undoing what was done, in reverse order.

Completed activities that can be undone are remembered in their scope. Throwing a compensation event takes the ones it
names (or all of the scope) out of that memory and undoes them one after the other in a scope of its own; the thrower
waits for it. How one is undone: a sub-process by its compensation event sub-process, run again over the variables it
had, else by undoing what was done inside it; then, and for a task only, the activity that is drawn as its handler
runs. Nothing is undone twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from throughline.flow.engine import events as ev
from throughline.flow.engine import waits
from throughline.flow.engine.state import Done
from throughline.flow.engine.step import DRAINED, Arrival

if TYPE_CHECKING:
    from collections.abc import Callable

    from throughline.flow.engine.chart import Node
    from throughline.flow.engine.state import Scope, Token
    from throughline.flow.engine.step import Step


def enter(step: Step, node: Node, arrival: Arrival) -> None:
    """Undo what the event names and rest until that is over; then the event has happened."""
    definition = next(each for each in node.definitions if each.trigger == "compensate")
    token = step.rest(node, arrival, "compensation")
    home, entries = _named(step, arrival.scope, definition.activity)
    if entries:
        _take(step, node, token, home, entries)
    start(step, node, token, entries)


def _named(step: Step, scope_id: int, activity: str | None) -> tuple[int, tuple[Done, ...]]:
    """Return the scope that remembers what is to be undone, and the entries, the last one done first."""
    scope = step.state.scopes[scope_id]
    if activity is None:
        home = scope
        while home.kind == "event":  # a reaction speaks for the scope it reacts in
            home = step.state.scopes[home.parent]
        return home.id, tuple(reversed(home.done))
    while True:
        found = tuple(reversed([each for each in scope.done if each.node == activity]))
        if found or not scope.parent:
            return scope.id, found
        scope = step.state.scopes[scope.parent]


def _take(step: Step, node: Node, token: Token, home: int, entries: tuple[Done, ...]) -> None:
    """Take entries out of the memory of a scope, so that nothing is undone twice."""
    left = list(step.state.scopes[home].done)
    for entry in entries:
        left.remove(entry)
    step.emit(ev.CompensationTaken(node.id, token.id, token.previous, home, tuple(left)))


def start(step: Step, node: Node, token: Token, entries: tuple[Done, ...]) -> None:
    """Undo these entries in a scope of their own on behalf of a token; the scope drains when all is undone."""
    inner = step.next_id()
    step.emit(
        ev.ScopeOpened(node.id, token.id, token.previous, inner, token.scope, "compensation", {}, None, (), entries)
    )
    step.push(inner, undo_next, inner)


def undo_next(step: Step, scope_id: int) -> None:
    """Begin to undo the next entry, if there is one; an entry is left in front until its parts are begun."""
    scope = step.state.scopes[scope_id]
    if not scope.pending:
        return
    entry, rest = scope.pending[0], scope.pending[1:]
    owner = step.state.tokens[scope.token]
    step.emit(ev.PendingChanged(scope.node, owner.id, owner.previous, scope_id, rest))
    _undo(step, step.chart.by_id[entry.node], entry, scope, owner)


def _undo(step: Step, node: Node, entry: Done, scope: Scope, owner: Token) -> None:
    inside = node.inside
    if inside is not None and (inside.compensation is not None or entry.done):
        token = step.rest(node, Arrival(scope.id, owner.node), "compensation")
        _reopen(step, node, token, entry)
    elif node.handler is not None:  # pragma: no branch - nothing else is remembered
        _run_handler(step, node.handler, scope, owner)


def _run_handler(step: Step, handler: Node, scope: Scope, owner: Token) -> None:
    handler.enter(step, handler, Arrival(scope.id, owner.node))


def _reopen(step: Step, node: Node, token: Token, entry: Done) -> None:
    """Open a completed sub-process again, as it was, to undo it."""
    inner = step.next_id()
    pending = () if node.inside is not None and node.inside.compensation is not None else tuple(reversed(entry.done))
    done = entry.done if not pending else ()
    variables = dict(entry.variables or {})
    step.emit(
        ev.ScopeOpened(
            node.id, token.id, token.previous, inner, token.scope, "compensation", variables, None, done, pending
        )
    )
    undo: Callable[..., None] = undo_next
    if node.inside is not None and node.inside.compensation is not None:
        undo = _begin_event_subprocess
    step.push(inner, undo, inner)


def _begin_event_subprocess(step: Step, scope_id: int) -> None:
    from throughline.flow.engine.elements import subprocess

    scope = step.state.scopes[scope_id]
    inside = step.chart.by_id[scope.node].inside
    assert inside is not None
    node = inside.compensation
    assert node is not None
    token = step.rest(node, Arrival(scope_id, scope.node), "scope")
    inner = subprocess.open_inside(step, node, token, "event")
    step.push(inner, subprocess.begin_inside, node, inner)


def drained(step: Step, scope: Scope) -> None:
    """Undo the next entry, or end the compensation."""
    if scope.pending:
        step.push(scope.id, undo_next, scope.id)
        return
    token = step.state.tokens[scope.token]
    waits.end_all(step, waits.of_scope(step, scope.id))
    step.emit(ev.ScopeClosed(scope.node, scope.token, None, scope.id))
    step.push(token.scope, _over, step.chart.by_id[token.node], token)


def _over(step: Step, node: Node, token: Token) -> None:
    """Go on after everything is undone: the event has happened, the transaction is cancelled, the inside was undone."""
    if token.id not in step.state.tokens:  # pragma: no cover - so that a token interrupted meanwhile never goes on
        return
    if node.inside is None:
        step.last = node.id
        step.emit(ev.Completed(node.id, token.id, token.previous, token.phase))
        if any(each.trigger == "cancel" for each in node.definitions):
            from throughline.flow.engine.elements import transaction

            transaction.cancelled(step, step.state.scopes[token.scope])
        else:
            step.leave(node, token.scope)
        return
    parent = step.state.scopes[token.scope]
    owner = step.state.tokens.get(parent.token)
    step.emit(ev.Cancelled(node.id, token.id, token.previous, token.phase, node.id))
    if parent.kind == "compensation" and node.handler is not None and owner is not None:
        _run_handler(step, node.handler, parent, owner)


DRAINED["compensation"] = drained
