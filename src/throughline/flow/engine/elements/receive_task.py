"""The receive task (BPMN 2.0.2, 10.3.3.3): it is done when its message has come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from throughline.flow.engine import waits
from throughline.flow.engine.elements import activity, catch_event

if TYPE_CHECKING:
    from throughline.flow.engine.chart import Node
    from throughline.flow.engine.state import Variables, Wait
    from throughline.flow.engine.step import Step


def perform(
    step: Step, node: Node, scope: int, previous: str | None, flow: str | None, locals_: Variables | None
) -> None:
    """Wait for the message, and let the boundary events listen."""
    token = step.rest(node, scope, "event", previous, flow, locals_)
    waits.listen(step, node, scope, token)
    if node.listeners:
        waits.listen_at_border(step, node, token)


def happen(step: Step, node: Node, wait: Wait, payload: Mapping[str, Any]) -> None:
    """Take the message and go on."""
    token = step.state.tokens[wait.token]
    if token.node != node.id:
        from throughline.flow.engine.elements import event_based_gateway

        event_based_gateway.chosen(step, node, token, wait, payload)
        return
    changes = catch_event.mapped(step, node, token.scope, token.locals, token.id, payload)
    activity.finish(step, node, token, changes)
