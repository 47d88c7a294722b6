"""
What one page shows, put in order: every picture with its element, its place, and how deep it lies.

A page may show elements of several processes and leave out others; elements inside a collapsed sub-process may have
pictures on the same page that must not be seen. All of that is sorted out here, so that the drawing functions only
draw.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from throughline.flow.bpmn import model
from throughline.flow.bpmn.markup import Markup
from throughline.flow.bpmn.render.geometry import Box, Point, without_repeats
from throughline.flow.bpmn.xml import Xml

Drawn = Markup | Xml
OPENED = model.SubProcess | model.CallActivity
"""What can be drawn open, with its inside in view."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A shape with the element it shows."""

    id: str
    element: Drawn
    box: Box
    shape: model.Shape
    label: Box | None


@dataclass(frozen=True, slots=True)
class Line:
    """An edge with the element it shows."""

    id: str
    element: Drawn
    points: list[Point]
    edge: model.Edge
    label: Box | None


@dataclass(frozen=True, slots=True)
class Scene:
    """
    All that is visible on a page.

    ``parents`` are the containers of flow elements by id; ``expanded`` the ids of sub-processes whose inside is shown
    here.
    """

    definitions: model.Definitions
    figures: Mapping[str, Figure]
    lines: tuple[Line, ...]
    elements: Mapping[str, Drawn]
    parents: Mapping[str, str]
    expanded: frozenset[str]

    def visible(self, each: str) -> str:
        """Return the node itself if it is drawn, else the closest thing around it that is; empty if nothing is."""
        place = each
        while place and place not in self.figures:
            place = self.parents.get(place, "")
        return place

    def name(self, element: Drawn) -> str:
        """Return what is written at the element."""
        return name_of(element, self.elements)


def scene_of(definitions: model.Definitions, page: model.Plane) -> Scene:
    """Return what the page shows."""
    elements = dict(_by_id(definitions))
    parents = _parents(definitions)
    shapes = {shape.element: shape for shape in page.shapes if shape.bounds is not None and shape.element in elements}
    expanded = _expanded(shapes, elements, parents, page.element)
    visible = {each: shape for each, shape in shapes.items() if not _is_hidden(each, elements, parents, expanded, page)}
    figures = {each: _figure(elements[each], shape) for each, shape in visible.items()}
    lines = tuple(
        Line(edge.element, elements[edge.element], _points(edge), edge, _label_box(edge.label))
        for edge in page.edges
        if edge.element in elements and len(_points(edge)) > 1
        if not _is_hidden(edge.element, elements, parents, expanded, page)
    )
    return Scene(definitions, figures, lines, elements, parents, expanded)


def _parents(definitions: model.Definitions) -> dict[str, str]:
    """Return the container of every flow element; where ids occur twice the first counts, and none is inside itself."""
    found: dict[str, str] = {}
    for process in definitions.processes:
        for item, place in process.walk():
            if item.id not in found and item.id not in _chain(place.id, found):
                found[item.id] = place.id
    return found


def _chain(place: str, parents: Mapping[str, str]) -> Iterator[str]:
    while place:
        yield place
        place = parents.get(place, "")


def name_of(element: Drawn, elements: Mapping[str, Drawn]) -> str:
    """Return what is written at the element: its name, its text, or the name of what it refers to."""
    if isinstance(element, Xml):
        return element.get("name")
    if isinstance(element, model.TextAnnotation):
        return element.text
    if isinstance(element, model.Group):
        value = elements.get(element.category_value_ref)
        return value.value if isinstance(value, model.CategoryValue) else ""
    if isinstance(element, model.Expression):
        return element.text
    name = str(getattr(element, "name", ""))
    return name or _borrowed_name(element, elements)


def _borrowed_name(element: Drawn, elements: Mapping[str, Drawn]) -> str:
    ref = getattr(element, "data_object_ref", "") or getattr(element, "data_store_ref", "")
    return str(getattr(elements.get(ref), "name", "")) if ref else ""


def _by_id(value: Any) -> Iterator[tuple[str, Drawn]]:
    """Give every element with an id, at any depth of the model."""
    for found in _inside(value):
        identifier = found.get("id") if isinstance(found, Xml) else getattr(found, "id", "")
        if identifier and not isinstance(found, model.DiagramElement | model.Diagram | model.Plane):
            yield identifier, found
        yield from _by_id(found)


def _inside(value: Any) -> Iterator[Drawn]:
    if isinstance(value, Xml):
        yield from value.children
        return
    for each in fields(value):
        if each.name in ("extensions", "documentation", "attributes", "diagrams", "warnings", "namespaces"):
            continue
        held = getattr(value, each.name)
        for item in held if isinstance(held, tuple) else (held,):
            if isinstance(item, Markup | Xml):
                yield item


def _expanded(
    shapes: Mapping[str, model.Shape], elements: Mapping[str, Drawn], parents: Mapping[str, str], page: str
) -> frozenset[str]:
    """
    The sub-processes drawn open: those the file says are, and where it says nothing, those with something drawn inside.
    """
    filled = {parents.get(each, "") for each in shapes}
    found = {page}
    for each, shape in shapes.items():
        said = shape.is_expanded
        if isinstance(elements[each], OPENED) and (said or (said is None and each in filled)):
            found.add(each)
    return frozenset(found)


def _is_hidden(
    each: str, elements: Mapping[str, Drawn], parents: Mapping[str, str], expanded: frozenset[str], page: model.Plane
) -> bool:
    """Whether a closed sub-process lies around the element, up to the page's own."""
    place = parents.get(each, "")
    while place and place != page.element:
        if isinstance(elements.get(place), model.SubProcess) and place not in expanded:
            return True
        place = parents.get(place, "")
    return False


def _figure(element: Drawn, shape: model.Shape) -> Figure:
    bounds = shape.bounds
    assert bounds is not None, "figures are made of shapes with bounds"
    box = Box(bounds.x, bounds.y, max(bounds.width, 1), max(bounds.height, 1))
    return Figure(shape.element, element, box, shape, _label_box(shape.label))


def _label_box(label: model.Label | None) -> Box | None:
    if label is None or label.bounds is None or label.bounds.width <= 0:
        return None
    bounds = label.bounds
    return Box(bounds.x, bounds.y, bounds.width, bounds.height)


def _points(edge: model.Edge) -> list[Point]:
    return without_repeats([(point.x, point.y) for point in edge.waypoints])
