"""
The exclusive gateway (BPMN 2.0.2, 10.6.2 and 13.4.2): one way, the first whose condition holds in the order drawn.

Without such a way the default is taken; without a default it is an incident that says what the conditions saw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from throughline.flow.engine.step import Arrival

if TYPE_CHECKING:
    from throughline.flow.engine.chart import Flow, Node
    from throughline.flow.engine.step import Step


def enter(step: Step, node: Node, arrival: Arrival) -> None:
    """Take one way; every token that arrives is passed on by itself."""
    scope = arrival.scope
    if node.plain:
        step.pass_by(node, arrival)
        step.leave(node, scope)
        return
    way = _way(step, node, scope)
    if way is None:
        step.stuck(node, arrival, "no way out", no_way(step, node, scope))
        return
    step.pass_by(node, arrival)
    step.go_to(way.target, Arrival(scope, node.id, way.id))


def _way(step: Step, node: Node, scope: int) -> Flow | None:
    context = step.context(scope)
    now = step.now
    for flow in node.outgoing:
        if flow is not node.default and (flow.condition is None or flow.condition(context, now) is True):
            return flow
    return node.default


def no_way(step: Step, node: Node, scope: int) -> str:
    """Say that no way out can be taken, and what the conditions saw."""
    context = step.context(scope)
    seen: list[str] = []
    for flow in node.outgoing:
        if flow.condition is not None:  # pragma: no branch - a way without a condition would have been taken
            seen.extend(part for part in [flow.condition.explain(context)] if part not in seen)
    found = f"{'; '.join(seen)} matches none of {len(node.outgoing)}"
    return f"Expected gateway {node.label!r} to have a default flow or a condition that holds, but {found}."
