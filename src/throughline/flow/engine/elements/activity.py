"""
What all activities share: gathering start tokens, ending, going on (BPMN 2.0.2, 10.3 and 13.3).

An activity that needs ``startQuantity`` tokens gathers them first. One that loops hands over to
:mod:`~throughline.flow.engine.elements.loops`; each instance then begins with the ``perform`` of its element. An
activity that ends at once is only passed by; one that waits rests as a token, with its boundary events listening.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from throughline.flow.engine import events as ev
from throughline.flow.engine import waits
from throughline.flow.engine.state import Done

if TYPE_CHECKING:
    from throughline.flow.engine.chart import Node
    from throughline.flow.engine.state import Token
    from throughline.flow.engine.step import Arrival, Step


def gather(step: Step, node: Node, arrival: Arrival) -> None:
    """Wait until ``startQuantity`` tokens have come, then begin once for all of them."""
    here = [each.id for each in step.state.tokens.values() if _is_gathering(each, node, arrival.scope)]
    if len(here) + 1 < node.start_quantity:
        step.rest(node, arrival, "join")
        return
    step.emit(ev.Joined(node.id, step.next_id(), arrival.previous, tuple(here[: node.start_quantity - 1])))
    begin(step, node, arrival)


def _is_gathering(token: Token, node: Node, scope: int) -> bool:
    return token.node == node.id and token.scope == scope and token.phase == "join"


def begin(step: Step, node: Node, arrival: Arrival) -> None:
    """Begin the activity: its loop, or its only instance."""
    from throughline.flow.engine.elements import loops

    assert node.perform is not None
    (node.perform if node.loop is None else loops.enter)(step, node, arrival)


def pass_by(step: Step, node: Node, arrival: Arrival, changes: Mapping[str, Any]) -> None:
    """Let an instance that needs nobody begin and end in the same instant, setting variables."""
    token = step.pass_by(node, arrival)
    after(step, node, token, _assign(step, node, token, changes))


def finish(step: Step, node: Node, token: Token, changes: Mapping[str, Any]) -> None:
    """End the instance that rests as ``token`` normally, setting variables, and go on."""
    own = _assign(step, node, token, changes)
    close(step, node, token)
    after(step, node, token, own)


def close(step: Step, node: Node, token: Token) -> None:
    """End what the token waits for, and the token."""
    if step.state.waits and (node.listeners or token.phase == "event"):
        waits.end_all(step, waits.of_token(step, token.id))
    step.emit(ev.Completed(node.id, token.id, token.previous, token.phase))


def after(step: Step, node: Node, token: Token, own: Mapping[str, Any]) -> None:
    """Remember what may have to be undone, then go on. ``own`` is what the instance has set of its own variables."""
    if node.handler is not None:
        remember(step, node, token, Done(node.id))
    go_on(step, node, token, own)


def remember(step: Step, node: Node, token: Token, entry: Done) -> None:
    """Keep in mind what may have to be undone, in the scope the activity is drawn in (not in that of its loop)."""
    scope = step.state.scopes[token.scope]
    home = scope.parent if scope.kind == "loop" else scope.id
    step.emit(ev.Compensable(node.id, token.id, token.previous, home, entry))


def go_on(step: Step, node: Node, token: Token, own: Mapping[str, Any]) -> None:
    """Go on after an instance: to the next one of a loop, or along the outgoing flows."""
    kind = step.state.scopes[token.scope].kind
    if kind == "loop":
        from throughline.flow.engine.elements import loops

        loops.instance_ended(step, node, token, own)
        return
    step.leave(node, token.scope)
    if kind == "adhoc":
        from throughline.flow.engine.elements import ad_hoc_subprocess

        ad_hoc_subprocess.activity_ended(step, step.state.scopes[token.scope])


def _assign(step: Step, node: Node, token: Token, changes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Set variables, and return those that belong to the instance alone."""
    if not changes:
        return {}
    if token.locals is None:
        step.assign(node, token, changes)
        return {}
    own = {name: value for name, value in changes.items() if name in token.locals}
    step.assign(node, token, {name: value for name, value in changes.items() if name not in own})
    return own


def outputs(step: Step, node: Node, token: Token, extra: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return the values of the node's output mappings over its scope and ``extra`` (``result``, ``message``, ``error``).
    """
    context = {**step.context(token.scope, token.locals), **extra}
    return {each.name: each.formula(context, step.now) for each in node.outputs}
