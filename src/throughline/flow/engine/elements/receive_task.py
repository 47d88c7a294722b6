"""The receive task (BPMN 2.0.2, 10.3.3.3): it is done when its message has come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from throughline.flow.engine import waits
from throughline.flow.engine.elements import activity, catch_event, event_based_gateway
from throughline.flow.engine.state import ROOT
from throughline.flow.engine.step import Arrival

if TYPE_CHECKING:
    from throughline.flow.engine.chart import Node
    from throughline.flow.engine.state import Wait
    from throughline.flow.engine.step import Step


def perform(step: Step, node: Node, arrival: Arrival) -> None:
    """Wait for the message, and let the boundary events listen."""
    token = step.rest(node, arrival, "event")
    waits.listen(step, node, token.scope, token)
    if node.listeners:
        waits.listen_at_border(step, node, token)


def begin(step: Step, node: Node, payload: Mapping[str, Any]) -> None:
    """Begin a case at a receive task that creates it: its message has come."""
    token = step.pass_by(node, Arrival(ROOT))
    step.assign(node, token, catch_event.mapped(step, node, token, payload))
    activity.after(step, node, token, {})


def happen(step: Step, node: Node, wait: Wait, payload: Mapping[str, Any]) -> None:
    """Take the message and go on."""
    token = step.state.tokens[wait.token]
    if token.node != node.id:
        event_based_gateway.chosen(step, node, token, payload)
        return
    activity.finish(step, node, token, catch_event.mapped(step, node, token, payload))
