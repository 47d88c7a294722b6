"""
The graph of one container as the layout sees it: which links run forward, and how far from the start each node lies.

A boundary event is not a node here; its flows leave from the activity it sits on. Associations that lead from a
boundary event to a compensation handler count as links, because they are drawn like flows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from throughline.flow.bpmn import model


@dataclass(frozen=True, slots=True)
class Link:
    """A flow from ``source`` to ``target``; ``via`` is the boundary event of the source that it leaves from."""

    id: str
    source: str
    target: str
    via: str = ""
    name: str = ""


@dataclass(slots=True)
class Graph:
    """
    Nodes in document order with their links.

    ``layers``: the column of each node. ``back``: ids of links that run against the direction. ``depths``: how many
    links the longest way to an end has.
    """

    nodes: dict[str, model.FlowNode]
    boundary: dict[str, list[model.BoundaryEvent]]
    links: list[Link]
    back: set[str] = field(default_factory=set)
    layers: dict[str, int] = field(default_factory=dict)
    depths: dict[str, int] = field(default_factory=dict)

    def forward(self) -> list[Link]:
        """The links that run with the direction."""
        return [link for link in self.links if link.id not in self.back]


def graph_of(container: model.Container) -> Graph:
    """Return the container's graph with its layers."""
    attached = [node for node in container.nodes if isinstance(node, model.BoundaryEvent)]
    nodes: dict[str, model.FlowNode] = {node.id: node for node in container.nodes}
    hosts = {event.id: event.attached_to for event in attached if event.attached_to in nodes}
    for each in hosts:
        del nodes[each]
    boundary: dict[str, list[model.BoundaryEvent]] = defaultdict(list)
    for event in attached:
        if event.id in hosts:
            boundary[event.attached_to].append(event)
    graph = Graph(nodes, dict(boundary), _links(container, nodes, hosts))
    graph.back = _back_links(graph)
    graph.layers = _layers(graph)
    graph.depths = _depths(graph)
    return graph


def _links(container: model.Container, nodes: Mapping[str, object], hosts: Mapping[str, str]) -> list[Link]:
    ends = [(flow.id, flow.source, flow.target, flow.name) for flow in container.flows]
    ends += [
        (item.id, item.source, item.target, "")
        for item in container.artifacts
        if isinstance(item, model.Association) and item.id and item.source in hosts
    ]
    found = []
    for identifier, source, target, name in ends:
        start, end = hosts.get(source, source), hosts.get(target, target)
        if start in nodes and end in nodes:
            found.append(Link(identifier, start, end, source if source in hosts else "", name))
    return found


def _outgoing(links: Sequence[Link]) -> dict[str, list[Link]]:
    found: dict[str, list[Link]] = defaultdict(list)
    for link in links:
        found[link.source].append(link)
    return found


def _back_links(graph: Graph) -> set[str]:
    """The links that a walk in depth from the starts finds leading to a node it is still inside of."""
    outgoing = _outgoing(graph.links)
    entered = {link.target for link in graph.links if link.source != link.target}
    roots = sorted(graph.nodes, key=lambda each: each in entered)
    state: dict[str, int] = {}
    back: set[str] = set()
    for root in roots:
        if root in state:
            continue
        state[root] = 1
        walk = [(root, iter(outgoing[root]))]
        while walk:
            node, rest = walk[-1]
            link = next(rest, None)
            if link is None:
                state[node] = 2
                walk.pop()
            elif state.get(link.target) == 1:
                back.add(link.id)
            elif link.target not in state:
                state[link.target] = 1
                walk.append((link.target, iter(outgoing[link.target])))
    return back


def in_order(graph: Graph) -> list[str]:
    """Return the nodes so that every forward link leads to a later one."""
    outgoing = _outgoing(graph.forward())
    waiting = dict.fromkeys(graph.nodes, 0)
    for link in graph.forward():
        waiting[link.target] += 1
    ready = [node for node, number in waiting.items() if number == 0]
    for node in ready:  # grows while it is walked
        for link in outgoing[node]:
            waiting[link.target] -= 1
            if waiting[link.target] == 0:
                ready.append(link.target)
    return ready


def _layers(graph: Graph) -> dict[str, int]:
    """The longest way from a start; what nothing leads to moves up to just before what it leads to."""
    outgoing = _outgoing(graph.forward())
    layers = dict.fromkeys(graph.nodes, 0)
    entered = {link.target for link in graph.forward()}
    for node in in_order(graph):
        for link in outgoing[node]:
            layers[link.target] = max(layers[link.target], layers[node] + 1)
    for node in graph.nodes:
        if node not in entered and outgoing[node]:
            layers[node] = max(0, min(layers[link.target] for link in outgoing[node]) - 1)
    return layers


def _depths(graph: Graph) -> dict[str, int]:
    outgoing = _outgoing(graph.forward())
    depths = dict.fromkeys(graph.nodes, 0)
    for node in reversed(in_order(graph)):
        depths[node] = max((depths[link.target] + 1 for link in outgoing[node]), default=0)
    return depths
