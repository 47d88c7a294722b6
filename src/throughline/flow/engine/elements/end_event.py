"""
The end event (BPMN 2.0.2, 10.5.1): a token ends, and tells something as it does.

An *error* looks for a catcher outwards; none is an incident (or the end of a called case with that error). *Terminate* ends its
own scope and nothing else. *Cancel* ends a transaction: what was done in it is compensated, then its boundary event goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from throughline.flow.engine import events as ev
from throughline.flow.engine import throwing, withdrawal
from throughline.flow.engine.elements import throw_event
from throughline.flow.engine.state import ROOT

if TYPE_CHECKING:
    from throughline.flow.engine.chart import Definition, Node
    from throughline.flow.engine.step import Step


def enter(step: Step, node: Node, scope: int, previous: str | None, flow: str | None) -> None:
    """End the token; in a multiple end event tell what others may hear before what ends the scope."""
    definitions = node.definitions
    if not definitions:
        step.pass_by(node, previous, flow)
        return
    if any(each.trigger == "compensate" for each in definitions):
        from throughline.flow.engine.elements import compensation

        compensation.enter(step, node, scope, previous, flow)
        return
    last = next((each for each in definitions if each.trigger in _ENDINGS), None)
    if last is not None and last.trigger == "error":
        _error(step, node, last, scope, previous, flow)
        return
    if last is not None and last.trigger == "cancel":
        from throughline.flow.engine.elements import transaction

        transaction.cancel(step, node, scope, previous, flow)
        return
    token = step.pass_by(node, previous, flow)
    for definition in definitions:
        if definition.trigger not in _ENDINGS and not throw_event.throw_one(
            step, node, definition, scope, token, previous
        ):
            return
    if last is not None:
        _terminate(step, node, scope, token, previous)


def _error(step: Step, node: Node, definition: Definition, scope: int, previous: str | None, flow: str | None) -> None:
    others = [each for each in node.definitions if each is not definition]
    for each in others:
        throw_event.throw_one(step, node, each, scope, step.next_id(), previous)
    token = step.rest(node, scope, "stuck", previous, flow)
    if not throwing.throw_error(step, node, token, definition.code, "") and step.state.status == "running":
        code = "an error" if definition.code is None else f"error {definition.code!r}"
        step.incident(
            token, "uncaught error", f"Expected {code} thrown at {node.label!r} to be caught, but nothing catches it."
        )


def _terminate(step: Step, node: Node, scope: int, token: int, previous: str | None) -> None:
    withdrawal.clear(step, scope, node.id)
    if scope == ROOT:
        step.emit(ev.CaseFinished(node.id, token, previous, "terminated"))


_ENDINGS = frozenset({"terminate", "cancel", "error"})
