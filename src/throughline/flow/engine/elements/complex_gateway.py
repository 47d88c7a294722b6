"""
The complex gateway (BPMN 2.0.2, 10.6.5 and 13.4.5): goes on when its own condition over the arrived tokens holds.

The condition sees ``activationCount``, the number of tokens that have arrived, and the number of each flow's tokens
under the flow's name or id. Without a condition it waits like an inclusive gateway. Once it has gone on it waits for
the tokens that can still come (the rule of the inclusive join) and then starts anew; at that second moment it takes
only the ways whose condition holds, with ``waitingForStart`` false; a way without a condition belongs to the first
moment alone, or a discriminator would let two tokens out.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from throughline.flow.engine import events as ev
from throughline.flow.engine.elements import inclusive_gateway
from throughline.flow.engine.elements.exclusive_gateway import no_way

if TYPE_CHECKING:
    from throughline.flow.engine.chart import Flow, Node
    from throughline.flow.engine.state import Token
    from throughline.flow.engine.step import Arrival, Step


def enter(step: Step, node: Node, arrival: Arrival) -> None:
    """
    Rest, and go on if the condition holds now; with one incoming flow and no condition there is nothing to wait for.
    """
    if len(node.incoming) <= 1 and node.activation is None:
        inclusive_gateway.enter(step, node, arrival)
        return
    step.rest(node, arrival, "join")
    if node.id not in step.state.scopes[arrival.scope].resetting:
        _try(step, node, arrival.scope)


def release(step: Step, node: Node, scope: int, waiting: list[Token]) -> bool:
    """Go on, or start anew, if it is time; say whether anything moved."""
    if node.id in step.state.scopes[scope].resetting:
        return _reset(step, node, scope, waiting)
    return bool(waiting) and _try(step, node, scope)


def _try(step: Step, node: Node, scope: int) -> bool:
    waiting = [each for each in step.state.tokens.values() if each.node == node.id and each.scope == scope]
    if node.activation is None:
        if step.queue or not inclusive_gateway.is_complete(step, node, scope, {each.flow for each in waiting}):
            return False
    elif node.activation(_context(step, node, scope, waiting, starting=True), step.now) is not True:
        return False
    flows = _chosen(step, node, scope, waiting, starting=True)
    if not flows and node.outgoing:
        if not any(each.token == waiting[0].id for each in step.state.incidents.values()):
            step.incident(waiting[0], "no way out", no_way(step, node, scope))
        return False
    had = tuple(sorted({each.flow or "" for each in waiting}))
    step.emit(ev.Joined(node.id, step.next_id(), waiting[-1].previous, tuple(each.id for each in _one_each(waiting))))
    step.send(node, scope, flows)
    if len(had) < len(node.incoming):
        step.emit(ev.GatewayReset(node.id, 0, None, scope, had))
    step.push(scope, _nothing)
    return True


def _reset(step: Step, node: Node, scope: int, waiting: list[Token]) -> bool:
    had = set(step.state.scopes[scope].resetting[node.id])
    late = [each for each in waiting if (each.flow or "") not in had]
    arrived: set[str | None] = {*had, *(each.flow for each in late)}
    if not inclusive_gateway.is_complete(step, node, scope, arrived):
        return False
    flows = _chosen(step, node, scope, late, starting=False) if late else []
    step.emit(ev.GatewayReset(node.id, 0, None, scope, None))
    if late:
        consumed = tuple(each.id for each in _one_each(late))
        step.emit(ev.Joined(node.id, step.next_id(), late[-1].previous, consumed))
        step.send(node, scope, flows)
    step.push(scope, _nothing)
    return True


def _one_each(waiting: list[Token]) -> list[Token]:
    first: dict[str | None, Token] = {}
    for token in waiting:
        first.setdefault(token.flow, token)
    return list(first.values())


def _chosen(step: Step, node: Node, scope: int, waiting: list[Token], *, starting: bool) -> list[Flow]:
    context = _context(step, node, scope, waiting, starting=starting)
    conditional = [each for each in node.outgoing if each.condition is not None and each is not node.default]
    taken = [each for each in conditional if each.condition is not None and each.condition(context, step.now) is True]
    if not starting:
        return taken
    free = [each for each in node.outgoing if each.condition is None and each is not node.default]
    if not taken and node.default is not None:
        return [*free, node.default]
    return [each for each in node.outgoing if each in taken or each in free]


def _context(step: Step, node: Node, scope: int, waiting: list[Token], *, starting: bool) -> dict[str, Any]:
    counts = Counter(each.flow for each in waiting)
    context = dict(step.context(scope))
    for flow in node.incoming:
        context[flow.name or flow.id] = Decimal(counts[flow.id])
        context[flow.id] = Decimal(counts[flow.id])
    context["activationCount"] = Decimal(len(waiting))
    context["waitingForStart"] = starting
    return context


def _nothing(step: Step) -> None:
    """Let the scope be looked at again: its last token may be gone."""
