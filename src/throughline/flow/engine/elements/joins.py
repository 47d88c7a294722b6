"""
Which gateways are asked, when nothing else moves, whether they can go on: inclusive and complex joins, in drawn
order. One whose conditions would not end gets an incident and is asked no more until that is closed.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from throughline.flow.engine.elements import complex_gateway, inclusive_gateway
from throughline.flow.feel import FeelTooMuchWork

if TYPE_CHECKING:
    from throughline.flow.engine.chart import Node
    from throughline.flow.engine.state import Token
    from throughline.flow.engine.step import Step

RELEASE = {"inclusiveGateway": inclusive_gateway.release, "complexGateway": complex_gateway.release}


def release(step: Step) -> bool:
    """Let the first join that can go on do so; say whether one did."""
    waiting: dict[tuple[int, int], list[Token]] = {}
    for token in step.state.tokens.values():
        if token.phase == "join":
            node = step.chart.by_id[token.node]
            if node.type in RELEASE:
                waiting.setdefault((node.index, token.scope), []).append(token)
    for scope in step.state.scopes.values():
        for node_id in scope.resetting:
            waiting.setdefault((step.chart.by_id[node_id].index, scope.id), [])
    overworked = {each.token for each in step.state.incidents.values() if each.kind == "expression"}
    for (index, scope_id), tokens in sorted(waiting.items(), key=itemgetter(0)):
        if overworked.isdisjoint(token.id for token in tokens) and _ask(
            step, step.chart.nodes[index], scope_id, tokens
        ):
            return True
    return False


def _ask(step: Step, node: Node, scope_id: int, tokens: list[Token]) -> bool:
    try:
        return RELEASE[node.type](step, node, scope_id, tokens)
    except FeelTooMuchWork as problem:
        step.incident(tokens[0], "expression", str(problem))
        return False
