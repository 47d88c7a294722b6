"""
User and manual tasks (BPMN 2.0.2, 10.3.3.4 and 10.3.3.5): work offered to a person or a queue.

``tl:workItem`` says who gets it and until when; without a queue it is the role of the lane. The values are worked out
when the work is offered and stand in the event. The person's answer comes as ``CompleteWork``; its variables become
variables of the case.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from throughline.flow.engine import events as ev
from throughline.flow.engine import waits
from throughline.flow.engine.timers import BadTimer, due_at_of
from throughline.flow.engine.waits import key_text

if TYPE_CHECKING:
    from datetime import datetime

    from throughline.flow.engine.chart import Node
    from throughline.flow.engine.formula import Formula
    from throughline.flow.engine.state import Token
    from throughline.flow.engine.step import Arrival, Step


@dataclass(slots=True, eq=False)
class WorkRule:
    """
    How work is offered: formulas, each None where nothing is said; ``due_text`` is an ISO text instead of a formula.
    """

    assignee: Formula | None = None
    queue: Formula | None = None
    due: Formula | None = None
    due_text: str | None = None
    clock: str = "elapsed"
    calendar: str = "default"
    priority: Formula | None = None


def perform(step: Step, node: Node, arrival: Arrival) -> None:
    """Offer the work and let the boundary events listen."""
    token = step.rest(node, arrival, "work")
    offer(step, node, token)
    if node.listeners:
        waits.listen_at_border(step, node, token)


def offer(step: Step, node: Node, token: Token) -> None:
    """Offer the work of a resting token to whom the chart says."""
    rule = node.rule
    if not isinstance(rule, WorkRule):
        step.emit(ev.WorkOffered(node.id, token.id, token.previous, None, node.role))
        return
    context = step.context(token.scope, token.locals)

    def value(formula: Formula | None) -> Any:
        return None if formula is None else formula(context, step.now)

    queue = node.role if rule.queue is None else key_text(value(rule.queue))
    due_at, problem = _due_at(step, rule, value(rule.due))
    step.emit(
        ev.WorkOffered(
            node.id,
            token.id,
            token.previous,
            key_text(value(rule.assignee)),
            queue,
            due_at,
            _priority(value(rule.priority)),
        )
    )
    if problem is not None:
        step.incident(
            token, "due", f"Expected the due moment of {node.label!r} to be a moment or a duration, but {problem}."
        )


def _due_at(step: Step, rule: WorkRule, value: Any) -> tuple[datetime | None, BadTimer | None]:
    given = value if rule.due_text is None else rule.due_text
    try:
        return due_at_of(given, step.around.now, rule.clock, rule.calendar, step.around.calendars), None
    except BadTimer as problem:
        return None, problem


def _priority(value: Any) -> int:
    return int(value) if isinstance(value, Decimal) else 0
