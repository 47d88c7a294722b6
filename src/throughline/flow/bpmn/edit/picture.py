"""The picture of a chart that was changed: kept as long as nothing came, went or was connected anew."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from throughline.flow.bpmn import model
from throughline.flow.bpmn.layout import lay_out


def drawn(before: model.Definitions, after: model.Definitions) -> model.Definitions:
    """Return ``after`` with the places of ``before`` if these still fit, else laid out, with the same colours."""
    if _shape(before) == _shape(after):
        return after
    colours = {
        item.element: item.attributes
        for diagram in before.diagrams
        if diagram.plane is not None
        for item in diagram.plane.elements
        if item.attributes
    }
    laid_out = lay_out(after)
    return replace(laid_out, diagrams=tuple(_coloured(diagram, colours) for diagram in laid_out.diagrams))


def _coloured(diagram: model.Diagram, colours: dict[str, Any]) -> model.Diagram:
    if diagram.plane is None or not colours:
        return diagram
    elements = tuple(replace(item, attributes=colours.get(item.element, ())) for item in diagram.plane.elements)
    return replace(diagram, plane=replace(diagram.plane, elements=elements))


def _shape(definitions: model.Definitions) -> frozenset[tuple[str, ...]]:
    """What has a place, and what that place depends on."""
    found: set[tuple[str, ...]] = set()
    for process in definitions.processes:
        found.add(("process", process.id))
        for element, place in process.walk():
            found.add((element.id, place.id, element.kind_name, *_ends(element)))
            if isinstance(element, model.Container):
                found.update(("artifact", each.id) for each in element.artifacts)
        found.update((lane.id, "lane", *lane.nodes) for lane in process.lanes)
        found.update(("artifact", each.id) for each in process.artifacts)
    for collaboration in definitions.collaborations:
        found.update((pool.id, "pool") for pool in collaboration.participants)
        found.update((flow.id, "message") for flow in collaboration.message_flows)
    return frozenset(found)


def _ends(element: model.FlowElement) -> tuple[str, ...]:
    if isinstance(element, model.SequenceFlow):
        return element.source, element.target
    return (element.attached_to,) if isinstance(element, model.BoundaryEvent) else ()
