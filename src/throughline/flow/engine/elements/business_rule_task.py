"""
The business rule task (BPMN 2.0.2, 10.3.3.5): a decision asked (``tl:decision``), its answer kept in a variable.

Inputs are given by mappings, else by what is in scope under the names the decision wants. The answer and the rules
that gave it stand in the event, so the reason can be shown later even if the table has changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from throughline.flow.engine import events as ev
from throughline.flow.engine.elements import activity

if TYPE_CHECKING:
    from throughline.flow.dmn.compile import DecisionModel
    from throughline.flow.dmn.explain import Explanation
    from throughline.flow.engine.chart import Node, OutputRule
    from throughline.flow.engine.step import Arrival, Step


@dataclass(slots=True, eq=False)
class DecisionRule:
    """Which decision of which model is asked; ``result`` names the variable that takes the answer."""

    ref: str
    decision: str
    model: DecisionModel
    result: str
    inputs: tuple[OutputRule, ...] = ()


def perform(step: Step, node: Node, arrival: Arrival) -> None:
    """Ask the decision."""
    rule: DecisionRule = node.rule
    context = step.context(arrival.scope, arrival.locals)
    inputs: Any = {each.name: each.formula(context, step.now) for each in rule.inputs} if rule.inputs else context
    explanation = rule.model.explain(rule.decision, inputs, now=step.around.now)
    answer = explanation.value
    seen = {**context, "result": answer}
    changes = {each.name: each.formula(seen, step.now) for each in node.outputs}
    if rule.result:
        changes[rule.result] = answer
    step.emit(
        ev.DecisionMade(
            node.id,
            step.next_id(),
            arrival.previous,
            rule.ref,
            rule.decision,
            answer,
            rules_of(explanation),
            explanation.reason,
        )
    )
    activity.pass_by(step, node, arrival, changes)


def rules_of(explanation: Explanation) -> tuple[str, ...]:
    """Return the ids of the rules that gave an answer."""
    return tuple(rule.id or "" for rule in explanation.rules)
