"""
The embedded sub-process (BPMN 2.0.2, 10.3.5): a scope with its own course, variables and reactions.

It is over when no token is left inside. If it has to be undone later, its variables and what was done in it are
remembered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from throughline.flow.engine import events as ev
from throughline.flow.engine import waits
from throughline.flow.engine.elements import activity
from throughline.flow.engine.state import Done
from throughline.flow.engine.step import DRAINED, Arrival

if TYPE_CHECKING:
    from throughline.flow.engine.chart import Node
    from throughline.flow.engine.state import Scope, ScopeKind, Token, Variables
    from throughline.flow.engine.step import Step


def perform(step: Step, node: Node, arrival: Arrival) -> None:
    """Open the inside, with the boundary events listening before anything happens there."""
    token = step.rest(node, arrival, "scope")
    inner = open_inside(step, node, token, "sub")
    step.push(inner, begin_inside, node, inner)
    if node.listeners:
        waits.listen_at_border(step, node, token)


def open_inside(step: Step, node: Node, token: Token, kind: ScopeKind) -> int:
    """Open the scope inside a node for a token, and listen for its event sub-processes; return the scope."""
    assert node.inside is not None
    inner = step.next_id()
    variables: Variables = dict.fromkeys(node.inside.names)
    if token.locals is not None:
        variables.update(token.locals)
    step.emit(ev.ScopeOpened(node.id, token.id, token.previous, inner, token.scope, kind, variables))
    for start in node.inside.event_starts:
        waits.listen(step, start, inner, None)
    return inner


def begin_inside(step: Step, node: Node, scope: int) -> None:
    """Put a token on each start of the inside."""
    assert node.inside is not None
    for start in node.inside.starts:
        step.go_to(start, Arrival(scope, node.id))


def drained(step: Step, scope: Scope) -> None:
    """End the sub-process: nothing is left inside."""
    node = step.chart.by_id[scope.node]
    token = step.state.tokens[scope.token]
    waits.end_all(step, waits.of_scope(step, scope.id))
    step.emit(ev.ScopeClosed(scope.node, scope.token, None, scope.id))
    step.push(token.scope, _end_reaction if node.by_event else _end, node, token, scope)


def _end_reaction(step: Step, node: Node, token: Token, scope: Scope) -> None:  # noqa: ARG001
    """End an event sub-process: nothing comes after it."""
    if token.id in step.state.tokens:  # pragma: no branch - so that a token interrupted meanwhile never ends twice
        step.emit(ev.Completed(node.id, token.id, token.previous, token.phase))


def _end(step: Step, node: Node, token: Token, scope: Scope) -> None:
    """End a sub-process whose inside ``scope`` is over, remembering what may have to be undone."""
    if token.id not in step.state.tokens:
        return
    activity.close(step, node, token)
    assert node.inside is not None
    if scope.done or node.inside.compensation is not None or node.handler is not None:
        activity.remember(step, node, token, Done(node.id, scope.variables, scope.done))
    own = {} if token.locals is None else {name: scope.variables.get(name) for name in token.locals}
    activity.go_on(step, node, token, own)


DRAINED["sub"] = drained
