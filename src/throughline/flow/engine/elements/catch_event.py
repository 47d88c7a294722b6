"""
The intermediate catch event (BPMN 2.0.2, 10.5.2): a token waits for a message, timer, signal or condition.

With several event definitions the first of them is enough, or all of them are needed if it is *parallel multiple*. A catching
link event is only the far end of a jump.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from throughline.flow.engine import events as ev
from throughline.flow.engine import waits

if TYPE_CHECKING:
    from throughline.flow.engine.chart import Node
    from throughline.flow.engine.state import Variables, Wait
    from throughline.flow.engine.step import Step


def enter(step: Step, node: Node, scope: int, previous: str | None, flow: str | None) -> None:
    """Wait for the event."""
    token = step.rest(node, scope, "event", previous, flow)
    waits.listen(step, node, scope, token)


def land(step: Step, node: Node, scope: int, previous: str | None, flow: str | None) -> None:
    """Arrive through a link: pass on at once."""
    step.pass_by(node, previous, flow)
    step.leave(node, scope)


def happen(step: Step, node: Node, wait: Wait, payload: Mapping[str, Any]) -> None:
    """Take what has come and go on."""
    token = step.state.tokens[wait.token]
    if token.node != node.id:
        from throughline.flow.engine.elements import event_based_gateway

        event_based_gateway.chosen(step, node, token, wait, payload)
        return
    changes = mapped(step, node, token.scope, token.locals, token.id, payload)
    waits.end_all(step, waits.of_token(step, token.id))
    step.assign(node, token.id, token.previous, token.scope, changes)
    step.emit(ev.Completed(node.id, token.id, token.previous, token.phase))
    step.leave(node, token.scope)


def mapped(
    step: Step, node: Node, scope: int, locals_: Variables | None, token: int, payload: Mapping[str, Any]
) -> Mapping[str, Any]:
    """
    Return the variables that a payload sets: the output mappings over ``message``, else all its members.

    An expectation (``tl:expect``) that it does not meet is reported; the message is taken all the same.
    """
    if node.expects:
        context = {**step.context(scope, locals_), "message": payload}
        for each in node.expects:
            if each.that(context, step.now) is not True:
                step.emit(ev.Implausible(node.id, token, None, each.otherwise or each.that.text))
    if not node.outputs:
        return payload
    context = {**step.context(scope, locals_), "message": payload}
    return {each.name: each.formula(context, step.now) for each in node.outputs}
