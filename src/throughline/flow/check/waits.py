"""
Waits that can last for ever: nobody is asked, and no time is set.

A message that never comes is the commonest reason why a case is forgotten. A wait has an end of its own when a timer
stands beside it: at the event-based gateway, on its border, on the border of a sub-process around it, or as an event
sub-process that runs at a time.
"""

from __future__ import annotations

from collections.abc import Iterator

from throughline.flow.bpmn import model as bpmn
from throughline.flow.check.findings import Finding, Severity
from throughline.flow.check.scopes import Scope, label

FROM_OUTSIDE = frozenset({"message", "signal"})


def waits(scope: Scope, severity: Severity) -> Iterator[Finding]:
    """The findings about waits and owners of one scope."""
    timed = _is_timed(scope)
    for node in scope.nodes.values():
        if _is_for_people(node, is_run=severity == "error"):
            yield from _owner(scope, node, severity)
        elif not timed and not _has_timer(scope, node):
            yield from _deadline(scope, node)


def _deadline(scope: Scope, node: bpmn.FlowNode) -> Iterator[Finding]:
    if isinstance(node, bpmn.EventBasedGateway):
        if not node.instantiate and not _waits_for_time(scope, node):
            yield _endless(node, "Add a timer to its ways, and say what happens when the time is over.")
    elif isinstance(node, bpmn.ReceiveTask):
        if not node.instantiate and not _is_raced(scope, node):
            yield _endless(node, "Put a timer on its border, and say what happens when the time is over.")
    elif isinstance(node, bpmn.IntermediateCatchEvent) and not _is_raced(scope, node):
        triggers = set(scope.triggers(node))
        if triggers & FROM_OUTSIDE and "timer" not in triggers:
            yield _endless(node, "Let an event-based gateway wait for it and for a timer, whichever comes first.")


def _endless(node: bpmn.FlowNode, advice: str) -> Finding:
    return Finding(
        "no-deadline",
        "warning",
        node.id,
        f"A case can wait at {label(node)} for ever: if what it waits for never comes, nobody is told. {advice}",
    )


def _waits_for_time(scope: Scope, gateway: bpmn.EventBasedGateway) -> bool:
    targets = [scope.nodes[scope.flows[flow].target] for flow in scope.outgoing[gateway.id]]
    return not targets or any(
        {"timer", "conditional"} & set(scope.triggers(target)) or _has_timer(scope, target) for target in targets
    )


def _is_raced(scope: Scope, node: bpmn.FlowNode) -> bool:
    """Whether an event-based gateway waits for ``node`` beside others; the gateway is then what waits."""
    sources = (scope.nodes[scope.flows[flow].source] for flow in scope.incoming[node.id])
    return any(isinstance(source, bpmn.EventBasedGateway) for source in sources)


def _has_timer(scope: Scope, node: bpmn.FlowNode) -> bool:
    return any("timer" in scope.triggers(event) for event in scope.boundary[node.id])


def _is_timed(scope: Scope) -> bool:
    """Whether something wakes up in time in the scope itself or around it."""
    here: Scope | None = scope
    while here is not None:
        if any(_runs_in_time(here, node) for node in here.nodes.values()):
            return True
        if here.parent is not None and _has_timer(here.parent, here.parent.nodes[here.container.id]):
            return True
        here = here.parent
    return False


def _runs_in_time(scope: Scope, node: bpmn.FlowNode) -> bool:
    return (
        isinstance(node, bpmn.SubProcess)
        and node.triggered_by_event
        and any(isinstance(inner, bpmn.StartEvent) and "timer" in scope.triggers(inner) for inner in node.nodes)
    )


def _is_for_people(node: bpmn.FlowNode, *, is_run: bool) -> bool:
    """Whether a person does ``node``; where charts run, so a receive task without a message is done by hand."""
    if isinstance(node, bpmn.ReceiveTask):
        return is_run and not (node.message_ref or node.operation_ref or node.instantiate)
    return isinstance(node, bpmn.UserTask | bpmn.ManualTask)


def _owner(scope: Scope, task: bpmn.FlowNode, severity: Severity) -> Iterator[Finding]:
    work = task.extensions.work_item
    if (work and (work.assignee or work.queue)) or _has_role(scope, task.id):
        return
    if work and work.due:
        yield Finding(
            "no-owner",
            "warning",
            task.id,
            f"Expected {label(task)} to have somebody who does it, but it only has a due time: everybody sees it and "
            "nobody is asked. Put it into a lane, or set who gets it.",
        )
        return
    yield Finding(
        "no-owner",
        severity,
        task.id,
        f"Expected {label(task)} to have somebody who does it or a due time, but it has neither. "
        "Put it into a lane, or set who gets it.",
    )


def _has_role(scope: Scope | None, node: str) -> bool:
    """Whether ``node``, or the sub-process it lies in, stands in a lane that says whose it is."""
    while scope is not None:
        if any(node in lane.nodes and (lane.name.strip() or lane.extensions.role) for lane in scope.container.lanes):
            return True
        node, scope = scope.container.id, scope.parent
    return False
