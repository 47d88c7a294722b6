"""
What all activities share: gathering start tokens, resting, ending (BPMN 2.0.2, 10.3 and 13.3).

An activity that needs ``startQuantity`` tokens gathers them first. One that loops hands over to
:mod:`~throughline.flow.engine.elements.loops`; each instance then begins with the ``perform`` of its element. An activity that ends
at once is only passed by; one that waits rests as a token, with its boundary events listening.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from throughline.flow.engine import events as ev
from throughline.flow.engine import waits
from throughline.flow.engine.state import ROOT, Done

if TYPE_CHECKING:
    from throughline.flow.engine.chart import Node
    from throughline.flow.engine.state import Token, Variables
    from throughline.flow.engine.step import Step


def enter(step: Step, node: Node, scope: int, previous: str | None, flow: str | None) -> None:
    """Begin the activity's only instance."""
    assert node.perform is not None
    node.perform(step, node, scope, previous, flow, None)


def gather(step: Step, node: Node, scope: int, previous: str | None, flow: str | None) -> None:
    """Wait until ``startQuantity`` tokens have come, then begin once for all of them."""
    from throughline.flow.engine.elements import loops

    here = [each for each in step.state.tokens.values() if _gathering(each, node, scope)]
    if len(here) + 1 < node.start_quantity:
        step.rest(node, scope, "join", previous, flow)
        return
    consumed = tuple(each.id for each in here[: node.start_quantity - 1])
    step.emit(ev.Joined(node.id, step.next_id(), previous, consumed))
    (loops.enter if node.loop is not None else enter)(step, node, scope, previous, flow)


def _gathering(token: Token, node: Node, scope: int) -> bool:
    return token.node == node.id and token.scope == scope and token.phase == "join"


def pass_by(
    step: Step,
    node: Node,
    scope: int,
    previous: str | None,
    flow: str | None,
    locals_: Variables | None,
    changes: Mapping[str, Any],
) -> None:
    """Let an instance that needs nobody begin and end in the same instant, setting variables."""
    token = step.pass_by(node, previous, flow)
    own = _assign(step, node, token, previous, scope, locals_, changes)
    after(step, node, token, previous, scope, locals_, own)


def finish(step: Step, node: Node, token: Token, changes: Mapping[str, Any]) -> None:
    """End the instance that rests as ``token`` normally, setting variables, and go on."""
    own = _assign(step, node, token.id, token.previous, token.scope, token.locals, changes)
    close(step, node, token)
    after(step, node, token.id, token.previous, token.scope, token.locals, own)


def close(step: Step, node: Node, token: Token) -> None:
    """End what the token's boundary events wait for, and the token."""
    if step.state.waits and (node.listeners or token.phase == "event"):
        waits.end_all(step, waits.of_token(step, token.id))
    step.emit(ev.Completed(node.id, token.id, token.previous, token.phase))


def after(
    step: Step,
    node: Node,
    token: int,
    previous: str | None,
    scope_id: int,
    locals_: Variables | None,
    own: Mapping[str, Any],
) -> None:
    """Remember what may have to be undone, then go on."""
    if node.handler is not None:
        remember(step, node, token, previous, scope_id, Done(node.id))
    go_on(step, node, token, scope_id, locals_, own)


def remember(step: Step, node: Node, token: int, previous: str | None, scope_id: int, entry: Done) -> None:
    """Keep in mind what may have to be undone, in the scope the activity is drawn in (not in that of its loop)."""
    scope = step.state.scopes[scope_id]
    home = scope.parent if scope.kind == "loop" else scope_id
    step.emit(ev.Compensable(node.id, token, previous, home, entry))


def go_on(step: Step, node: Node, token: int, scope_id: int, locals_: Variables | None, own: Mapping[str, Any]) -> None:
    """Go on after an instance: to the next one of a loop, or along the outgoing flows."""
    scope = step.state.scopes[scope_id]
    if scope.kind == "loop":
        from throughline.flow.engine.elements import loops

        loops.instance_ended(step, node, scope, token, locals_, own)
        return
    step.leave(node, scope_id)
    if scope.kind == "adhoc":
        from throughline.flow.engine.elements import ad_hoc_subprocess

        ad_hoc_subprocess.activity_ended(step, scope)


def received(step: Step, node: Node, payload: Mapping[str, Any]) -> None:
    """Begin a case at a receive task that creates it: its message has come."""
    from throughline.flow.engine.elements import catch_event

    changes = catch_event.mapped(step, node, ROOT, None, 0, payload)
    pass_by(step, node, ROOT, None, None, None, changes)


def _assign(
    step: Step,
    node: Node,
    token: int,
    previous: str | None,
    scope: int,
    locals_: Variables | None,
    changes: Mapping[str, Any],
) -> Mapping[str, Any]:
    """Set variables, and return those that belong to the instance alone."""
    if not changes:
        return {}
    own = {} if locals_ is None else {name: changes[name] for name in changes if name in locals_}
    step.assign(node, token, previous, scope, {name: value for name, value in changes.items() if name not in own})
    return own


def outputs(step: Step, node: Node, scope: int, locals_: Variables | None, extra: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of the node's output mappings over its scope and ``extra`` (``result``, ``message``, ``error``)."""
    context = {**step.context(scope, locals_), **extra}
    return {each.name: each.formula(context, step.now) for each in node.outputs}
