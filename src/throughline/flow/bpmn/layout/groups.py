"""
Groups: frames that a person drew around steps that belong together (BPMN 2.0.2, 8.4.2).

A group says nowhere what it holds but by its place. When a chart is laid out anew, it is drawn around what it held.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from throughline.flow.bpmn import model
from throughline.flow.bpmn.render.geometry import Box, around

AIR: Final = 20.0


def framed(before: model.Definitions, laid_out: model.Definitions) -> model.Definitions:
    """Return a chart that was laid out with its groups around what they held before; those that held nothing go."""
    groups = groups_of(laid_out)
    old = _shapes(before)
    held = {group: _inside(old, group) for group in groups & old.keys()}
    return replace(laid_out, diagrams=tuple(_with_groups(diagram, old, held) for diagram in laid_out.diagrams))


def groups_of(definitions: model.Definitions) -> set[str]:
    """Return the ids of all groups of a chart."""
    found = [artifact for process in definitions.processes for artifact in process.artifacts]
    for process in definitions.processes:
        for item, _place in process.walk():
            found.extend(getattr(item, "artifacts", ()))
    return {artifact.id for artifact in found if isinstance(artifact, model.Group)}


def _shapes(definitions: model.Definitions) -> dict[str, model.Shape]:
    return {
        shape.element: shape
        for diagram in definitions.diagrams
        if diagram.plane is not None
        for shape in diagram.plane.shapes
        if shape.bounds is not None
    }


def _inside(shapes: dict[str, model.Shape], group: str) -> set[str]:
    frame = _box(shapes[group])
    return {each for each, shape in shapes.items() if each != group and frame.cut(_box(shape)) == _box(shape)}


def _with_groups(diagram: model.Diagram, old: dict[str, model.Shape], held: dict[str, set[str]]) -> model.Diagram:
    plane = diagram.plane
    assert plane is not None  # a layout gives every page one
    places = {shape.element: _box(shape) for shape in plane.shapes}
    frames = []
    for group, inside in sorted(held.items()):
        boxes = [places[each] for each in inside & places.keys()]
        if boxes:
            frame = around(boxes).grown(AIR)
            bounds = model.Bounds(x=frame.x, y=frame.y, width=frame.width, height=frame.height)
            frames.append(replace(old[group], bounds=bounds, label=None))
    return replace(diagram, plane=replace(plane, elements=(*plane.elements, *frames)))


def _box(shape: model.Shape) -> Box:
    assert shape.bounds is not None  # only shapes with a place are looked at
    return Box(shape.bounds.x, shape.bounds.y, shape.bounds.width, shape.bounds.height)
