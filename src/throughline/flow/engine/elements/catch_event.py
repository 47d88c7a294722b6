"""
The intermediate catch event (BPMN 2.0.2, 10.5.2): a token waits for a message, timer, signal or condition.

With several event definitions the first of them is enough, or all of them are needed if it is *parallel multiple*. A
catching link event is only the far end of a jump.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from throughline.flow.engine import events as ev
from throughline.flow.engine import waits

if TYPE_CHECKING:
    from throughline.flow.engine.chart import Node
    from throughline.flow.engine.state import Token, Wait
    from throughline.flow.engine.step import Arrival, Step


def enter(step: Step, node: Node, arrival: Arrival) -> None:
    """Wait for the event."""
    token = step.rest(node, arrival, "event")
    waits.listen(step, node, token.scope, token)


def land(step: Step, node: Node, arrival: Arrival) -> None:
    """Arrive through a link: pass on at once."""
    step.pass_by(node, arrival)
    step.leave(node, arrival.scope)


def happen(step: Step, node: Node, wait: Wait, payload: Mapping[str, Any]) -> None:
    """Take what has come and go on."""
    token = step.state.tokens[wait.token]
    if token.node != node.id:
        from throughline.flow.engine.elements import event_based_gateway

        event_based_gateway.chosen(step, node, token, payload)
        return
    changes = mapped(step, node, token, payload)
    waits.end_all(step, waits.of_token(step, token.id))
    step.assign(node, token, changes)
    step.emit(ev.Completed(node.id, token.id, token.previous, token.phase))
    step.leave(node, token.scope)


def mapped(step: Step, node: Node, token: Token, payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """
    Return the variables that a payload sets: the output mappings over ``message``, else all its members.

    An expectation (``tl:expect``) that it does not meet is reported; the message is taken all the same.
    """
    if not node.outputs and not node.expects:
        return payload
    context = {**step.context(token.scope, token.locals), "message": dict(payload)}
    for each in node.expects:
        if each.that(context, step.now) is not True:
            step.emit(ev.Implausible(node.id, token.id, token.previous, each.otherwise or each.that.text))
    if not node.outputs:
        return payload
    return {each.name: each.formula(context, step.now) for each in node.outputs}


def caught(step: Step, node: Node, token: Token, payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """
    Return the variables that a boundary or start event sets: from a message as :func:`mapped`, from a fault by
    mappings only.
    """
    if any(each.trigger in waits.WAITED_FOR for each in node.definitions):
        return mapped(step, node, token, payload)
    if not node.outputs:
        return {}
    context = {**step.context(token.scope, token.locals), "error": dict(payload)}
    return {each.name: each.formula(context, step.now) for each in node.outputs}
