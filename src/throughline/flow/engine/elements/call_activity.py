"""
The call activity (BPMN 2.0.2, 10.3.6): another process runs as a case of its own and gives its variables back.

The driver starts the called case and tells how it ended. Its uncaught error is thrown here, as if the inside had been
drawn here; an escalation it does not catch is offered here, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from throughline.flow.engine import events as ev
from throughline.flow.engine import throwing, waits
from throughline.flow.engine.elements import activity

if TYPE_CHECKING:
    from throughline.flow.engine.chart import Node, OutputRule
    from throughline.flow.engine.commands import ChildFinished
    from throughline.flow.engine.state import Token, Variables
    from throughline.flow.engine.step import Arrival, Step


@dataclass(slots=True, eq=False)
class CallRule:
    """Which process or procedure is called; without inputs it gets all variables, without outputs it gives all back."""

    called: str
    inputs: tuple[OutputRule, ...] = ()


def perform(step: Step, node: Node, arrival: Arrival) -> None:
    """Ask for the called case and let the boundary events listen."""
    token = step.rest(node, arrival, "call")
    call(step, node, token)
    if node.listeners:
        waits.listen_at_border(step, node, token)


def call(step: Step, node: Node, token: Token) -> None:
    """Ask for the called case of a resting token, for the first time or again."""
    rule: CallRule = node.rule
    context = step.context(token.scope, token.locals)
    if rule.inputs:
        variables: Variables = {each.name: each.formula(context, step.now) for each in rule.inputs}
    else:
        variables = {name: value for name, value in context.items() if name not in step.around.facts}
    step.emit(ev.CaseCalled(node.id, token.id, token.previous, rule.called, variables))


def finished(step: Step, node: Node, token: Token, child: ChildFinished) -> None:
    """Go on after the called case, or deal with its failure."""
    if child.outcome in ("completed", "terminated"):
        changes: dict[str, Any] = dict(child.variables)
        if node.outputs:
            changes = activity.outputs(step, node, token, {"result": child.variables})
        activity.finish(step, node, token, changes)
        return
    if child.outcome == "error" and throwing.throw_error(step, node, token, child.code, child.message):
        return
    if step.state.status == "running":
        why = child.message or (f"error {child.code!r}" if child.code else child.outcome)
        step.incident(
            token, "call", f"Expected the case called at {node.label!r} to complete, but it ended with {why}."
        )
