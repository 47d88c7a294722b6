"""
The ad-hoc sub-process (BPMN 2.0.2, 10.3.5.3): activities without a fixed order.

Everything inside that nothing leads to may be begun: all at once, or one after the other if the ordering is
sequential. It is over when its completion condition holds after an activity inside has ended, or when nothing is left
to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from throughline.flow.engine import events as ev
from throughline.flow.engine import waits, withdrawal
from throughline.flow.engine.elements import subprocess
from throughline.flow.engine.state import Done
from throughline.flow.engine.step import DRAINED, Arrival

if TYPE_CHECKING:
    from throughline.flow.engine.chart import Node
    from throughline.flow.engine.formula import Formula
    from throughline.flow.engine.state import Scope
    from throughline.flow.engine.step import Step


@dataclass(slots=True, eq=False)
class AdHocRule:
    """Whether activities run one after the other, when it is enough, and whether what still runs is then withdrawn."""

    sequential: bool = False
    completion: Formula | None = None
    cancel_remaining: bool = True


def perform(step: Step, node: Node, arrival: Arrival) -> None:
    """Open the inside and begin what can be begun."""
    token = step.rest(node, arrival, "scope")
    inner = subprocess.open_inside(step, node, token, "adhoc")
    step.push(inner, _begin, node, inner)
    if node.listeners:
        waits.listen_at_border(step, node, token)


def _begin(step: Step, node: Node, scope: int) -> None:
    rule: AdHocRule = node.rule
    if not rule.sequential:
        subprocess.begin_inside(step, node, scope)
        return
    assert node.inside is not None
    step.emit(ev.PendingChanged(node.id, 0, None, scope, tuple(Done(each.id) for each in node.inside.starts)))


def activity_ended(step: Step, scope: Scope) -> None:
    """See whether it is enough, after an activity inside has ended."""
    rule: AdHocRule = step.chart.by_id[scope.node].rule
    if rule.completion is None or step.value(rule.completion, scope.id) is not True:
        return
    if scope.pending:
        step.emit(ev.PendingChanged(scope.node, 0, None, scope.id, ()))
    if rule.cancel_remaining:
        withdrawal.clear(step, scope.id, scope.node)


def drained(step: Step, scope: Scope) -> None:
    """Begin the next activity of a sequential one, or end."""
    if not scope.pending:
        subprocess.drained(step, scope)
        return
    first, rest = scope.pending[0], scope.pending[1:]
    step.emit(ev.PendingChanged(scope.node, 0, None, scope.id, rest))
    step.go_to(step.chart.by_id[first.node], Arrival(scope.id, scope.node))


DRAINED["adhoc"] = drained
