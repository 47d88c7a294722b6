"""
The parallel gateway (BPMN 2.0.2, 10.6.4 and 13.4.1): waits for one token from each incoming flow, then takes all ways.

A surplus token of a flow stays and counts for the next time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from throughline.flow.engine import events as ev

if TYPE_CHECKING:
    from throughline.flow.engine.chart import Node
    from throughline.flow.engine.step import Step


def enter(step: Step, node: Node, scope: int, previous: str | None, flow: str | None) -> None:
    """Pass on at once: there is nothing to wait for with one incoming flow."""
    step.pass_by(node, previous, flow)
    step.leave(node, scope)


def join(step: Step, node: Node, scope: int, previous: str | None, flow: str | None) -> None:
    """Wait for the other flows, or go on if this was the last."""
    first: dict[str | None, int] = {}
    for token in step.state.tokens.values():
        if token.node == node.id and token.scope == scope and token.phase == "join":
            first.setdefault(token.flow, token.id)
    if flow in first or len(first) + 1 < len(node.incoming):
        step.rest(node, scope, "join", previous, flow)
        return
    step.emit(ev.Joined(node.id, step.next_id(), previous, tuple(first.values())))
    step.leave(node, scope)
