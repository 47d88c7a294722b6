"""
The event sub-process (BPMN 2.0.2, 10.3.5 and 13.5.4): a reaction that lives inside the scope it reacts for.

Its start events are listened for as long as the scope is open. An interrupting one first ends everything else in the
scope, including tokens on their way and the one that threw; from then on the scope is over when the event sub-process
is. One that does not interrupt runs beside the rest, as often as its event happens.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from throughline.flow.engine import withdrawal
from throughline.flow.engine.elements import catch_event, subprocess
from throughline.flow.engine.step import DRAINED, Arrival, Step

if TYPE_CHECKING:
    from throughline.flow.engine.chart import Node
    from throughline.flow.engine.state import Scope


def begin(step: Step, start: Node, scope: Scope, payload: Mapping[str, Any]) -> None:
    """Begin the event sub-process that ``start`` belongs to, in the scope it reacts for."""
    node = start.body.node
    assert node is not None
    if start.interrupting:
        withdrawal.interrupt(step, scope.id, start.id)
    inner = subprocess.open_inside(step, node, step.rest(node, Arrival(scope.id), "scope"), "event")
    visit = step.pass_by(start, Arrival(inner))
    step.assign(start, visit, catch_event.caught(step, start, visit, payload))
    step.push(inner, Step.leave, start, inner)


DRAINED["event"] = subprocess.drained
