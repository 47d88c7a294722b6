"""The picture of a chart that was changed: places stay where they are, and what is new finds room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from throughline.flow.bpmn import model
from throughline.flow.bpmn.layout import framed, kept, lay_out
from throughline.flow.bpmn.render.geometry import Box


def drawn_like(
    chart: model.Definitions, *others: model.Definitions, chosen: Mapping[str, Box] | None = None
) -> model.Definitions:
    """
    Return a chart with the places of the first of others in which the same things are connected in the same way; with
    none such those of the first are kept as far as they fit, and room is made for what is new (``layout.kept``). Where
    that cannot be done it is laid out, with the colours of the first and its groups around what they held. ``chosen``
    are places that somebody has given to what is new.
    """
    shape = _shape(chart)
    fitting = next((other for other in others if _shape(other) == shape), None)
    if fitting is not None:
        return replace(chart, diagrams=fitting.diagrams)
    first = others[0]
    return (chosen and kept(first, chart, chosen)) or kept(first, chart) or _laid_out(chart, first)


def _laid_out(chart: model.Definitions, other: model.Definitions) -> model.Definitions:
    colours = {
        item.element: item.attributes
        for diagram in other.diagrams
        if diagram.plane is not None
        for item in diagram.plane.elements
        if item.attributes
    }
    found = framed(other, lay_out(chart))
    return replace(found, diagrams=tuple(_coloured(diagram, colours) for diagram in found.diagrams))


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
        found.update((lane.id, "lane", *sorted(lane.nodes)) for lane in process.lanes)
        found.update(("artifact", each.id) for each in process.artifacts)
    for collaboration in definitions.collaborations:
        found.update((pool.id, "pool") for pool in collaboration.participants)
        found.update((flow.id, "message") for flow in collaboration.message_flows)
    return frozenset(found)


def _ends(element: model.FlowElement) -> tuple[str, ...]:
    if isinstance(element, model.SequenceFlow):
        return element.source, element.target
    return (element.attached_to,) if isinstance(element, model.BoundaryEvent) else ()
