"""
Which gateways are asked, when nothing else moves, whether they can go on: inclusive and complex joins, in drawn
order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from throughline.flow.engine.elements import complex_gateway, inclusive_gateway

if TYPE_CHECKING:
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
    for index, scope_id in sorted(waiting):
        node = step.chart.nodes[index]
        if RELEASE[node.type](step, node, scope_id, waiting[index, scope_id]):
            return True
    return False
