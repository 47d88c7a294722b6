"""
The inclusive gateway (BPMN 2.0.2, 10.6.3 and 13.4.3): takes every way whose condition holds, and waits for what can
still come.

The join follows the standard: it goes on when at least one incoming flow has a token and, for every token elsewhere in
the scope, if there is a way from it to an empty incoming flow that does not pass the gateway, there is also one to a
flow that has a token. What can reach a flow is worked out once per chart; the test is made when nothing else moves, so
its result does not depend on the order of branches. Of two joins that wait for each other the one drawn first goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from throughline.flow.engine import events as ev
from throughline.flow.engine.elements.exclusive_gateway import no_way

if TYPE_CHECKING:
    from throughline.flow.engine.chart import Node
    from throughline.flow.engine.state import Token
    from throughline.flow.engine.step import Arrival, Step


@dataclass(slots=True, eq=False)
class JoinRule:
    """
    For each incoming flow by id, the ids of nodes from which it can be reached without passing the gateway.

    A node counts as lying *before* its outgoing flows and boundary events: a token that rests there can still take
    them.
    """

    upstream: dict[str, frozenset[str]]


def enter(step: Step, node: Node, arrival: Arrival) -> None:
    """Split: there is nothing to wait for with one incoming flow."""
    flows = step.chosen(node, arrival.scope)
    if not flows and node.outgoing:
        step.stuck(node, arrival, "no way out", no_way(step, node, arrival.scope))
        return
    step.pass_by(node, arrival)
    step.send(node, arrival.scope, flows)


def join(step: Step, node: Node, arrival: Arrival) -> None:
    """Wait; whether to go on is asked when nothing else moves."""
    step.rest(node, arrival, "join")


def release(step: Step, node: Node, scope: int, waiting: list[Token]) -> bool:
    """Go on if nothing can come any more that is worth waiting for; say whether it did."""
    if not is_complete(step, node, scope, {token.flow for token in waiting}):
        return False
    first: dict[str | None, Token] = {}
    for token in waiting:
        first.setdefault(token.flow, token)
    flows = step.chosen(node, scope)
    if not flows and node.outgoing:
        if not any(each.token == waiting[0].id for each in step.state.incidents.values()):
            step.incident(waiting[0], "no way out", no_way(step, node, scope))
        return False
    last = waiting[-1]
    step.emit(ev.Joined(node.id, step.next_id(), last.previous, tuple(each.id for each in first.values())))
    step.last = node.id
    step.send(node, scope, flows)
    if not flows:
        step.push(scope, _nothing)
    return True


def is_complete(step: Step, node: Node, scope: int, arrived: set[str | None]) -> bool:
    """Say whether no token elsewhere in the scope must still be waited for."""
    rule: JoinRule = node.rule
    marked = [rule.upstream[flow.id] for flow in node.incoming if flow.id in arrived]
    unmarked = [rule.upstream[flow.id] for flow in node.incoming if flow.id not in arrived]
    for token in step.state.tokens.values():
        comes = token.scope == scope and token.node != node.id and any(token.node in before for before in unmarked)
        if comes and not any(token.node in before for before in marked):
            return False
    return True


def _nothing(step: Step) -> None:
    """Let the scope be looked at again: its last token may be gone."""
