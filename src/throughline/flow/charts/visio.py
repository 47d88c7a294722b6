"""
Visio drawings (``.vsdx``): an OPC zip with ``visio/pages/pageN.xml`` and ``visio/masters/masters.xml`` (MS-VSDX).

A shape takes what it does not say itself from its master, whose language-neutral name (``NameU``) tells what it is.
Lengths are inches, y points up; a shape lies where its pin is, and the shapes of a group are measured from the group's
corner. A shape with ``BeginX`` is a line; ``Connects`` glue its ends, and ends without glue are joined later by place.
Lucidchart writes the same format with masters of its own (``com.lucidchart.ProcessBlock…``) and without glue.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from lxml import etree

from throughline.flow import markup
from throughline.flow.charts.sketch import Kind, Line, Shape, Sketch, UnreadableDrawing

PIXELS = 96.0
MOST_BYTES = 100_000_000
MOST_PARTS = 5_000
NS = "{http://schemas.microsoft.com/office/visio/2012/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def read_visio(content: bytes) -> tuple[Sketch, ...]:
    """
    Return the pages of a ``.vsdx`` file, backgrounds left out.

    Raises:
        UnreadableDrawing: it is none, or is too large when unpacked.
    """
    package = _Package(content)
    masters = _masters(package)
    pages = []
    for page in package.part("visio/pages/pages.xml").iter(f"{NS}Page"):
        relation = page.find(f"{NS}Rel")
        if page.get("Background") == "1" or relation is None:
            continue
        part = package.related("visio/pages/pages.xml", relation.get(RELATION, ""))
        pages.append(_Page(package.part(part), masters).sketch(page.get("NameU") or page.get("Name") or ""))
    if not pages:
        raise UnreadableDrawing("Expected the Visio file to have a page, but it has none.")
    return tuple(pages)


class _Package:
    """The parts of the zip."""

    def __init__(self, content: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except zipfile.BadZipFile as wrong:
            raise UnreadableDrawing("Expected a Visio drawing (.vsdx), but it is no zip file.") from wrong
        sizes = [entry.file_size for entry in self._zip.infolist()]
        if sum(sizes) > MOST_BYTES or len(sizes) > MOST_PARTS:
            raise UnreadableDrawing(f"Expected at most {MOST_BYTES:,} bytes of drawing, but there are more.")

    def part(self, name: str) -> etree._Element:
        try:
            content = self._zip.read(name)
        except (KeyError, zipfile.BadZipFile, OSError) as wrong:
            raise UnreadableDrawing(f"Expected a Visio drawing, but its part {name} is missing or broken.") from wrong
        try:
            return markup.parse(content)
        except etree.XMLSyntaxError as wrong:
            raise UnreadableDrawing(f"Expected the part {name} to be XML, but {wrong}.") from wrong

    def has(self, name: str) -> bool:
        return name in self._zip.namelist()

    def related(self, name: str, relation: str) -> str:
        folder, base = posixpath.split(name)
        for each in self.part(f"{folder}/_rels/{base}.rels"):
            if each.get("Id") == relation:
                return posixpath.normpath(posixpath.join(folder, each.get("Target", "")))
        raise UnreadableDrawing(f"Expected a Visio drawing, but {name} points at nothing with {relation}.")


# -- Masters -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Master:
    name: str
    shapes: Mapping[str, etree._Element]
    top: etree._Element | None


def _masters(package: _Package) -> dict[str, _Master]:
    if not package.has("visio/masters/masters.xml"):
        return {}
    found = {}
    for master in package.part("visio/masters/masters.xml").iter(f"{NS}Master"):
        relation = master.find(f"{NS}Rel")
        shapes: dict[str, etree._Element] = {}
        top = None
        if relation is not None:
            part = package.part(package.related("visio/masters/masters.xml", relation.get(RELATION, "")))
            shapes = {shape.get("ID", ""): shape for shape in part.iter(f"{NS}Shape")}
            top = part.find(f"{NS}Shapes/{NS}Shape")
        found[master.get("ID", "")] = _Master(master.get("NameU") or master.get("Name") or "", shapes, top)
    return found


# -- Pages -------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Drawn:
    """One shape of a page with what it inherits."""

    element: etree._Element
    master: _Master | None
    model: etree._Element | None
    cells: dict[str, str] = field(default_factory=dict)

    def number(self, name: str, default: float = 0.0) -> float:
        try:
            return float(self.cells.get(name, default))
        except ValueError:
            return default


class _Page:
    def __init__(self, root: etree._Element, masters: Mapping[str, _Master]) -> None:
        self._root, self._masters = root, masters
        self._shapes: list[Shape] = []
        self._lines: dict[str, Line] = {}
        self._turned: set[str] = set()
        self._inside: dict[str, str] = {}

    def sketch(self, name: str) -> Sketch:
        for element in self._top():
            self._take(element, None, 0.0, 0.0, "")
        self._glue()
        return Sketch(name, tuple(self._shapes), tuple(self._lines.values()))

    def _top(self) -> Iterator[etree._Element]:
        shapes = self._root.find(f"{NS}Shapes")
        if shapes is not None:
            yield from shapes.findall(f"{NS}Shape")

    def _drawn(self, element: etree._Element, master: _Master | None) -> _Drawn:
        own = self._masters.get(element.get("Master", ""))
        model = own.top if own else master.shapes.get(element.get("MasterShape", "")) if master else None
        drawn = _Drawn(element, own or master, model)
        for source in (model, element):
            if source is not None:
                drawn.cells.update(
                    (cell.get("N", ""), cell.get("V", "")) for cell in source.findall(f"{NS}Cell") if cell.get("V")
                )
        return drawn

    def _take(self, element: etree._Element, master: _Master | None, left: float, bottom: float, parent: str) -> None:
        if element.get("Del") == "1":
            return
        drawn = self._drawn(element, master)
        key = element.get("ID", "")
        if drawn.cells.get("BeginX") is not None and drawn.cells.get("EndX") is not None:
            self._lines[key] = self._line(key, drawn, left, bottom)
            return
        width, height = drawn.number("Width"), drawn.number("Height")
        corner_x = left + drawn.number("PinX") - drawn.number("LocPinX", width / 2)
        corner_y = bottom + drawn.number("PinY") - drawn.number("LocPinY", height / 2)
        kind, sure = _kind(drawn, parent)
        inner = element.find(f"{NS}Shapes")
        words = _words(drawn) or (self._inner_words(inner, drawn.master) if kind is not Kind.GROUP else "")
        if kind is not None and not _is_hidden(drawn):
            self._shapes.append(
                Shape(
                    id=key,
                    text=words,
                    kind=kind,
                    x=corner_x * PIXELS,
                    y=-(corner_y + height) * PIXELS,
                    width=abs(width) * PIXELS,
                    height=abs(height) * PIXELS,
                    parent=parent,
                    sure=sure,
                )
            )
        for each in () if inner is None else inner.findall(f"{NS}Shape"):
            self._inside[each.get("ID", "")] = key
            if each.get("MasterShape") is None or drawn.element.get("Master") is None:
                self._take(each, drawn.master, corner_x, corner_y, key)

    def _inner_words(self, inner: etree._Element | None, master: _Master | None) -> str:
        """Return the words on the parts of a shape that is drawn from several."""
        if inner is None:
            return ""
        found = []
        for each in inner.iter(f"{NS}Shape"):
            drawn = self._drawn(each, master)
            if not _is_hidden(drawn) and (words := _words(drawn)):
                found.append(words)
        return " ".join(dict.fromkeys(found))

    def _line(self, key: str, drawn: _Drawn, left: float, bottom: float) -> Line:
        def at(x: str, y: str) -> tuple[float, float]:
            return (left + drawn.number(x)) * PIXELS, -(bottom + drawn.number(y)) * PIXELS

        start, end = at("BeginX", "BeginY"), at("EndX", "EndY")
        if drawn.number("BeginArrow") > 0 and drawn.number("EndArrow") == 0:
            start, end = end, start
            self._turned.add(key)
        return Line(id=key, text=_words(drawn), start=start, end=end, dashed=drawn.number("LinePattern", 1) > 1)

    def _glue(self) -> None:
        known = {shape.id for shape in self._shapes} | set(self._lines)
        for connect in self._root.iter(f"{NS}Connect"):
            line = self._lines.get(connect.get("FromSheet", ""))
            held = connect.get("ToSheet", "")
            while held and held not in known:
                held = self._inside.get(held, "")
            if line is None or not held:
                continue
            begins = connect.get("FromCell", "").startswith("Begin")
            if line.id in self._turned:
                begins = not begins
            source, target = (held, line.target) if begins else (line.source, held)
            self._lines[line.id] = Line(
                id=line.id, text=line.text, source=source, target=target,
                start=line.start, end=line.end, dashed=line.dashed,
            )  # fmt: skip


_SPACES = re.compile(r"\s+")


def _words(drawn: _Drawn) -> str:
    text = drawn.element.find(f"{NS}Text")
    if text is None and drawn.model is not None:
        text = drawn.model.find(f"{NS}Text")
    return "" if text is None else _SPACES.sub(" ", "".join(map(str, text.itertext()))).strip()


def _is_hidden(drawn: _Drawn) -> bool:
    """Return whether a shape is not seen: hidden text tips and the like."""
    name = (drawn.element.get("NameU") or drawn.element.get("Name") or "").lower()
    return "tip" in name.split() or (drawn.cells.get("HideText") == "1" and not drawn.element.findall(f"{NS}Section"))


# -- What a master is --------------------------------------------------------------------------------------------------

_MASTERS: tuple[tuple[str, Kind | None], ...] = (
    ("dynamic connector", None),
    ("start/end", Kind.EVENT),
    ("terminator", Kind.EVENT),
    ("start event", Kind.START),
    ("end event", Kind.END),
    ("intermediate event", Kind.EVENT),
    ("start", Kind.START),
    ("end", Kind.END),
    ("decision", Kind.DECISION),
    ("gateway", Kind.DECISION),
    ("diamond", Kind.DECISION),
    ("parallel mode", Kind.PARALLEL),
    ("document", Kind.DATA),
    ("data object", Kind.DATA),
    ("external data", Kind.STORE),
    ("database", Kind.STORE),
    ("data store", Kind.STORE),
    ("stored data", Kind.STORE),
    ("direct data", Kind.STORE),
    ("internal storage", Kind.STORE),
    ("data", Kind.DATA),
    ("subprocess", Kind.CALL),
    ("sub-process", Kind.CALL),
    ("predefined process", Kind.CALL),
    ("manual operation", Kind.MANUAL_STEP),
    ("manual input", Kind.USER_STEP),
    ("delay", Kind.TIMER),
    ("on-page reference", Kind.REFERENCE),
    ("off-page reference", Kind.REFERENCE),
    ("swimlane", Kind.LANE),
    ("functional band", Kind.LANE),
    ("pool", Kind.LANE),
    ("lane", Kind.LANE),
    ("cff container", Kind.GROUP),
    ("swimlane list", Kind.GROUP),
    ("phase list", Kind.GROUP),
    ("phase", Kind.DECORATION),
    ("separator", Kind.DECORATION),
    ("title", Kind.NOTE),
    ("annotation", Kind.NOTE),
    ("callout", Kind.NOTE),
    ("text", Kind.NOTE),
    ("ellipse", Kind.EVENT),
    ("circle", Kind.EVENT),
    ("terminatorblock", Kind.EVENT),
    ("decisionblock", Kind.DECISION),
    ("documentblock", Kind.DATA),
    ("datablock", Kind.DATA),
    ("databaseblock", Kind.STORE),
    ("predefinedprocessblock", Kind.CALL),
    ("delayblock", Kind.TIMER),
    ("manualoperationblock", Kind.MANUAL_STEP),
    ("noteblock", Kind.NOTE),
    ("swimlaneblock", Kind.LANE),
    ("process", Kind.STEP),
    ("task", Kind.STEP),
    ("activity", Kind.STEP),
    ("rectangle", Kind.STEP),
    ("square", Kind.STEP),
)
"""Beginnings of language-neutral master names → what they are; ``None`` is drawn as a line."""


def _kind(drawn: _Drawn, parent: str) -> tuple[Kind | None, bool]:
    name = drawn.master.name.lower() if drawn.master and drawn.element.get("Master") else ""
    name = name.removeprefix("com.lucidchart.").partition(".")[0]
    exact = dict(_MASTERS)
    if name in exact:
        return exact[name], True
    for beginning, kind in sorted(_MASTERS, key=lambda pair: -len(pair[0])):
        if name.startswith(beginning):
            return kind, True
    if drawn.element.get("Type") == "Group" and not _words(drawn):
        return Kind.GROUP, False
    if parent and not name and not _words(drawn) and not drawn.element.get("Master"):
        return Kind.DECORATION, False
    return _by_outline(drawn), False


def _by_outline(drawn: _Drawn) -> Kind:
    """Return what a shape without a telling master looks like: an ellipse, four slanted sides, or a box."""
    for source in (drawn.element, drawn.model):
        rows = [] if source is None else source.findall(f"{NS}Section[@N='Geometry']/{NS}Row")
        kinds = [row.get("T", "") for row in rows]
        if "Ellipse" in kinds:
            return Kind.EVENT
        corners = [_corner(row) for row in rows if row.get("T") in ("RelMoveTo", "RelLineTo", "MoveTo", "LineTo")]
        if len(corners) == 5 and all(_is_slanted(one, other) for one, other in pairwise(corners)):
            return Kind.DECISION
        if corners:
            return Kind.STEP
    return Kind.NOTE if drawn.cells.get("LinePattern") == "0" and drawn.cells.get("FillPattern") == "0" else Kind.STEP


def _corner(row: etree._Element) -> tuple[float, float]:
    cells = {cell.get("N"): cell.get("V", "0") for cell in row.findall(f"{NS}Cell")}
    try:
        return float(cells.get("X", 0)), float(cells.get("Y", 0))
    except ValueError:
        return 0.0, 0.0


def _is_slanted(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return abs(one[0] - other[0]) > 1e-6 and abs(one[1] - other[1]) > 1e-6
