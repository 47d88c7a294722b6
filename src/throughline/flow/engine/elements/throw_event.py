"""
The intermediate throw event (BPMN 2.0.2, 10.5.3): a token tells something and goes on.

Signals reach what waits in the same case before anything later happens; other cases are the driver's. An escalation may be
caught by something that interrupts the thrower, and then the token is gone. A link jumps. A compensation is waited for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from throughline.flow.engine import events as ev
from throughline.flow.engine import waits
from throughline.flow.engine.throwing import throw_escalation

if TYPE_CHECKING:
    from throughline.flow.engine.chart import Definition, Node
    from throughline.flow.engine.step import Step


def enter(step: Step, node: Node, scope: int, previous: str | None, flow: str | None) -> None:
    """Throw everything the event throws, then go on."""
    compensation = next((each for each in node.definitions if each.trigger == "compensate"), None)
    if compensation is not None:
        from throughline.flow.engine.elements import compensation as undoing

        undoing.enter(step, node, scope, previous, flow)
        return
    token = step.pass_by(node, previous, flow)
    if throw_all(step, node, scope, token, previous):
        step.push(scope, _go_on, node, scope)


def _go_on(step: Step, node: Node, scope: int) -> None:
    step.leave(node, scope)


def throw_all(step: Step, node: Node, scope: int, token: int, previous: str | None) -> bool:
    """Throw each event definition in turn; return whether the thrower still goes on."""
    return all([throw_one(step, node, each, scope, token, previous) for each in node.definitions])


def throw_one(step: Step, node: Node, definition: Definition, scope: int, token: int, previous: str | None) -> bool:
    """Throw what one event definition says; return whether the thrower goes on."""
    return _THROW[definition.trigger](step, node, definition, scope, token, previous)


def throw_message(step: Step, node: Node, definition: Definition, scope: int, token: int, previous: str | None) -> bool:
    """Send a message: the mapped values, or nothing, as payload."""
    key = None if definition.key is None else waits.key_text(step.value(definition.key, scope))
    context = step.context(scope) if node.outputs else {}
    payload = {each.name: each.formula(context, step.now) for each in node.outputs}
    step.emit(ev.MessageThrown(node.id, token, previous, definition.name, key, payload))
    return True


def throw_signal(step: Step, node: Node, definition: Definition, scope: int, token: int, previous: str | None) -> bool:
    """Send a signal."""
    context = step.context(scope) if node.outputs else {}
    payload = {each.name: each.formula(context, step.now) for each in node.outputs}
    step.emit(ev.SignalThrown(node.id, token, previous, definition.name, payload))
    step.push(scope, broadcast, definition.name, payload)
    return True


def broadcast(step: Step, name: str, payload: Mapping[str, Any], apart_from: int = -1) -> None:
    """Let a signal reach everything in the case that waits for it now, apart from what waits for one token."""
    for wait in [each for each in step.state.waits.values() if each.kind == "signal" and each.name == name]:
        if wait.token != apart_from:
            waits.come_true(step, wait.id, payload)


def _escalate(step: Step, node: Node, definition: Definition, scope: int, token: int, previous: str | None) -> bool:
    return throw_escalation(step, node, scope, token, previous, definition.code)


def _jump(step: Step, node: Node, definition: Definition, scope: int, token: int, previous: str | None) -> bool:  # noqa: ARG001
    target = node.rule
    step.push(scope, step.__class__.arrive, target, scope, node.id, None)
    return False


def _say_nothing(
    step: Step,
    node: Node,
    definition: Definition,
    scope: int,
    token: int,
    previous: str | None,  # noqa: ARG001
) -> bool:
    return True


_THROW = {
    "message": throw_message,
    "signal": throw_signal,
    "escalation": _escalate,
    "link": _jump,
    "conditional": _say_nothing,
    "timer": _say_nothing,
}
