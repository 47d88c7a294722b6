"""
The plain task (BPMN 2.0.2, 10.3.3): work nobody described further. It is done as soon as it is reached.

Where a chart is walked *by hand* (a scenario) or only watches, the task may be offered like a user task instead; the
compiler then gives the node the ``perform`` of :mod:`~throughline.flow.engine.elements.user_task`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from throughline.flow.engine.elements import activity

if TYPE_CHECKING:
    from throughline.flow.engine.chart import Node
    from throughline.flow.engine.step import Arrival, Step


def perform(step: Step, node: Node, arrival: Arrival) -> None:
    """Do the task."""
    activity.pass_by(step, node, arrival, {})
