"""
The event sub-process (BPMN 2.0.2, 10.3.5 and 13.5.4): a reaction that lives inside the scope it reacts for.

Its start events are listened for as long as the scope is open. An interrupting one first ends everything else in the scope,
including tokens on their way and the one that threw; from then on the scope is over when the event sub-process is. One that
does not interrupt runs beside the rest, as often as its event happens.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from throughline.flow.engine import waits, withdrawal
from throughline.flow.engine.elements import activity, catch_event, subprocess
from throughline.flow.engine.step import DRAINED

if TYPE_CHECKING:
    from throughline.flow.engine.chart import Node
    from throughline.flow.engine.state import Scope
    from throughline.flow.engine.step import Step


def begin(step: Step, start: Node, scope: Scope, payload: Mapping[str, Any]) -> None:
    """Begin the event sub-process that ``start`` belongs to, in the scope it reacts for."""
    node = start.body.node
    assert node is not None
    if start.interrupting:
        withdrawal.interrupt(step, scope.id, start.id)
    token = step.rest(node, scope.id, "scope", None, None)
    inner = subprocess.open_inside(step, node, token, "event")
    thrown = all(each.trigger not in waits.WAITED_FOR for each in start.definitions)
    visit = step.pass_by(start, None, None)
    if thrown:
        changes: Mapping[str, Any] = activity.outputs(step, start, inner, None, {"error": dict(payload)})
    else:
        changes = catch_event.mapped(step, start, inner, None, visit, payload)
    step.assign(start, visit, None, inner, changes)
    step.push(inner, _go_on, start, inner)


def _go_on(step: Step, start: Node, scope: int) -> None:
    step.leave(start, scope)


DRAINED["event"] = subprocess.drained
