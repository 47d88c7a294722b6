"""The script task (BPMN 2.0.2, 10.3.3.6): a FEEL expression whose value is kept in a variable (``tl:result``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from throughline.flow.engine.elements import activity

if TYPE_CHECKING:
    from throughline.flow.engine.chart import Node
    from throughline.flow.engine.formula import Formula
    from throughline.flow.engine.state import Token
    from throughline.flow.engine.step import Arrival, Step


@dataclass(slots=True, eq=False)
class ScriptRule:
    """The expression and the variable that takes its value ("" when nobody wants it)."""

    script: Formula
    result: str


def perform(step: Step, node: Node, arrival: Arrival) -> None:
    """Run the script."""
    rule: ScriptRule = node.rule
    changes = {rule.result: step.value(rule.script, arrival.scope, arrival.locals)} if rule.result else {}
    activity.pass_by(step, node, arrival, changes)


def complete(step: Step, node: Node, token: Token, changes: Mapping[str, Any]) -> None:
    """Run the script of a task that was offered to a person, and go on."""
    rule: ScriptRule = node.rule
    result = {rule.result: step.value(rule.script, token.scope, token.locals)} if rule.result else {}
    activity.finish(step, node, token, {**result, **changes})
