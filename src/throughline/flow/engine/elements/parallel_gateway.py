"""
The parallel gateway (BPMN 2.0.2, 10.6.4 and 13.4.1): waits for one token from each incoming flow, then takes all ways.

A surplus token of a flow stays and counts for the next time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from throughline.flow.engine import events as ev

if TYPE_CHECKING:
    from throughline.flow.engine.chart import Node
    from throughline.flow.engine.step import Arrival, Step


def enter(step: Step, node: Node, arrival: Arrival) -> None:
    """Pass on at once: there is nothing to wait for with one incoming flow."""
    step.pass_by(node, arrival)
    step.leave(node, arrival.scope)


def join(step: Step, node: Node, arrival: Arrival) -> None:
    """Wait for the other flows, or go on if this was the last."""
    first: dict[str | None, int] = {}
    for token in step.state.tokens.values():
        if token.node == node.id and token.scope == arrival.scope and token.phase == "join":
            first.setdefault(token.flow, token.id)
    if arrival.flow in first or len(first) + 1 < len(node.incoming):
        step.rest(node, arrival, "join")
        return
    step.emit(ev.Joined(node.id, step.next_id(), arrival.previous, tuple(first.values())))
    step.leave(node, arrival.scope)
