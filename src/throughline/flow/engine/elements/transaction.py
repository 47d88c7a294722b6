"""
The transaction (BPMN 2.0.2, 10.3.5.2 and 13.5.5): a sub-process that can be cancelled as a whole.

A cancel end event ends everything that still runs inside, undoes what was done there in reverse order, and only then
lets the cancel boundary event happen. Otherwise a transaction is a sub-process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from throughline.flow.engine import events as ev
from throughline.flow.engine import withdrawal
from throughline.flow.engine.elements import boundary_event, compensation
from throughline.flow.engine.step import Arrival

if TYPE_CHECKING:
    from throughline.flow.engine.chart import Node
    from throughline.flow.engine.state import Scope
    from throughline.flow.engine.step import Step


def cancel(step: Step, node: Node, arrival: Arrival) -> None:
    """Cancel the transaction around a cancel end event, whose token rests until everything is undone."""
    scope = step.state.scopes[arrival.scope]
    while scope.parent and not step.chart.by_id[scope.node].transaction:
        scope = step.state.scopes[scope.parent]
    withdrawal.clear(step, scope.id, node.id)
    step.emit(ev.ScopeInterrupted(node.id, 0, None, scope.id))
    entries = tuple(reversed(scope.done))
    if entries:
        step.emit(ev.CompensationTaken(node.id, 0, None, scope.id, ()))
    token = step.rest(node, Arrival(scope.id, arrival.previous, arrival.flow), "compensation")
    compensation.start(step, node, token, entries)


def cancelled(step: Step, scope: Scope) -> None:
    """Let the cancel boundary event happen, now that everything inside is undone."""
    owner = step.state.tokens[scope.token]
    node = step.chart.by_id[owner.node]
    boundary = next(
        (each for each in node.boundaries if any(one.trigger == "cancel" for one in each.definitions)), None
    )
    if boundary is None:
        withdrawal.empty(step, owner, scope.node)
        message = f"Expected transaction {node.label!r} to have a cancel boundary event, but it has none."
        step.incident(owner, "cancel", message)
        return
    boundary_event.strike(step, boundary, owner, {})
