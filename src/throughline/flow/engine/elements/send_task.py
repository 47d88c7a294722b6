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
    from throughline.flow.engine.state import Token, Variables
    from throughline.flow.engine.step import Step


def perform(
    step: Step, node: Node, scope: int, previous: str | None, flow: str | None, locals_: Variables | None
) -> None:
    """Throw the message and go on."""
    for definition in node.definitions:
        throw_event.throw_message(step, node, definition, scope, step.next_id(), previous)
    activity.pass_by(step, node, scope, previous, flow, locals_, {})


def complete(step: Step, node: Node, token: Token, changes: Mapping[str, Any]) -> None:
    """Throw the message of a task that was offered to a person, and go on."""
    for definition in node.definitions:
        throw_event.throw_message(step, node, definition, token.scope, token.id, token.previous)
    activity.finish(step, node, token, changes)
