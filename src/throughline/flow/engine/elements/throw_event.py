"""
The intermediate throw event (BPMN 2.0.2, 10.5.3): a token tells something and goes on.

Signals reach what waits in the same case before anything later happens; other cases are the driver's. An escalation
may be caught by something that interrupts the thrower, and then the token is gone. A link jumps. A compensation is
waited for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from throughline.flow.engine import events as ev
from throughline.flow.engine import waits
from throughline.flow.engine.step import Arrival, Step
from throughline.flow.engine.throwing import throw_escalation

if TYPE_CHECKING:
    from throughline.flow.engine.chart import Definition, Node
    from throughline.flow.engine.state import Token


def enter(step: Step, node: Node, arrival: Arrival) -> None:
    """Throw everything the event throws, then go on."""
    if any(each.trigger == "compensate" for each in node.definitions):
        from throughline.flow.engine.elements import compensation

        compensation.enter(step, node, arrival)
        return
    token = step.pass_by(node, arrival)
    if throw_each(step, node, token):
        step.push(token.scope, Step.leave, node, token.scope)


def throw_each(step: Step, node: Node, token: Token) -> bool:
    """Throw each event definition in turn; return whether the thrower still goes on."""
    goes_on = True
    for definition in node.definitions:
        goes_on = throw(step, node, token, definition) and goes_on
    return goes_on


def throw(step: Step, node: Node, token: Token, definition: Definition) -> bool:
    """Throw what one event definition says; return whether the thrower goes on."""
    return _THROW[definition.trigger](step, node, token, definition)


def _message(step: Step, node: Node, token: Token, definition: Definition) -> bool:
    """Send a message with the mapped values, or nothing, as payload."""
    key = None if definition.key is None else waits.key_text(step.value(definition.key, token.scope, token.locals))
    payload = _payload(step, node, token)
    step.emit(ev.MessageThrown(node.id, token.id, token.previous, definition.name, key, payload))
    return True


def _signal(step: Step, node: Node, token: Token, definition: Definition) -> bool:
    payload = _payload(step, node, token)
    step.emit(ev.SignalThrown(node.id, token.id, token.previous, definition.name, payload))
    step.push(token.scope, broadcast, definition.name, payload)
    return True


def _payload(step: Step, node: Node, token: Token) -> dict[str, Any]:
    """Return what a thrown message or signal carries; the mappings of a thrower are inputs of what it throws."""
    if not node.outputs:
        return {}
    context = step.context(token.scope, token.locals)
    return {each.name: each.formula(context, step.now) for each in node.outputs}


def broadcast(step: Step, name: str, payload: Mapping[str, Any], apart_from: int = -1) -> None:
    """Let a signal reach everything in the case that waits for it now, apart from what waits for one token."""
    for wait in [each for each in step.state.waits.values() if each.kind == "signal" and each.name == name]:
        if wait.token != apart_from:
            waits.come_true(step, wait.id, payload)


def _escalation(step: Step, node: Node, token: Token, definition: Definition) -> bool:
    return throw_escalation(step, node, token, definition.code)


def _link(step: Step, node: Node, token: Token, definition: Definition) -> bool:  # noqa: ARG001
    landing: Node = node.rule
    step.go_to(landing, Arrival(token.scope, node.id))
    return False


_THROW: dict[str, Callable[[Step, Node, Token, Definition], bool]] = {
    "message": _message,
    "signal": _signal,
    "escalation": _escalation,
    "link": _link,
}
