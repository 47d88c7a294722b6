"""A figure as a file that draw.io opens and edits: shapes stay shapes, lines stay joined to them."""

from __future__ import annotations

from typing import Final

from lxml import etree

from throughline.flow.bpmn.render.text import LINE_HEIGHT, width_of
from throughline.flow.charts.views.figure import Ending, Figure, Line, Point, Shape, ShapeKind
from throughline.flow.charts.views.sizes import SMALL

_STYLES: Final = {
    ShapeKind.PROCESS: "rounded=1;arcSize=24;whiteSpace=wrap;html=0;",
    ShapeKind.ENTITY: "rounded=0;whiteSpace=wrap;html=0;",
    ShapeKind.STORE: "shape=partialRectangle;right=0;whiteSpace=wrap;html=0;",
    ShapeKind.CLASS: "rounded=0;whiteSpace=wrap;html=0;align=left;spacingLeft=8;verticalAlign=top;",
    ShapeKind.STATE: "rounded=1;arcSize=40;whiteSpace=wrap;html=0;",
    ShapeKind.START: "ellipse;fillColor=#000000;html=0;",
    ShapeKind.END: "ellipse;shape=endState;fillColor=#000000;html=0;",
    ShapeKind.ACTOR: "shape=umlActor;verticalLabelPosition=bottom;verticalAlign=top;html=0;",
    ShapeKind.USE_CASE: "ellipse;whiteSpace=wrap;html=0;",
    ShapeKind.HOUSE: "shape=mxgraph.lean_mapping.outside_sources;whiteSpace=wrap;html=0;",
    ShapeKind.STATION: "shape=mxgraph.lean_mapping.manufacturing_process;whiteSpace=wrap;html=0;align=left;",
    ShapeKind.QUEUE: "triangle;direction=north;whiteSpace=wrap;html=0;",
    ShapeKind.DECISION: "rhombus;verticalLabelPosition=bottom;verticalAlign=top;html=0;",
    ShapeKind.BAR: "shape=line;direction=south;strokeWidth=8;html=0;",
    ShapeKind.HEAD: "shape=umlLifeline;perimeter=lifelinePerimeter;whiteSpace=wrap;html=0;",
}
_ENDS: Final = {Ending.NONE: "none", Ending.ARROW: "block", Ending.OPEN: "open", Ending.DIAMOND: "diamondThin"}


def as_drawio(figure: Figure) -> bytes:
    """Return the figure as an uncompressed ``.drawio`` file of one page."""
    file = etree.Element("mxfile", host="Throughline")
    page = etree.SubElement(file, "diagram", name=figure.title[:120] or "Chart", id="page")
    root = etree.SubElement(etree.SubElement(page, "mxGraphModel", grid="1", page="0"), "root")
    etree.SubElement(root, "mxCell", id="0")
    etree.SubElement(root, "mxCell", id="1", parent="0")
    names = {shape.id: f"s{number}" for number, shape in enumerate(figure.shapes)}
    for shape in figure.shapes:
        _put_shape(root, shape, names[shape.id])
    for number, line in enumerate(figure.lines):
        _put_line(root, line, f"l{number}", names)
    for number, points in enumerate(figure.rails):
        _put_rail(root, points, f"r{number}")
    for number, note in enumerate(figure.notes):
        _put_note(root, note, f"n{number}")
    return etree.tostring(file, xml_declaration=True, encoding="UTF-8")


def _put_shape(root: etree._Element, shape: Shape, name: str) -> None:
    mark = shape.mark if shape.kind is not ShapeKind.HEAD else ""
    words = "\n".join(part for part in (mark, shape.name, *shape.rows) if part)
    style = _STYLES[shape.kind] + ("dashed=1;" if shape.planned else "")
    cell = etree.SubElement(root, "mxCell", id=name, value=_clean(words), style=style, vertex="1", parent="1")
    high = shape.height + (float(shape.mark or 0) if shape.kind is ShapeKind.HEAD else 0.0)
    place = {"x": shape.x, "y": shape.y, "width": shape.width, "height": high}
    geometry = etree.SubElement(cell, "mxGeometry", {key: f"{value:.1f}" for key, value in place.items()})
    geometry.set("as", "geometry")


def _put_line(root: etree._Element, line: Line, name: str, names: dict[str, str]) -> None:
    style = f"endArrow={_ENDS[line.ends]};startArrow={_ENDS[line.begins]};html=0;rounded=0;"
    style += "dashed=1;" if line.dashed or line.planned else ""
    cell = etree.SubElement(
        root, "mxCell", id=name, value=_clean(line.text), style=style, edge="1", parent="1",
        source=names[line.source], target=names[line.target],
    )  # fmt: skip
    geometry = etree.SubElement(cell, "mxGeometry", relative="1")
    geometry.set("as", "geometry")
    if len(line.points) > 2:
        array = etree.SubElement(geometry, "Array")
        array.set("as", "points")
        for x, y in line.points[1:-1]:
            etree.SubElement(array, "mxPoint", x=f"{x:.1f}", y=f"{y:.1f}")


def _put_rail(root: etree._Element, points: tuple[Point, ...], name: str) -> None:
    style = "endArrow=none;html=0;rounded=0;"
    cell = etree.SubElement(root, "mxCell", id=name, style=style, edge="1", parent="1")
    geometry = etree.SubElement(cell, "mxGeometry", relative="1")
    geometry.set("as", "geometry")
    for end, (x, y) in (("sourcePoint", points[0]), ("targetPoint", points[-1])):
        etree.SubElement(geometry, "mxPoint", x=f"{x:.1f}", y=f"{y:.1f}").set("as", end)
    array = etree.SubElement(geometry, "Array")
    array.set("as", "points")
    for x, y in points[1:-1]:
        etree.SubElement(array, "mxPoint", x=f"{x:.1f}", y=f"{y:.1f}")


def _put_note(root: etree._Element, note: tuple[float, float, str], name: str) -> None:
    x, y, text = note
    style = f"text;html=0;align=left;verticalAlign=top;fontSize={SMALL:g};"
    cell = etree.SubElement(root, "mxCell", id=name, value=_clean(text), style=style, vertex="1", parent="1")
    place = {"x": x, "y": y, "width": width_of(text, SMALL) + 4, "height": SMALL * LINE_HEIGHT}
    geometry = etree.SubElement(cell, "mxGeometry", {key: f"{value:.1f}" for key, value in place.items()})
    geometry.set("as", "geometry")


def _clean(text: str) -> str:
    """Return the text without characters that XML cannot hold."""
    return "".join(letter for letter in text if letter >= " " or letter == "\n")
