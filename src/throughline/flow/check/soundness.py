"""
Whether a chart can always finish, and finish cleanly.

Theory of operation. Each scope is translated into a net (:mod:`translate`), reduced (:mod:`reduce`) and explored
(:mod:`explore`), inner scopes first: an enclosing scope only needs to know whether a sub-process can complete. The five
verdicts are those of van der Aalst's soundness ("The application of Petri nets to workflow management", 1998) in the
words of BPMN analysis tools: deadlock, livelock, unsafe (lack of synchronisation), improper completion, dead activity.
"""

from __future__ import annotations

from collections.abc import Iterator

from throughline.flow.bpmn import model as bpmn
from throughline.flow.check.explore import Exploration, Fault, explore
from throughline.flow.check.findings import Finding
from throughline.flow.check.reduce import reduce_net
from throughline.flow.check.scopes import Scope, label, scopes_of
from throughline.flow.check.translate import net_of


def soundness(definitions: bpmn.Definitions) -> Iterator[Finding]:
    """The findings of soundness over every scope of ``definitions``."""
    unfinishable: set[str] = set()
    for scope in scopes_of(definitions):
        if isinstance(scope.container, bpmn.AdHocSubProcess):
            continue
        net = net_of(scope, frozenset(unfinishable))
        reduce_net(net)
        found = explore(net)
        if not _completes(scope, found):
            unfinishable.add(scope.container.id)
        yield from _findings(scope, found)


def _completes(scope: Scope, found: Exploration) -> bool:
    """Whether the scope can end other than by an error or a cancellation, or is too large to tell."""
    if not found.complete or _handler_may_end(scope):
        return True
    return any(not ends & _abnormal_ends(scope) for ends in found.endings)


def _handler_may_end(scope: Scope) -> bool:
    return any(isinstance(n, bpmn.SubProcess) and n.triggered_by_event for n in scope.nodes.values())


def _abnormal_ends(scope: Scope) -> frozenset[str]:
    return frozenset(
        node.id
        for node in scope.nodes.values()
        if isinstance(node, bpmn.EndEvent) and {"error", "cancel"} & set(scope.triggers(node))
    )


def _findings(scope: Scope, found: Exploration) -> Iterator[Finding]:
    for fault in found.faults:
        yield Finding(fault.rule, "error", fault.element, _explain(scope, fault), fault.trace)
    if found.complete:
        yield from _dead_activities(scope, found)
    else:
        yield Finding(
            "too-large",
            "warning",
            scope.container.id,
            f"Expected to look at every way through, but there are more than {found.states:,} situations. "
            "What is said here holds for those; part the chart into sub-processes to have all of it proved.",
        )


def _dead_activities(scope: Scope, found: Exploration) -> Iterator[Finding]:
    for node in scope.nodes.values():
        if isinstance(node, bpmn.Activity) and not scope.is_handler(node) and node.id not in found.reached:
            why = "no arrow leads to it" if not scope.incoming[node.id] else "no way through the chart leads there"
            yield Finding("dead-activity", "error", node.id, f"{label(node).capitalize()} is never reached: {why}.")


def _explain(scope: Scope, fault: Fault) -> str:
    place = label(scope.nodes[fault.element])
    return _EXPLANATIONS[fault.rule].format(place=place, way=_way(scope, fault.trace))


def _way(scope: Scope, trace: tuple[str, ...]) -> str:
    names = [scope.nodes[node].name.strip() for node in trace if node in scope.nodes]
    spoken = [name for name in names if name]
    return f"by way of {' → '.join(spoken)}" if spoken else "on the shortest way there"


_EXPLANATIONS = {
    "deadlock": "A case can get stuck before {place}: it waits for something that can no longer come ({way}). "
    "Join ways with the kind of gateway that parted them.",
    "unsafe": "{place} can be done twice for one case: two ways arrive there that both are taken ({way}). "
    "Join them with a parallel gateway, or part them with a decision.",
    "improper-completion": "The end {place} can be reached more than once in one case ({way}). "
    "Join the ways before the end.",
    "livelock": "A case can go round in a circle through {place} for ever ({way}). "
    "Give the loop a way out that leads to an end.",
}
