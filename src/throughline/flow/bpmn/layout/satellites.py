"""Data and remarks: they stand above the node they belong to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from throughline.flow.bpmn import model
from throughline.flow.bpmn.layout.graph import Graph
from throughline.flow.bpmn.layout.sizes import Size, caption_size, satellite_size


@dataclass(frozen=True, slots=True)
class Satellite:
    """
    Something that belongs to a node.

    ``line`` is the id of the association between them, empty if there is none; ``outward`` if that runs from the node.
    """

    id: str
    node: str
    size: Size
    name_size: Size
    line: str = ""
    outward: bool = False


@dataclass(frozen=True, slots=True)
class _Tie:
    """An association between a node and something that stands beside it."""

    item: str
    node: str
    line: str
    outward: bool


def satellites_of(container: model.Container, graph: Graph) -> list[Satellite]:
    """Return what stands beside the container's nodes, each once, in document order."""
    items: dict[str, object] = {
        item.id: item
        for item in (*container.elements, *container.artifacts)
        if isinstance(item, model.DataObjectReference | model.DataStoreReference | model.TextAnnotation)
    }
    ties: dict[str, _Tie] = {}
    for tie in _ties(container, graph, items):
        ties.setdefault(tie.item, tie)
    return [_satellite(each, item, ties.get(each)) for each, item in items.items()]


def _satellite(each: str, item: object, tie: _Tie | None) -> Satellite:
    name = "" if isinstance(item, model.TextAnnotation) else str(getattr(item, "name", ""))
    if tie is None:
        return Satellite(each, "", satellite_size(item), caption_size(name))
    return Satellite(each, tie.node, satellite_size(item), caption_size(name), tie.line, tie.outward)


def _ties(container: model.Container, graph: Graph, items: dict[str, object]) -> Iterator[_Tie]:
    hosts = {event.id: host for host, events in graph.boundary.items() for event in events}
    places = {**{node: node for node in graph.nodes}, **hosts}
    for node in container.nodes:
        for association in _data_associations(node):
            outward = isinstance(association, model.DataOutputAssociation)
            for item in (association.target,) if outward else association.sources:
                if item in items and node.id in places:
                    yield _Tie(item, places[node.id], association.id, outward)
    for artifact in container.artifacts:
        if isinstance(artifact, model.Association):
            if artifact.target in items and artifact.source in places:
                yield _Tie(artifact.target, places[artifact.source], artifact.id, outward=True)
            elif artifact.source in items and artifact.target in places:
                yield _Tie(artifact.source, places[artifact.target], artifact.id, outward=False)


def _data_associations(node: model.FlowNode) -> tuple[model.DataAssociation, ...]:
    if isinstance(node, model.Activity):
        return (*node.data_inputs, *node.data_outputs)
    return node.data_associations if isinstance(node, model.Event) else ()
