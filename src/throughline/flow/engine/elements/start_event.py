"""
The start event (BPMN 2.0.2, 10.5.1): where a case or the inside of a sub-process begins.

At the top of a process a driver says which start event begins the case
(:class:`~throughline.flow.engine.commands.Start`), with the message or signal that did it. Start events of event
sub-processes are listened for and happen like boundary events.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from throughline.flow.engine import waits
from throughline.flow.engine.elements import catch_event, event_subprocess
from throughline.flow.engine.state import ROOT
from throughline.flow.engine.step import Arrival

if TYPE_CHECKING:
    from throughline.flow.engine.chart import Node
    from throughline.flow.engine.state import Wait
    from throughline.flow.engine.step import Step


def enter(step: Step, node: Node, arrival: Arrival) -> None:
    """Begin here."""
    step.pass_by(node, arrival)
    step.leave(node, arrival.scope)


def begin(step: Step, node: Node, payload: Mapping[str, Any]) -> None:
    """Begin the case here because of a message, signal or other event."""
    token = step.pass_by(node, Arrival(ROOT))
    step.assign(node, token, catch_event.mapped(step, node, token, payload))
    step.leave(node, ROOT)


def happen(step: Step, node: Node, wait: Wait, payload: Mapping[str, Any]) -> None:
    """Begin the event sub-process whose start this is."""
    event_subprocess.begin(step, node, step.state.scopes[wait.scope], payload)
    if not node.interrupting and wait.scope in step.state.scopes:
        waits.rearm(step, node, wait)
