"""
The boundary event (BPMN 2.0.2, 10.5.4): something happens while an activity is under way.

An interrupting one ends the activity with everything inside it; the other kind adds a token and, where that makes sense, is
listened for again (the next message, signal or round of a cycle; a condition once it has been false in between).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from throughline.flow.engine import waits, withdrawal
from throughline.flow.engine.elements import activity, catch_event

if TYPE_CHECKING:
    from throughline.flow.engine.chart import Node
    from throughline.flow.engine.state import Token, Wait
    from throughline.flow.engine.step import Step


def enter(step: Step, node: Node, scope: int, previous: str | None, flow: str | None) -> None:
    """Go on behind the event; a token can be moved here by a person."""
    step.pass_by(node, previous, flow)
    step.leave(node, scope)


def happen(step: Step, node: Node, wait: Wait, payload: Mapping[str, Any]) -> None:
    """Let something awaited come true."""
    token = step.state.tokens[wait.token]
    strike(step, node, token, payload)
    if not node.interrupting and token.id in step.state.tokens:
        waits.rearm(step, node, wait)


def strike(step: Step, node: Node, token: Token, payload: Mapping[str, Any]) -> None:
    """Let the event happen to the activity where ``token`` rests."""
    if node.interrupting:
        withdrawal.withdraw(step, token, node.id)
    tell(step, node, token, payload)


def tell(step: Step, node: Node, token: Token, payload: Mapping[str, Any]) -> None:
    """Let the event happen beside the activity, whatever becomes of that."""
    visit = step.pass_by(node, token.node, None)
    thrown = all(each.trigger not in waits.WAITED_FOR for each in node.definitions)
    if thrown:
        changes: Mapping[str, Any] = activity.outputs(step, node, token.scope, None, {"error": dict(payload)})
    else:
        changes = catch_event.mapped(step, node, token.scope, None, visit, payload)
    step.assign(node, visit, token.node, token.scope, changes)
    step.push(token.scope, _go_on, node, token.scope)


def _go_on(step: Step, node: Node, scope: int) -> None:
    step.leave(node, scope)
