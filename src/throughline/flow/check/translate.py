"""
From the drawing of a scope to its net.

Theory of operation. Each node kind has its way of taking tokens (any incoming flow, all of them, or the inclusive rule)
and its ways of giving them (BPMN 2.0.2 §13.3–13.5). Choices are free: every condition may hold or not, every event may
come or not. A sub-process is one activity here; whether it can finish at all was found out when its own net was
explored (``unfinishable``). An activity with boundary events gets a place of its own for the time it is active; a
non-interrupting event happens at most once in that time, since a second time needs nothing that the first did not show.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

from throughline.flow.bpmn import model as bpmn
from throughline.flow.check.net import Net
from throughline.flow.check.scopes import Scope

ENDING = frozenset({"terminate", "error", "cancel"})
SUBSETS_OF_AT_MOST = 6
"""Above this many free flows only single ones, pairs and all together are tried."""


def net_of(scope: Scope, unfinishable: frozenset[str] = frozenset()) -> Net:
    """The net of ``scope``. ``unfinishable``: ids of sub-processes that never complete normally."""
    return _Translation(scope, unfinishable).translate()


class _Translation:
    def __init__(self, scope: Scope, unfinishable: frozenset[str]) -> None:
        self.scope = scope
        self.unfinishable = unfinishable
        self.net = Net()
        self.flow_places = {flow.id: self.net.place(flow.target) for flow in scope.flows.values()}
        self.link_places: dict[str, int] = {}
        self.starts = scope.starts()
        self.loose = scope.loose()

    def translate(self) -> Net:
        for node in self.scope.nodes.values():
            if not isinstance(node, bpmn.BoundaryEvent) and not self.scope.is_handler(node):
                self._node(node)
        return self.net

    def _node(self, node: bpmn.FlowNode) -> None:
        places = [self.flow_places[flow] for flow in self.scope.incoming[node.id]]
        places += self._beginning(node)
        if isinstance(node, bpmn.IntermediateCatchEvent) and "link" in self.scope.triggers(node):
            places.append(self._link_place(node.id))
        if not places:
            return
        if isinstance(node, bpmn.EndEvent):
            self._end(node, places)
        elif isinstance(node, bpmn.InclusiveGateway | bpmn.ComplexGateway) and len(places) > 1:
            for gives in self._ways_out(node):
                self.net.transition(frozenset(places), gives, (node.id,), "inclusive")
        elif isinstance(node, bpmn.ParallelGateway):
            for gives in self._ways_out(node):
                self.net.transition(frozenset(places), gives, (node.id,))
        elif self.scope.boundary[node.id]:
            self._with_boundary(node, places)
        else:
            self._enter(node, places, self._completions(node))

    def _beginning(self, node: bpmn.FlowNode) -> list[int]:
        """A marked place before what the scope begins with: one alternative per start, or all loose nodes together."""
        if self.starts:
            if not _is_among(node, self.starts):
                return []
            place = self.net.place(node.id)
            self.net.beginnings.append(frozenset([place]))
            return [place]
        if not _is_among(node, self.loose):
            return []
        place = self.net.place(node.id)
        together = self.net.beginnings.pop() if self.net.beginnings else frozenset[int]()
        self.net.beginnings.append(together | {place})
        return [place]

    def _enter(self, node: bpmn.FlowNode, places: list[int], alternatives: Iterable[frozenset[int]]) -> None:
        ways = list(alternatives)
        for place in places:
            for gives in ways:
                self.net.transition({place}, gives, (node.id,))

    def _end(self, node: bpmn.EndEvent, places: list[int]) -> None:
        sink = self.net.place(node.id, sink=True)
        ending = ENDING & set(self.scope.triggers(node))
        for place in places:
            self.net.transition({place}, {sink}, (node.id,), "ending" if ending else "plain")

    def _with_boundary(self, node: bpmn.FlowNode, places: list[int]) -> None:
        events = [e for e in self.scope.boundary[node.id] if "compensate" not in self.scope.triggers(e)]
        lasting = [event for event in events if not event.cancel_activity]
        active = {done: self.net.place(node.id) for done in _subsets(lasting)}
        self._enter(node, places, [frozenset([active[()]])])
        for done, place in active.items():
            for gives in self._completions(node):
                self.net.transition({place}, gives, ())
            for event in events:
                for gives in self._ways_out(event):
                    if event.cancel_activity:
                        self.net.transition({place}, gives, (event.id,))
                    elif event not in done:
                        after = tuple(other for other in lasting if other in done or other is event)
                        if after in active:
                            self.net.transition({place}, gives | {active[after]}, (event.id,))

    def _completions(self, node: bpmn.FlowNode) -> list[frozenset[int]]:
        return [] if node.id in self.unfinishable else list(self._ways_out(node))

    def _ways_out(self, node: bpmn.FlowNode) -> Iterator[frozenset[int]]:
        """The sets of places that may receive a token when ``node`` is done."""
        if isinstance(node, bpmn.IntermediateThrowEvent) and "link" in self.scope.triggers(node):
            yield frozenset(self._link_place(target) for target in self.scope.link_targets(node)[:1])
            return
        flows = [self.scope.flows[flow] for flow in self.scope.outgoing[node.id]]
        for chosen in _choices(node, flows):
            yield frozenset(self.flow_places[flow.id] for flow in chosen)

    def _link_place(self, target: str) -> int:
        if target not in self.link_places:
            self.link_places[target] = self.net.place(target)
        return self.link_places[target]


def _is_among(node: bpmn.FlowNode, nodes: Iterable[bpmn.FlowNode]) -> bool:
    return any(node is each for each in nodes)  # the same one, for comparing all fields takes long


def _choices(node: bpmn.FlowNode, flows: list[bpmn.SequenceFlow]) -> Iterator[tuple[bpmn.SequenceFlow, ...]]:
    if isinstance(node, bpmn.ExclusiveGateway | bpmn.EventBasedGateway) and flows:
        yield from ((flow,) for flow in flows)
    elif isinstance(node, bpmn.InclusiveGateway | bpmn.ComplexGateway) and flows:
        yield from _some_of(flows)
    elif isinstance(node, bpmn.Activity):
        yield from _conditional_split(node, flows)
    else:
        yield tuple(flows)


def _conditional_split(node: bpmn.Activity, flows: list[bpmn.SequenceFlow]) -> Iterator[tuple[bpmn.SequenceFlow, ...]]:
    """Unconditional flows always; of the conditional ones any; the default if none of them (§13.3.1)."""
    always = tuple(flow for flow in flows if flow.condition is None and flow.id != node.default)
    maybe = [flow for flow in flows if flow.condition is not None and flow.id != node.default]
    otherwise = tuple(flow for flow in flows if flow.id == node.default)
    yield from (always + some for some in _some_of(maybe))
    if always or otherwise or not maybe:
        yield always + otherwise


def _some_of(flows: list[bpmn.SequenceFlow]) -> Iterator[tuple[bpmn.SequenceFlow, ...]]:
    """Every non-empty choice of ``flows``, or of many flows the telling ones."""
    sizes = range(1, len(flows) + 1) if len(flows) <= SUBSETS_OF_AT_MOST else (1, 2, len(flows))
    for size in sizes:
        yield from combinations(flows, size)


def _subsets(events: list[bpmn.BoundaryEvent]) -> Iterator[tuple[bpmn.BoundaryEvent, ...]]:
    """The sets of lasting events that may have happened already: all of up to three events, else at most one."""
    for size in range((len(events) if len(events) <= 3 else 1) + 1):
        yield from combinations(events, size)
