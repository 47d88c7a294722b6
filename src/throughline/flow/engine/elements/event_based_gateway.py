"""
The event-based gateway (BPMN 2.0.2, 10.6.6): the way whose event happens first.

One token rests at the gateway and waits for all events at once; the first one ends the waits for the others in the
same step.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from throughline.flow.engine import events as ev
from throughline.flow.engine import waits
from throughline.flow.engine.elements import activity, catch_event
from throughline.flow.engine.state import ROOT
from throughline.flow.engine.step import Arrival

if TYPE_CHECKING:
    from throughline.flow.engine.chart import Node
    from throughline.flow.engine.state import Token
    from throughline.flow.engine.step import Step


def enter(step: Step, node: Node, arrival: Arrival) -> None:
    """Wait for the events behind the gateway."""
    token = step.rest(node, arrival, "event")
    for way in node.outgoing:
        waits.listen(step, way.target, token.scope, token)


def chosen(step: Step, node: Node, token: Token, payload: Mapping[str, Any]) -> None:
    """Go on behind the event ``node`` that has happened first, for the gateway's ``token``."""
    gateway = step.chart.by_id[token.node]
    way = next((each.id for each in gateway.outgoing if each.target is node), None)
    waits.end_all(step, waits.of_token(step, token.id))
    step.emit(ev.Completed(gateway.id, token.id, token.previous, token.phase))
    _pass(step, node, Arrival(token.scope, gateway.id, way), payload)


def begin(step: Step, node: Node, payload: Mapping[str, Any]) -> None:
    """
    Begin a case at the event ``node`` behind a gateway that creates it; of a parallel one the others are still
    needed.
    """
    way = node.incoming[0]
    gateway = way.source
    if gateway.parallel:
        for each in gateway.outgoing:
            if each is not way:
                step.go_to(each.target, Arrival(ROOT, gateway.id, each.id))
    _pass(step, node, Arrival(ROOT, gateway.id, way.id), payload)


def _pass(step: Step, node: Node, arrival: Arrival, payload: Mapping[str, Any]) -> None:
    """Let the event (or the receive task) happen and go on behind it."""
    visit = step.pass_by(node, arrival)
    step.assign(node, visit, catch_event.mapped(step, node, visit, payload))
    if node.perform is not None:
        activity.after(step, node, visit, {})
    else:
        step.leave(node, arrival.scope)
