"""
The event-based gateway (BPMN 2.0.2, 10.6.6): the way whose event happens first.

One token rests at the gateway and waits for all events at once; the first one ends the waits for the others in the same step.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from throughline.flow.engine import events as ev
from throughline.flow.engine import waits
from throughline.flow.engine.elements import activity, catch_event
from throughline.flow.engine.state import ROOT

if TYPE_CHECKING:
    from throughline.flow.engine.chart import Node
    from throughline.flow.engine.state import Token, Wait
    from throughline.flow.engine.step import Step


def enter(step: Step, node: Node, scope: int, previous: str | None, flow: str | None) -> None:
    """Wait for the events behind the gateway."""
    token = step.rest(node, scope, "event", previous, flow)
    for way in node.outgoing:
        if token.id in step.state.tokens:
            waits.listen(step, way.target, scope, token)


def chosen(step: Step, node: Node, token: Token, wait: Wait, payload: Mapping[str, Any]) -> None:  # noqa: ARG001
    """Go on behind the event ``node`` that has happened first, for the gateway's ``token``."""
    gateway = step.chart.by_id[token.node]
    way = next((each for each in gateway.outgoing if each.target is node), None)
    waits.end_all(step, waits.of_token(step, token.id))
    step.emit(ev.Completed(gateway.id, token.id, token.previous, token.phase))
    visit = step.pass_by(node, gateway.id, None if way is None else way.id)
    changes = catch_event.mapped(step, node, token.scope, None, visit, payload)
    step.assign(node, visit, gateway.id, token.scope, changes)
    if node.perform is not None:
        activity.after(step, node, visit, gateway.id, token.scope, None, {})
    else:
        step.leave(node, token.scope)


def begin(step: Step, node: Node, payload: Mapping[str, Any]) -> None:
    """Begin a case at the event ``node`` behind a gateway that creates it; of a parallel one the others are still needed."""
    changes = catch_event.mapped(step, node, ROOT, None, 0, payload)
    gateway = node.incoming[0].source
    if gateway.parallel:
        for way in gateway.outgoing:
            if way.target is not node:
                step.push(ROOT, step.__class__.arrive, way.target, ROOT, gateway.id, way.id)
    visit = step.pass_by(node, gateway.id, node.incoming[0].id)
    step.assign(node, visit, gateway.id, ROOT, changes)
    step.leave(node, ROOT)


def happen(step: Step, node: Node, wait: Wait, payload: Mapping[str, Any]) -> None:
    """Never called: the gateway's waits belong to the events behind it."""
    raise AssertionError("Expected the wait of a gateway to name the event behind it.")
