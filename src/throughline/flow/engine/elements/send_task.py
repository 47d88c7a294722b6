"""
The send task (BPMN 2.0.2, 10.3.3.2): a message to another case, or an action that sends something (``tl:action``).

With an action it is a service task. With a message alone the message is thrown and the task is done.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from throughline.flow.engine.elements import activity, throw_event

if TYPE_CHECKING:
    from throughline.flow.engine.chart import Node
    from throughline.flow.engine.state import Token
    from throughline.flow.engine.step import Arrival, Step


def perform(step: Step, node: Node, arrival: Arrival) -> None:
    """Throw the message and go on."""
    token = step.pass_by(node, arrival)
    throw_event.throw_each(step, node, token)
    activity.after(step, node, token, {})


def complete(step: Step, node: Node, token: Token, changes: Mapping[str, Any]) -> None:
    """Throw the message of a task that was offered to a person, and go on."""
    throw_event.throw_each(step, node, token)
    activity.finish(step, node, token, changes)
