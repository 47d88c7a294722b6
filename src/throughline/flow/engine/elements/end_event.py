"""
The end event (BPMN 2.0.2, 10.5.1): a token ends, and tells something as it does.

An *error* looks for a catcher outwards; none is an incident (or the end of a called case with that error). *Terminate*
ends its own scope and nothing else. *Cancel* ends a transaction: what was done in it is compensated, then its boundary
event goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from throughline.flow.engine import events as ev
from throughline.flow.engine import throwing, withdrawal
from throughline.flow.engine.elements import compensation, throw_event, transaction
from throughline.flow.engine.state import ROOT

if TYPE_CHECKING:
    from throughline.flow.engine.chart import Definition, Node
    from throughline.flow.engine.state import Token
    from throughline.flow.engine.step import Arrival, Step


def enter(step: Step, node: Node, arrival: Arrival) -> None:
    """End the token; in a multiple end event tell what others may hear before what ends the scope."""
    for definition in node.definitions:
        special = _SPECIAL.get(definition.trigger)
        if special is not None:
            special(step, node, arrival, definition)
            return
    throw_event.throw_each(step, node, step.pass_by(node, arrival))


def _others(step: Step, node: Node, token: Token, definition: Definition) -> None:
    for each in node.definitions:
        if each is not definition and each.trigger not in _SPECIAL:
            throw_event.throw(step, node, token, each)


def _error(step: Step, node: Node, arrival: Arrival, definition: Definition) -> None:
    token = step.pass_by(node, arrival)
    _others(step, node, token, definition)
    if not throwing.throw_error(step, node, token, definition.code, "") and step.state.status == "running":
        code = "an error" if definition.code is None else f"error {definition.code!r}"
        message = f"Expected {code} thrown at {node.label!r} to be caught, but nothing catches it."
        step.stuck(node, arrival, "uncaught error", message)


def _terminate(step: Step, node: Node, arrival: Arrival, definition: Definition) -> None:
    token = step.pass_by(node, arrival)
    _others(step, node, token, definition)
    withdrawal.clear(step, arrival.scope, node.id)
    if arrival.scope == ROOT:
        step.emit(ev.CaseFinished(node.id, token.id, token.previous, "terminated"))


def _cancel(step: Step, node: Node, arrival: Arrival, definition: Definition) -> None:  # noqa: ARG001
    transaction.cancel(step, node, arrival)


def _compensate(step: Step, node: Node, arrival: Arrival, definition: Definition) -> None:  # noqa: ARG001
    compensation.enter(step, node, arrival)


_SPECIAL: dict[str, Callable[[Step, Node, Arrival, Definition], None]] = {
    "error": _error,
    "terminate": _terminate,
    "cancel": _cancel,
    "compensate": _compensate,
}
"""End events that do more than tell something."""
