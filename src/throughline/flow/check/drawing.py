"""
Clutter and open ends: what makes a drawing hard to read or leaves a way without a goal.

None of this keeps a chart from running; all of it keeps people from understanding it ("Seven process modeling
guidelines", Mendling, Reijers, van der Aalst, 2010).
"""

from __future__ import annotations

from collections.abc import Iterator

from throughline.flow.bpmn import model as bpmn
from throughline.flow.check.findings import Finding
from throughline.flow.check.scopes import Scope, label

NODES_AT_MOST = 50
"""Above this many nodes in one scope, errors in charts become the rule (Mendling et al., guideline G7)."""


def drawing(scope: Scope) -> Iterator[Finding]:
    """The findings about the drawing of one scope."""
    yield from _size(scope)
    for node in scope.nodes.values():
        if isinstance(node, bpmn.ExclusiveGateway | bpmn.InclusiveGateway):
            yield from _decision(scope, node)
        yield from _open_end(scope, node)


def _size(scope: Scope) -> Iterator[Finding]:
    if len(scope.nodes) > NODES_AT_MOST:
        yield Finding(
            "large",
            "warning",
            scope.container.id,
            f"Expected at most {NODES_AT_MOST} elements on one level, but there are {len(scope.nodes)}. "
            "Move a part that has a name of its own into a sub-process.",
        )


def _decision(scope: Scope, gateway: bpmn.ExclusiveGateway | bpmn.InclusiveGateway) -> Iterator[Finding]:
    outgoing = [scope.flows[flow] for flow in scope.outgoing[gateway.id]]
    if len(outgoing) < 2:
        return
    if not gateway.name.strip():
        yield Finding(
            "unlabelled-decision",
            "warning",
            gateway.id,
            f"Expected a decision to carry its question, but {label(gateway)} has no name. "
            "Write the question on it, such as “Reached?”.",
        )
    for flow in outgoing:
        if not flow.name.strip():
            target = scope.nodes.get(flow.target)
            towards = label(target) if target else flow.target
            yield Finding(
                "unlabelled-decision",
                "warning",
                flow.id,
                f"Expected each way out of {label(gateway)} to say its answer, but the arrow to {towards} is blank.",
            )


def _open_end(scope: Scope, node: bpmn.FlowNode) -> Iterator[Finding]:
    if scope.outgoing[node.id] or scope.is_handler(node) or isinstance(node, bpmn.EndEvent):
        return
    if isinstance(scope.container, bpmn.AdHocSubProcess) or {"link", "compensate"} & set(scope.triggers(node)):
        return
    yield Finding(
        "dead-end",
        "warning",
        node.id,
        f"Nothing follows {label(node)}. "
        "Draw an arrow to what comes next, or to an end that says how the case turned out.",
    )
