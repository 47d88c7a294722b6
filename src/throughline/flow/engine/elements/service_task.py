"""
The service task (BPMN 2.0.2, 10.3.3.1): an action asked of the rest of the product.

``tl:action`` names it; inputs are evaluated when it is asked, outputs when its result (``result``) has come. A driver
may perform it at once and hand the result back in the same batch. The activation is the token, the same for every try.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from throughline.flow.engine import events as ev
from throughline.flow.engine import waits
from throughline.flow.engine.elements import activity

if TYPE_CHECKING:
    from throughline.flow.engine.chart import Node, OutputRule
    from throughline.flow.engine.state import Token
    from throughline.flow.engine.step import Arrival, Step


@dataclass(slots=True, eq=False)
class ActionRule:
    """Which action is asked, with which inputs. ``result`` names the variable that takes a result without mappings."""

    action: str
    inputs: tuple[OutputRule, ...] = ()
    result: str = ""


def perform(step: Step, node: Node, arrival: Arrival) -> None:
    """Ask for the action and let the boundary events listen."""
    token = step.rest(node, arrival, "action")
    request(step, node, token)
    if node.listeners:
        waits.listen_at_border(step, node, token)


def request(step: Step, node: Node, token: Token) -> None:
    """Ask for the action of a resting token, for the first time or again."""
    rule: ActionRule = node.rule
    inputs: dict[str, Any] = {}
    if rule.inputs:
        context = step.context(token.scope, token.locals)
        inputs = {each.name: each.formula(context, step.now) for each in rule.inputs}
    step.emit(ev.ActionRequested(node.id, token.id, token.previous, rule.action, inputs))


def finished(step: Step, node: Node, token: Token, result: Any) -> None:
    """Take the result and go on."""
    rule: ActionRule = node.rule
    if node.outputs:
        changes = activity.outputs(step, node, token, {"result": result})
    else:
        changes = {rule.result: result} if rule.result else {}
    activity.finish(step, node, token, changes)
