"""
The boundary event (BPMN 2.0.2, 10.5.4): something happens while an activity is under way.

An interrupting one ends the activity with everything inside it; the other kind adds a token and, where that makes
sense, is listened for again (the next message, signal or round of a cycle; a condition once it has been false in
between).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from throughline.flow.engine import waits, withdrawal
from throughline.flow.engine.elements import catch_event
from throughline.flow.engine.step import Arrival, Step

if TYPE_CHECKING:
    from throughline.flow.engine.chart import Node
    from throughline.flow.engine.state import Token, Wait


def enter(step: Step, node: Node, arrival: Arrival) -> None:
    """Go on behind the event; a token can be moved here by a person."""
    step.pass_by(node, arrival)
    step.leave(node, arrival.scope)


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
    visit = step.pass_by(node, Arrival(token.scope, token.node))
    step.assign(node, visit, catch_event.caught(step, node, visit, payload))
    step.push(visit.scope, Step.leave, node, visit.scope)
