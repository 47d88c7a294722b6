"""
A BPMN chart as a file that draw.io opens and edits, and such a file read back as the chart it was.

Theory of operation. Each shape and line of the chart becomes a cell that has its id, in draw.io's own BPMN shapes, so
that it can be edited there. What draw.io has no words for (forms, conditions, due moments) is carried along: the data
of the page's root cell hold the BPMN file, packed. Reading back compares the cells with what the carried chart would
give. Where the same shapes are joined by the same lines, the carried chart is taken, with the names and places of the
file. Where something was added, removed or joined otherwise, what is new is understood like any other drawing, and what
is still there stays as it was (``changed``).
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from lxml import etree

from throughline.flow import markup
from throughline.flow.bpmn import model, read, write
from throughline.flow.bpmn.edit.picture import drawn_like
from throughline.flow.bpmn.layout import lay_out
from throughline.flow.bpmn.render.geometry import Box, Point, border_of_rectangle
from throughline.flow.bpmn.xml import BPMN, BPMNDI, DC, DI, Unreadable
from throughline.flow.charts.changed import changed
from throughline.flow.charts.drawio import inflated, models_of, plain, read_drawio
from throughline.flow.charts.sketch import Shape, Sketch, UnreadableDrawing
from throughline.flow.charts.understand import Understood, understand

CARRIED: Final = "throughline"
"""The name under which the root cell carries the chart."""

_BELOW: Final = "verticalLabelPosition=bottom;verticalAlign=top;labelBackgroundColor=none;"
_EVENT: Final = "shape=mxgraph.bpmn.shape;perimeter=ellipsePerimeter;" + _BELOW
_GATEWAY: Final = "shape=mxgraph.bpmn.shape;perimeter=rhombusPerimeter;background=gateway;outline=none;" + _BELOW
_TASK: Final = "shape=mxgraph.bpmn.task;rounded=1;whiteSpace=wrap;taskMarker="
_STYLES: Final[Mapping[str, str]] = {
    "participant": "swimlane;horizontal=0;startSize=30;",
    "lane": "swimlane;horizontal=0;startSize=30;swimlaneLine=1;",
    "startEvent": _EVENT + "outline=standard;",
    "endEvent": _EVENT + "outline=end;",
    "intermediateCatchEvent": _EVENT + "outline=catching;",
    "intermediateThrowEvent": _EVENT + "outline=throwing;",
    "boundaryEvent": _EVENT + "outline=boundInt;",
    "exclusiveGateway": _GATEWAY + "gwType=exclusive;",
    "inclusiveGateway": _GATEWAY + "gwType=inclusive;",
    "parallelGateway": _GATEWAY + "gwType=parallel;",
    "complexGateway": _GATEWAY + "gwType=complex;",
    "eventBasedGateway": _GATEWAY + "gwType=event;",
    "userTask": _TASK + "user;",
    "serviceTask": _TASK + "service;",
    "sendTask": _TASK + "send;",
    "receiveTask": _TASK + "receive;",
    "manualTask": _TASK + "manual;",
    "businessRuleTask": _TASK + "businessRule;",
    "scriptTask": _TASK + "script;",
    "callActivity": _TASK + "abstract;bpmnShapeType=call;",
    "dataObjectReference": "shape=mxgraph.bpmn.data;" + _BELOW,
    "dataStoreReference": "shape=datastore;" + _BELOW,
    "textAnnotation": "shape=mxgraph.flowchart.annotation_2;align=left;whiteSpace=wrap;",
    "group": "rounded=1;dashed=1;fillColor=none;container=0;",
}
_ANY_TASK: Final = _TASK + "abstract;"
_DEFINITIONS: Final[Mapping[str, str]] = {
    "messageEventDefinition": "message", "timerEventDefinition": "timer", "signalEventDefinition": "signal",
    "errorEventDefinition": "error", "escalationEventDefinition": "escalation", "linkEventDefinition": "link",
    "terminateEventDefinition": "terminate", "conditionalEventDefinition": "conditional",
    "compensateEventDefinition": "compensation", "cancelEventDefinition": "cancel",
}  # fmt: skip
_LINES: Final[Mapping[str, str]] = {
    "sequenceFlow": "endArrow=block;endFill=1;rounded=0;",
    "messageFlow": "dashed=1;startArrow=oval;startFill=0;endArrow=block;endFill=0;rounded=0;",
    "association": "dashed=1;dashPattern=1 3;endArrow=none;rounded=0;",
}


# -- Writing -----------------------------------------------------------------------------------------------------------


def chart_as_drawio(definitions: model.Definitions, *, name: str) -> bytes:
    """Return the chart as an uncompressed ``.drawio`` file, a page for each page of the chart."""
    if not _is_drawn(definitions):
        definitions = lay_out(definitions)
    content = write(definitions)
    tree = _Chart(content)
    file = etree.Element("mxfile", host="Throughline")
    for number, diagram in enumerate(tree.diagrams):
        called = diagram.get("name") or name
        page = etree.SubElement(file, "diagram", name=called[:120] or "Chart", id=f"page-{number}")
        root = etree.SubElement(etree.SubElement(page, "mxGraphModel", grid="1", page="0"), "root")
        first = etree.SubElement(root, "object", id="0", label="")
        if number == 0:
            first.set(CARRIED, base64.b64encode(zlib.compress(content, 9)).decode("ascii"))
        etree.SubElement(first, "mxCell")
        etree.SubElement(root, "mxCell", id="1", parent="0")
        for shape in diagram.iter(f"{{{BPMNDI}}}BPMNShape"):
            _put_shape(root, tree, shape)
        for edge in diagram.iter(f"{{{BPMNDI}}}BPMNEdge"):
            _put_line(root, tree, edge)
    return etree.tostring(file, xml_declaration=True, encoding="UTF-8")


def _is_drawn(definitions: model.Definitions) -> bool:
    return any(diagram.plane is not None and diagram.plane.shapes for diagram in definitions.diagrams)


class _Chart:
    """A BPMN file as a tree, with its elements by id."""

    def __init__(self, content: bytes) -> None:
        self.root = markup.parse(content)
        self.diagrams: Sequence[etree._Element] = self.root.findall(f"{{{BPMNDI}}}BPMNDiagram")
        inside = (each for each in self.root.iter(f"{{{BPMN}}}*") if each.get("id"))
        self.by_id: Mapping[str, etree._Element] = {each.get("id", ""): each for each in inside}

    def shown(self, drawn: etree._Element) -> tuple[str, etree._Element | None]:
        """Return the id of what a shape or edge shows (prefixes of namespaces fall away), and the element."""
        key = drawn.get("bpmnElement", "").rpartition(":")[2]
        return key, self.by_id.get(key)


def _words(element: etree._Element | None) -> str:
    if element is None:
        return ""
    if _tag(element) == "textAnnotation":
        return element.findtext(f"{{{BPMN}}}text") or ""
    return element.get("name", "")


def _tag(element: etree._Element) -> str:
    return etree.QName(element).localname


def _is_line(element: etree._Element | None) -> bool:
    return element is not None and (_tag(element) in _LINES or _tag(element).endswith("Association"))


def _style(element: etree._Element | None) -> str:
    if element is None:
        return "rounded=0;"
    tag = _tag(element)
    style = _STYLES.get(tag, _ANY_TASK)
    symbols = [_DEFINITIONS[_tag(each)] for each in element if _tag(each) in _DEFINITIONS]
    if tag.endswith("Event"):
        style += f"symbol={symbols[0] if symbols else 'general'};"
    return style + "html=0;"


def _put_shape(root: etree._Element, tree: _Chart, drawn: etree._Element) -> None:
    key, element = tree.shown(drawn)
    bounds = drawn.find(f"{{{DC}}}Bounds")
    if bounds is None or not key or _is_line(element):
        return
    cell = etree.SubElement(
        root, "mxCell", id=key, value=_words(element), style=_style(element), vertex="1", parent="1"
    )
    place = {side: bounds.get(side, "0") for side in ("x", "y", "width", "height")}
    etree.SubElement(cell, "mxGeometry", place).set("as", "geometry")


def _put_line(root: etree._Element, tree: _Chart, drawn: etree._Element) -> None:
    key, element = tree.shown(drawn)
    if element is None:
        return
    source, target = _ends(element)
    style = _LINES.get(_tag(element), _LINES["association"]) + "html=0;"
    cell = etree.SubElement(
        root, "mxCell", id=key, value=_words(element), style=style, edge="1",
        parent="1", source=source, target=target,
    )  # fmt: skip
    geometry = etree.SubElement(cell, "mxGeometry", relative="1")
    geometry.set("as", "geometry")
    points = drawn.findall(f"{{{DI}}}waypoint")[1:-1]
    if points:
        array = etree.SubElement(geometry, "Array")
        array.set("as", "points")
        for point in points:
            etree.SubElement(array, "mxPoint", x=point.get("x", "0"), y=point.get("y", "0"))


def _ends(element: etree._Element) -> tuple[str, str]:
    """Return the ids of what a flow or association joins; data associations lie inside of what they belong to."""
    source, target = element.get("sourceRef"), element.get("targetRef")
    if source is None and target is None:
        source, target = element.findtext(f"{{{BPMN}}}sourceRef"), element.findtext(f"{{{BPMN}}}targetRef")
        outer = element.getparent()
        owner = outer.get("id", "") if outer is not None else ""
        if _tag(element) == "dataInputAssociation":
            target = owner
        elif _tag(element) == "dataOutputAssociation":
            source = owner
    return tuple((end or "").rpartition(":")[2] for end in (source, target))  # type: ignore[return-value]


# -- Reading -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Returned:
    """
    A chart that came back from draw.io.

    ``same`` says that all shapes and lines are those that were sent; else ``understood`` is what the first page was
    read as, and ``kept`` counts the steps that have the settings they were sent with.
    """

    chart: model.Definitions
    same: bool
    kept: int
    understood: Understood | None = None


def read_returned(content: bytes, answers: Mapping[str, str] | None = None) -> Returned | None:
    """
    Return the chart that a draw.io file carries, as it stands in the drawing now; None for drawings made elsewhere.

    ``answers`` are those to the doubts of a drawing that was changed, as for :func:`understand`.

    Raises:
        UnreadableDrawing: the file is no drawing, or what it carries cannot be unpacked.
    """
    carried = _carried(content)
    if carried is None:
        return None
    tree, pages = _Chart(carried), read_drawio(content)
    sent = read(carried)
    left = read_drawio(chart_as_drawio(sent, name=""))
    joined = all(_is_same(tree, diagram, page) for diagram, page in zip(tree.diagrams, pages, strict=False))
    if joined and len(pages) == len(tree.diagrams) and _look_same(left, pages):
        models = models_of(content)
        for diagram, page, cells in zip(tree.diagrams, pages, models, strict=True):
            _take_over(tree, diagram, page, _bends(cells))
        chart = read(etree.tostring(tree.root))
        return Returned(chart, same=True, kept=len(tree.by_id))
    found = _changed(sent, left, pages, answers)
    for diagram, page, cells in zip(tree.diagrams, pages, models_of(content), strict=False):
        _take_over(tree, diagram, page, _bends(cells))
    before = read(etree.tostring(tree.root))
    return replace(found, chart=drawn_like(found.chart, before, chosen=_chosen(pages, found.understood)))


def _chosen(pages: Sequence[Sketch], understood: Understood | None) -> dict[str, Box]:
    """Return where the drawing has what a chart is made of, by its id there."""
    made = {fate.drawn: fate.element for fate in understood.fates if fate.element} if understood is not None else {}
    return {made.get(shape.id, shape.id): _box(shape) for page in pages for shape in page.shapes}


def _look_same(left: Sequence[Sketch], back: Sequence[Sketch]) -> bool:
    """Return whether every shape still looks like what it is, though it may be called and lie otherwise."""
    looks = [{shape.id: (shape.kind, shape.event) for page in pages for shape in page.shapes} for pages in (left, back)]
    return looks[0] == looks[1]


def _changed(
    sent: model.Definitions, left: Sequence[Sketch], pages: Sequence[Sketch], answers: Mapping[str, str] | None
) -> Returned:
    """Return a chart that comes back with other shapes or lines than it was sent with, without places."""
    first = understand(pages[0], answers)
    found = changed(sent, left[0], pages[0], first)
    kept, fates = found.kept, found.fates
    for before, now in zip(left[1:], pages[1:], strict=False):
        found = replace(changed(found.chart, before, now, understand(now)), doubts=found.doubts)
        kept, fates = kept + found.kept, (*fates, *found.fates)
    told = replace(first, doubts=found.doubts, fates=fates)
    return Returned(found.chart, same=False, kept=kept, understood=told)


def _carried(content: bytes) -> bytes | None:
    for page in models_of(content):
        for each in page.iter("object", "UserObject"):
            packed = each.get(CARRIED)
            if not packed:
                continue
            try:
                found = inflated(base64.b64decode(packed, validate=True), zlib.MAX_WBITS)
                read(found)
            except (binascii.Error, ValueError, Unreadable) as wrong:
                raise UnreadableDrawing(f"Expected the chart in the drawing to be whole, but {wrong}.") from wrong
            return found
    return None


def _drawn(tree: _Chart, diagram: etree._Element, tag: str) -> Iterator[tuple[str, etree._Element | None, Any]]:
    for each in diagram.iter(f"{{{BPMNDI}}}{tag}"):
        key, element = tree.shown(each)
        yield key, element, each


def _is_same(tree: _Chart, diagram: etree._Element, page: Sketch) -> bool:
    """Return whether a page has the shapes that were sent, joined by the same lines."""
    shapes = {
        key
        for key, element, each in _drawn(tree, diagram, "BPMNShape")
        if each.find(f"{{{DC}}}Bounds") is not None and not _is_line(element)
    }
    drawn = shapes | {key for key, _, _ in _drawn(tree, diagram, "BPMNEdge")}
    lines = {
        key: tuple(end if end in drawn else "" for end in _ends(element))
        for key, element, _ in _drawn(tree, diagram, "BPMNEdge")
        if element is not None
    }
    return {shape.id for shape in page.shapes} == shapes and lines == {
        line.id: (line.source, line.target) for line in page.lines
    }


def _take_over(tree: _Chart, diagram: etree._Element, page: Sketch, bends: Mapping[str, Sequence[Point]]) -> None:
    """Give the carried chart the names and places of a page."""
    drawn = {shape.id: shape for shape in page.shapes}
    moved: set[str] = set()
    for key, element, shape in _drawn(tree, diagram, "BPMNShape"):
        if key in drawn:
            _rename(element, drawn[key].text)
            if _move(shape, drawn[key]):
                moved.add(key)
    words = {line.id: line.text for line in page.lines}
    for key, element, edge in _drawn(tree, diagram, "BPMNEdge"):
        if element is None:
            continue
        _rename(element, words.get(key, ""))
        source, target = _ends(element)
        if {source, target} & moved and source in drawn and target in drawn:
            _bend(edge, drawn[source], drawn[target], bends.get(key, ()))


def _rename(element: etree._Element | None, words: str) -> None:
    if element is None or plain(_words(element)) == words:
        return
    if _tag(element) == "textAnnotation":
        text = element.find(f"{{{BPMN}}}text")
        text = etree.SubElement(element, f"{{{BPMN}}}text") if text is None else text
        text.text = words
    else:
        element.set("name", words)


def _move(shape: etree._Element, to: Shape) -> bool:
    bounds = shape.find(f"{{{DC}}}Bounds")
    now = {"x": to.x, "y": to.y, "width": to.width, "height": to.height}
    if bounds is None or all(abs(float(bounds.get(side, "0")) - value) < 0.01 for side, value in now.items()):
        return False
    for side, value in now.items():
        bounds.set(side, f"{value:g}")
    label = shape.find(f"{{{BPMNDI}}}BPMNLabel")
    if label is not None:
        shape.remove(label)
    return True


def _bend(edge: etree._Element, source: Shape, target: Shape, bends: Sequence[Point]) -> None:
    """Lead a line from border to border again, by the bends that it has in the drawing."""
    way = [source.middle, *bends, target.middle]
    way[0] = border_of_rectangle(_box(source), way[1], source.middle)
    way[-1] = border_of_rectangle(_box(target), way[-2], target.middle)
    for old in edge.findall(f"{{{DI}}}waypoint"):
        edge.remove(old)
    for label in edge.findall(f"{{{BPMNDI}}}BPMNLabel"):
        edge.remove(label)
    for x, y in way:
        etree.SubElement(edge, f"{{{DI}}}waypoint", x=f"{x:g}", y=f"{y:g}")


def _box(shape: Shape) -> Box:
    return Box(shape.x, shape.y, shape.width, shape.height)


def _bends(cells: etree._Element) -> dict[str, list[Point]]:
    return {
        cell.get("id", ""): [
            (float(point.get("x", "0")), float(point.get("y", "0")))
            for point in cell.findall("mxGeometry/Array/mxPoint")
        ]
        for cell in cells.iter("mxCell")
        if cell.get("edge") == "1"
    }
