"""Data and remarks: they stand above the node they belong to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from throughline.flow.bpmn import model
from throughline.flow.bpmn.layout.graph import Graph
from throughline.flow.bpmn.layout.sizes import Size, caption_size, satellite_size


@dataclass(frozen=True, slots=True)
class Tie:
    """An association between a node and something that stands beside it; ``outward`` if it runs from the node."""

    item: str
    node: str
    line: str
    outward: bool


@dataclass(frozen=True, slots=True)
class Satellite:
    """Something that belongs to ``node``, its first tie's, and may have ties to others; empty if it has none."""

    id: str
    node: str
    size: Size
    name_size: Size
    ties: tuple[Tie, ...] = ()


def satellites_of(container: model.Container, graph: Graph) -> list[Satellite]:
    """Return what stands beside the container's nodes, each once, in document order."""
    items: dict[str, object] = {
        item.id: item
        for item in (*container.elements, *container.artifacts)
        if isinstance(item, model.DataObjectReference | model.DataStoreReference | model.TextAnnotation)
    }
    ties: dict[str, list[Tie]] = defaultdict(list)
    for tie in _ties(container, graph, items):
        ties[tie.item].append(tie)
    return [_satellite(each, item, ties[each]) for each, item in items.items()]


def _satellite(each: str, item: object, ties: list[Tie]) -> Satellite:
    name = "" if isinstance(item, model.TextAnnotation) else str(getattr(item, "name", ""))
    node = ties[0].node if ties else ""
    return Satellite(each, node, satellite_size(item), caption_size(name), tuple(tie for tie in ties if tie.line))


def _ties(container: model.Container, graph: Graph, items: dict[str, object]) -> Iterator[Tie]:
    hosts = {event.id: host for host, events in graph.boundary.items() for event in events}
    places = {**{node: node for node in graph.nodes}, **hosts}
    for node in container.nodes:
        for association in data_associations(node):
            outward = isinstance(association, model.DataOutputAssociation)
            for item in (association.target,) if outward else association.sources:
                if item in items and node.id in places:
                    yield Tie(item, places[node.id], association.id, outward)
    for artifact in container.artifacts:
        if isinstance(artifact, model.Association):
            if artifact.target in items and artifact.source in places:
                yield Tie(artifact.target, places[artifact.source], artifact.id, outward=True)
            elif artifact.source in items and artifact.target in places:
                yield Tie(artifact.source, places[artifact.target], artifact.id, outward=False)


def data_associations(node: model.FlowNode) -> tuple[model.DataAssociation, ...]:
    if isinstance(node, model.Activity):
        return (*node.data_inputs, *node.data_outputs)
    return node.data_associations if isinstance(node, model.Event) else ()
