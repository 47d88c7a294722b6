"""
draw.io files: ``.drawio`` and ``.xml`` (plain or compressed), and ``.drawio.svg`` and ``.drawio.png`` that carry one.

Format: ``mxfile`` > ``diagram`` > ``mxGraphModel`` > ``root`` > ``mxCell``; a compressed diagram is URL-encoded,
deflated and base64. A cell's style is ``name;key=value;…``; labels are HTML; coordinates are relative to the parent.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape

from lxml import etree

from throughline.flow import markup
from throughline.flow.charts.sketch import Kind, Line, Point, Shape, Sketch, UnreadableDrawing

MOST_BYTES = 50_000_000
_PNG = b"\x89PNG\r\n\x1a\n"


def read_drawio(content: bytes) -> tuple[Sketch, ...]:
    """
    Return the pages of a draw.io file.

    Raises:
        UnreadableDrawing: it is none, or is too large when unpacked.
    """
    pages = _pages(content)
    if not pages:
        raise UnreadableDrawing("Expected the draw.io file to have a page, but it has none.")
    return tuple(_page(name, model) for name, model in pages)


def models_of(content: bytes) -> tuple[etree._Element, ...]:
    """
    Return the ``mxGraphModel`` of each page of a draw.io file, unpacked.

    Raises:
        UnreadableDrawing: it is none.
    """
    return tuple(model for _, model in _pages(content))


def _pages(content: bytes) -> list[tuple[str, etree._Element]]:
    root = _parse(_text_of(content))
    if root.tag.endswith("}svg") or root.tag == "svg":
        carried = root.get("content")
        if not carried:
            raise UnreadableDrawing("Expected the SVG to carry its draw.io drawing, but it is a picture only.")
        root = _parse(carried.encode())
    if root.tag == "mxGraphModel":
        return [("", root)]
    if root.tag != "mxfile":
        raise UnreadableDrawing(f"Expected a draw.io file (mxfile), but its root element is {root.tag}.")
    return [(each.get("name", ""), _model(each)) for each in root.iter("diagram")]


def _text_of(content: bytes) -> bytes:
    if not content.startswith(_PNG):
        return content
    for kind, data in _chunks(content):
        key, _, value = data.partition(b"\0")
        if key not in (b"mxfile", b"mxGraphModel"):
            continue
        if kind == b"tEXt":
            return _unquoted(value)
        if kind == b"zTXt":
            return _unquoted(inflated(value[1:], zlib.MAX_WBITS))
    raise UnreadableDrawing("Expected the PNG to carry its draw.io drawing, but it is a picture only.")


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(_PNG)
    while place + 8 <= len(content):
        length = int.from_bytes(content[place : place + 4], "big")
        yield content[place + 4 : place + 8], content[place + 8 : place + 8 + length]
        place += 12 + length


def _parse(content: bytes) -> etree._Element:
    try:
        return markup.parse(content)
    except etree.XMLSyntaxError as wrong:
        raise UnreadableDrawing(f"Expected a draw.io file, but it is no XML: {wrong}.") from wrong


def _model(diagram: etree._Element) -> etree._Element:
    inner = diagram.find("mxGraphModel")
    if inner is not None:
        return inner
    packed = (diagram.text or "").strip()
    if not packed:
        return etree.Element("mxGraphModel")
    try:
        raw = base64.b64decode(packed, validate=True)
    except (binascii.Error, ValueError) as wrong:
        raise UnreadableDrawing(f"Expected the page to be base64, but {wrong}.") from wrong
    return _parse(_unquoted(inflated(raw, -zlib.MAX_WBITS)))


_QUOTED = re.compile(rb"%([0-9A-Fa-f]{2})")


def _unquoted(text: bytes) -> bytes:
    """Return URL-encoded text as it was before (RFC 3986, section 2.1)."""
    return _QUOTED.sub(lambda found: bytes.fromhex(found[1].decode("ascii")), text)


def inflated(packed: bytes, bits: int) -> bytes:
    """
    Return deflated text, at most ``MOST_BYTES`` of it; ``bits`` as zlib calls them.

    Raises:
        UnreadableDrawing: it cannot be unpacked, or is larger.
    """
    unpacker = zlib.decompressobj(bits)
    try:
        text = unpacker.decompress(packed, MOST_BYTES)
    except zlib.error as wrong:
        raise UnreadableDrawing(f"Expected a compressed drawing, but it cannot be unpacked: {wrong}.") from wrong
    if unpacker.unconsumed_tail:
        raise UnreadableDrawing(f"Expected at most {MOST_BYTES:,} bytes of drawing, but there are more.")
    return text


# -- Cells -------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Cell:
    id: str
    parent: str
    text: str
    style: Mapping[str, str]
    names: tuple[str, ...]
    is_line: bool
    is_shape: bool
    source: str
    target: str
    x: float
    y: float
    width: float
    height: float
    relative: bool
    start: Point | None
    end: Point | None


def _page(name: str, model: etree._Element) -> Sketch:
    cells = {cell.id: cell for cell in map(_cell, _raw_cells(model)) if cell.id}
    inner = {cell.parent for cell in cells.values() if cell.is_shape and not _is_label(cell, cells)}
    shapes: list[Shape] = []
    labels: dict[str, list[str]] = {}
    for cell in cells.values():
        if not cell.is_shape:
            continue
        if _is_label(cell, cells):
            labels.setdefault(cell.parent, []).append(cell.text)
            continue
        shapes.append(_shape(cell, cells, inner))
    lines = tuple(_line(cell, cells, labels.get(cell.id, [])) for cell in cells.values() if cell.is_line)
    return Sketch(name, tuple(shapes), lines)


def _raw_cells(model: etree._Element) -> Iterator[tuple[etree._Element, str, str]]:
    """Yield each mxCell with its id and label, which an ``object`` around it may hold."""
    for cell in model.iter("mxCell"):
        outer = cell.getparent()
        if outer is not None and outer.tag in ("object", "UserObject"):
            yield cell, outer.get("id", ""), outer.get("label", "") or outer.get("value", "")
        else:
            yield cell, cell.get("id", ""), cell.get("value", "")


def _cell(raw: tuple[etree._Element, str, str]) -> _Cell:
    element, key, label = raw
    style: dict[str, str] = {}
    names = []
    for part in element.get("style", "").split(";"):
        name, is_pair, value = part.strip().partition("=")
        if is_pair:
            style[name] = value
        elif name:
            names.append(name)
    shape = element.find("mxGeometry")
    points = {} if shape is None else {point.get("as"): _point(point) for point in shape.findall("mxPoint")}
    return _Cell(
        id=key,
        parent=element.get("parent", ""),
        text=plain(label),
        style=style,
        names=tuple(names),
        is_line=element.get("edge") == "1",
        is_shape=element.get("vertex") == "1",
        source=element.get("source", ""),
        target=element.get("target", ""),
        x=_number(shape, "x"),
        y=_number(shape, "y"),
        width=_number(shape, "width"),
        height=_number(shape, "height"),
        relative=shape is not None and shape.get("relative") == "1",
        start=points.get("sourcePoint"),
        end=points.get("targetPoint"),
    )


def _number(element: etree._Element | None, name: str) -> float:
    try:
        return 0.0 if element is None else float(element.get(name, "0"))
    except ValueError:
        return 0.0


def _point(element: etree._Element) -> Point:
    return _number(element, "x"), _number(element, "y")


_BREAK = re.compile(r"<\s*(br|/p|/div|/li|/h\d|/tr)[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]+>")
_SPACE = re.compile(r"[ \t\r\f\v\xa0]+")


def plain(label: str) -> str:
    """Return the words of an HTML label, one line per line that is seen."""
    text = unescape(_TAG.sub("", _BREAK.sub("\n", label)))
    lines = (_SPACE.sub(" ", line).strip() for line in unescape(text).split("\n"))
    return " ".join(line for line in lines if line)


def _origin(cell: _Cell, cells: Mapping[str, _Cell]) -> Point:
    """Return where the coordinates of a cell begin: the sum of the corners of those around it."""
    x = y = 0.0
    parent, steps = cells.get(cell.parent), 0
    while parent is not None and steps < 100:
        if parent.is_shape:
            x, y = x + parent.x, y + parent.y
        parent, steps = cells.get(parent.parent), steps + 1
    return x, y


def _is_label(cell: _Cell, cells: Mapping[str, _Cell]) -> bool:
    parent = cells.get(cell.parent)
    return parent is not None and parent.is_line


def _line(cell: _Cell, cells: Mapping[str, _Cell], labels: list[str]) -> Line:
    across, down = _origin(cell, cells)

    def at(point: Point | None) -> Point | None:
        return None if point is None else (point[0] + across, point[1] + down)

    source, target, start, end = cell.source, cell.target, at(cell.start), at(cell.end)
    if cell.style.get("endArrow") == "none" and cell.style.get("startArrow", "none") != "none":
        source, target, start, end = target, source, end, start
    return Line(
        id=cell.id,
        text=" ".join(part for part in (cell.text, *labels) if part),
        source=source if source in cells else "",
        target=target if target in cells else "",
        start=start,
        end=end,
        dashed=cell.style.get("dashed") == "1",
    )


def _shape(cell: _Cell, cells: Mapping[str, _Cell], inner: set[str]) -> Shape:
    across, down = _origin(cell, cells)
    kind, sure, event = _kind(cell, cell.id in inner)
    x, y = cell.x, cell.y
    if cell.relative and (parent := cells.get(cell.parent)) is not None:
        x, y = cell.x * parent.width, cell.y * parent.height
    return Shape(
        id=cell.id,
        text=cell.text,
        kind=kind,
        x=x + across,
        y=y + down,
        width=cell.width,
        height=cell.height,
        parent=cell.parent if cell.parent in cells and cells[cell.parent].is_shape else "",
        sure=sure,
        event=event,
    )


# -- What a style looks like -------------------------------------------------------------------------------------------

_BY_NAME: tuple[tuple[str, Kind], ...] = (
    ("mxgraph.flowchart.decision", Kind.DECISION),
    ("mxgraph.flowchart.terminator", Kind.EVENT),
    ("mxgraph.flowchart.start_1", Kind.START),
    ("mxgraph.flowchart.start_2", Kind.START),
    ("mxgraph.flowchart.document", Kind.DATA),
    ("mxgraph.flowchart.multi-document", Kind.DATA),
    ("mxgraph.flowchart.card", Kind.DATA),
    ("mxgraph.flowchart.paper_tape", Kind.DATA),
    ("mxgraph.flowchart.database", Kind.STORE),
    ("mxgraph.flowchart.stored_data", Kind.STORE),
    ("mxgraph.flowchart.direct_data", Kind.STORE),
    ("mxgraph.flowchart.internal_storage", Kind.STORE),
    ("mxgraph.flowchart.sequential_data", Kind.STORE),
    ("mxgraph.flowchart.predefined_process", Kind.CALL),
    ("mxgraph.flowchart.delay", Kind.TIMER),
    ("mxgraph.flowchart.manual_input", Kind.USER_STEP),
    ("mxgraph.flowchart.manual_operation", Kind.MANUAL_STEP),
    ("mxgraph.flowchart.on-page_reference", Kind.REFERENCE),
    ("mxgraph.flowchart.off-page_reference", Kind.REFERENCE),
    ("mxgraph.flowchart.annotation", Kind.NOTE),
    ("mxgraph.flowchart.parallel_mode", Kind.PARALLEL),
    ("mxgraph.flowchart.or", Kind.INCLUSIVE),
    ("mxgraph.flowchart.summing_function", Kind.COMPLEX),
    ("mxgraph.flowchart.transfer", Kind.STEP),
    ("mxgraph.flowchart", Kind.STEP),
    ("mxgraph.lean_mapping.outside_sources", Kind.STEP),
    ("mxgraph.bpmn.data", Kind.DATA),
    ("mxgraph.bpmn.conversation", Kind.NOTE),
    ("rhombus", Kind.DECISION),
    ("doubleEllipse", Kind.EVENT),
    ("ellipse", Kind.EVENT),
    ("startState", Kind.START),
    ("endState", Kind.END),
    ("offPageConnector", Kind.REFERENCE),
    ("document", Kind.DATA),
    ("datastore", Kind.STORE),
    ("cylinder", Kind.STORE),
    ("dataStorage", Kind.STORE),
    ("internalStorage", Kind.STORE),
    ("tape", Kind.DATA),
    ("card", Kind.DATA),
    ("note", Kind.NOTE),
    ("callout", Kind.NOTE),
    ("process", Kind.CALL),
    ("delay", Kind.TIMER),
    ("manualInput", Kind.USER_STEP),
    ("trapezoid", Kind.MANUAL_STEP),
    ("message", Kind.MESSAGE),
    ("parallelogram", Kind.DATA),
    ("hexagon", Kind.STEP),
    ("step", Kind.STEP),
    ("umlActor", Kind.DECORATION),
    ("actor", Kind.DECORATION),
    ("image", Kind.DECORATION),
    ("partialRectangle", Kind.STEP),
    ("rounded", Kind.STEP),
    ("rectangle", Kind.STEP),
)
"""Beginnings of shape names → what they look like; the first that fits."""

_GATEWAYS = {
    "exclusive": Kind.DECISION, "parallel": Kind.PARALLEL, "inclusive": Kind.INCLUSIVE, "event": Kind.EVENT_GATEWAY,
    "complex": Kind.COMPLEX, "multiple": Kind.EVENT_GATEWAY, "parallelMultiple": Kind.EVENT_GATEWAY,
    "parallelGw": Kind.PARALLEL, "exclusiveGw": Kind.DECISION, "inclusiveGw": Kind.INCLUSIVE, "complexGw": Kind.COMPLEX,
}  # fmt: skip

_TASKS = {
    "user": Kind.USER_STEP, "service": Kind.SERVICE_STEP, "script": Kind.SCRIPT_STEP, "send": Kind.SEND_STEP,
    "receive": Kind.RECEIVE_STEP, "businessRule": Kind.RULE_STEP, "manual": Kind.MANUAL_STEP,
    "call": Kind.CALL, "subprocess": Kind.CALL,
}  # fmt: skip

_SYMBOLS = {
    "message": "message", "timer": "timer", "error": "error", "signal": "signal", "escalation": "escalation",
    "link": "link", "terminate": "terminate", "conditional": "conditional", "compensation": "compensate",
    "cancel": "cancel",
}  # fmt: skip

THIN = 15.0
"""A filled bar at most so thick, in pixels, is where work forks and joins."""


def _kind(cell: _Cell, has_inner: bool) -> tuple[Kind, bool, str]:
    """Return what a cell looks like, whether that is sure, and the event definition that it shows."""
    style, name = cell.style, cell.style.get("shape", "")
    if "mxgraph.bpmn" in name or any("bpmn" in each for each in cell.names):
        found = _bpmn(cell, name)
        if found is not None:
            return found
    if "swimlane" in cell.names or name == "swimlane" or name in ("table", "tableRow"):
        is_list = style.get("childLayout") == "stackLayout" and style.get("startSize") and "horizontalStack" in style
        return (Kind.STEP if is_list and not _holds_flow(style) else Kind.LANE), True, ""
    if "group" in cell.names:
        return Kind.GROUP, True, ""
    if _is_bar(cell, name):
        return Kind.PARALLEL, False, ""
    for word in (name, *cell.names):
        for beginning, kind in _BY_NAME:
            if word.startswith(beginning):
                return kind, True, ""
    if "text" in cell.names or (style.get("strokeColor") == "none" and style.get("fillColor") in (None, "none")):
        return Kind.NOTE, True, ""
    if name in ("line", "partialRectangle") or "line" in cell.names:
        return Kind.DECORATION, True, ""
    if has_inner and not cell.text:
        return Kind.GROUP, False, ""
    return Kind.STEP, not name, ""


def _holds_flow(style: Mapping[str, str]) -> bool:
    """Return whether a stack is one of lanes rather than a list of words (a class, an entity)."""
    return style.get("horizontalStack") == "1" or style.get("resizeParent", "1") != "1" or "collapsible" not in style


def _is_bar(cell: _Cell, name: str) -> bool:
    thin = min(cell.width, cell.height)
    filled = cell.style.get("fillColor", "") in ("#000000", "strokeColor", "#000", "black")
    return (
        bool(cell.width and cell.height)
        and not cell.text
        and thin <= THIN
        and (filled or name in ("mxgraph.flowchart.parallel_mode", "line", "parallelMarker"))
    )


def _bpmn(cell: _Cell, name: str) -> tuple[Kind, bool, str] | None:
    style = cell.style
    outline, symbol = style.get("outline", ""), style.get("symbol", "")
    if "gateway" in name or "gwType" in style or style.get("perimeter", "").startswith("rhombus"):
        return _GATEWAYS.get(style.get("gwType", symbol), Kind.DECISION), True, ""
    if "event" in name or style.get("perimeter", "").startswith("ellipse") or outline in _OUTLINES:
        event = _SYMBOLS.get(symbol, "")
        return _OUTLINES.get(outline, Kind.EVENT), True, event
    if "task" in name or "taskMarker" in style or "isLoopSub" in style:
        return (
            _TASKS.get(style.get("taskMarker", ""), Kind.CALL if style.get("bpmnShapeType") == "call" else Kind.STEP),
            True,
            "",
        )
    if "data" in name:
        return Kind.STORE if "store" in name.lower() else Kind.DATA, True, ""
    if "annotation" in name:
        return Kind.NOTE, True, ""
    if "swimlane" in name or "pool" in name or "lane" in name:
        return Kind.LANE, True, ""
    return None


_OUTLINES = {
    "standard": Kind.START, "eventInt": Kind.START, "eventNonint": Kind.START, "catching": Kind.EVENT,
    "boundInt": Kind.EVENT, "boundNonint": Kind.EVENT, "throwing": Kind.EVENT, "end": Kind.END,
}  # fmt: skip
