"""
Any drawing that people bring: told by its content what it is, read as pages, understood as one chart.

What a file is, its first bytes say; its name only tells tables of shapes from other text. A picture without structure
is no mistake: it can be traced by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import PurePath
from typing import Final

from throughline.flow import bpmn
from throughline.flow.bpmn import extensions as tl
from throughline.flow.bpmn import model
from throughline.flow.charts.drawio import read_drawio
from throughline.flow.charts.exchange import read_returned
from throughline.flow.charts.lucid import is_shape_data, read_lucid
from throughline.flow.charts.sketch import SEEN, Doubt, Fate, Sketch, UnreadableDrawing
from throughline.flow.charts.svg import read_svg
from throughline.flow.charts.tables import read_table
from throughline.flow.charts.understand import understand
from throughline.flow.charts.visio import read_visio


class Form(StrEnum):
    """What kind of file a drawing is."""

    BPMN = "bpmn"
    DRAWIO = "drawio"
    VISIO = "visio"
    LUCID = "lucid"
    TABLE = "table"
    SVG = "svg"
    PICTURE = "picture"


HEAD: Final = 20_000
"""Bytes at the beginning in which a file says what it is."""
_PICTURES: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"RIFF")
_MODEL: Final = b"http://www.omg.org/spec/BPMN/20100524/MODEL"


@dataclass(frozen=True, slots=True)
class Reading:
    """
    One page of a drawing, read: the chart, the questions, and what became of each shape and line.

    ``sketch`` is the page as it was drawn, None where the file is the chart itself. ``kept`` counts the steps of a file
    of ours that came back with their settings.
    """

    chart: model.Definitions
    doubts: tuple[Doubt, ...]
    fates: tuple[Fate, ...]
    shapes: int
    lines: int
    connected: int
    snapped: int
    sketch: Sketch | None = None
    kept: int = 0

    @property
    def open_doubts(self) -> tuple[Doubt, ...]:
        """The questions that nobody has answered."""
        return tuple(doubt for doubt in self.doubts if not doubt.answer)

    @property
    def lanes(self) -> tuple[model.Lane, ...]:
        """The lanes that hold steps themselves, from the top down."""
        return tuple(
            lane
            for process in self.chart.processes
            for lane_set in process.lane_sets
            for each in lane_set.lanes
            for lane in _lowest(each)
        )


def _lowest(lane: model.Lane) -> tuple[model.Lane, ...]:
    inner = lane.child_set.lanes if lane.child_set is not None else ()
    return tuple(low for each in inner for low in _lowest(each)) if inner else (lane,)


def form_of(content: bytes, name: str) -> Form:
    """
    Return what kind of drawing a file is.

    Raises:
        UnreadableDrawing: it is none that is known.
    """
    head, ending = content[:HEAD], PurePath(name).suffix.lower()
    if head.startswith(b"PK"):
        return Form.VISIO
    if any(head.startswith(each) for each in _PICTURES):
        return Form.DRAWIO if head.startswith(_PICTURES[0]) and _carries(content) else Form.PICTURE
    if _MODEL in head:
        return Form.BPMN
    if b"<svg" in head:
        return Form.DRAWIO if _carries(content) else Form.SVG if _is_drawn(content) else Form.PICTURE
    if b"<mxfile" in head or b"<mxGraphModel" in head:
        return Form.DRAWIO
    if ending in (".csv", ".tsv", ".txt"):
        return Form.LUCID if is_shape_data(content) else Form.TABLE
    raise UnreadableDrawing(
        "This is none of the drawings that can be read: draw.io, Visio (.vsdx), Lucidchart (CSV or .vsdx), Creately "
        "(.vsdx, SVG or a table of shapes), BPMN, or a picture to trace. Export the drawing as one of these."
    )


def _carries(content: bytes) -> bool:
    """Return whether a picture carries the drawing it was made of."""
    try:
        return bool(read_drawio(content))
    except UnreadableDrawing:
        return False


def _is_drawn(content: bytes) -> bool:
    """Return whether a vector picture shows shapes with words that lines join."""
    try:
        return bool(read_svg(content))
    except UnreadableDrawing:
        return False


_READERS: Final = {
    Form.DRAWIO: read_drawio,
    Form.VISIO: read_visio,
    Form.LUCID: read_lucid,
    Form.TABLE: read_table,
    Form.SVG: read_svg,
}


def sketches_of(content: bytes, form: Form) -> tuple[Sketch, ...]:
    """
    Return the pages of a drawing as they were drawn.

    Raises:
        UnreadableDrawing: the file cannot be read, or is a picture without structure.
    """
    if form not in _READERS:
        raise UnreadableDrawing("A picture has no shapes that could be read. Trace it in the editor.")
    return _READERS[form](content)


def pages_of(content: bytes, form: Form) -> tuple[str, ...]:
    """
    Return the names of the pages of a drawing; a picture has none.

    Raises:
        UnreadableDrawing: the file cannot be read.
    """
    if form is Form.PICTURE:
        return ()
    if form is Form.BPMN:
        return (_read(content).processes[0].name or "",) if _read(content).processes else ()
    return tuple(sketch.name for sketch in _READERS[form](content))


def fullest_page(content: bytes, form: Form) -> int:
    """Return the place, from 0, of the page with the most lines."""
    if form not in _READERS:
        return 0
    pages = _READERS[form](content)
    return max(range(len(pages)), key=lambda place: len(pages[place].lines), default=0)


def read_drawing(content: bytes, form: Form, *, page: int = 0, answers: Mapping[str, str] | None = None) -> Reading:
    """
    Return a page of a drawing as a chart, with the answers to its doubts.

    Raises:
        UnreadableDrawing: the file cannot be read, has no such page, or is a picture without structure.
    """
    if form is Form.BPMN:
        return _as_it_is(_read(content), answers or {})
    pages = sketches_of(content, form)
    if not 0 <= page < len(pages):
        raise UnreadableDrawing(f"Expected a page below {len(pages)}, but got {page}.")
    returned = read_returned(content, answers) if form is Form.DRAWIO and page == 0 else None
    if returned is not None and returned.same:
        return replace(_as_it_is(returned.chart, answers or {}), sketch=pages[0], kept=returned.kept)
    found = (returned.understood if returned is not None else None) or understand(pages[page], answers)
    return Reading(
        chart=returned.chart if returned is not None else found.chart,
        doubts=found.doubts,
        fates=found.fates,
        shapes=found.shapes,
        lines=found.lines,
        connected=found.connected,
        snapped=found.snapped,
        sketch=pages[page],
        kept=returned.kept if returned is not None else 0,
    )


def _read(content: bytes) -> model.Definitions:
    try:
        return bpmn.read(content)
    except bpmn.Unreadable as wrong:
        raise UnreadableDrawing(f"The file says it is BPMN, but it cannot be read. {wrong}") from wrong


def _as_it_is(definitions: model.Definitions, answers: Mapping[str, str]) -> Reading:
    """Return a BPMN file as its own reading: each element is what it was; what the reader had to guess is asked."""
    if not any(diagram.plane is not None and diagram.plane.shapes for diagram in definitions.diagrams):
        definitions = bpmn.lay_out(definitions)
    doubts = []
    for number, warning in enumerate(definitions.warnings):
        key = f"read:{number}"
        answer = "seen" if answers.get(key) == "seen" else ""
        doubts.append(Doubt("read", "", warning.message, (SEEN,), key, answer))
    nodes: list[Fate] = []
    flows: list[Fate] = []
    for process in definitions.processes:
        for element, _ in process.walk():
            name = type(element).__name__
            fate = Fate(element.id, element.name, name[0].lower() + name[1:], element=element.id)
            (flows if isinstance(element, model.SequenceFlow) else nodes).append(fate)
    ends = {fate.element for fate in nodes}
    joined = sum(
        element.source in ends and element.target in ends
        for process in definitions.processes
        for element, _ in process.walk()
        if isinstance(element, model.SequenceFlow)
    )
    return Reading(
        chart=definitions,
        doubts=tuple(doubts),
        fates=(*nodes, *flows),
        shapes=len(nodes),
        lines=len(flows),
        connected=joined,
        snapped=0,
    )


# -- A chart that becomes a procedure ----------------------------------------------------------------------------------


def as_procedure(
    chart: model.Definitions, *, key: str, name: str, record: str, roles: Mapping[str, str]
) -> model.Definitions:
    """
    Return the chart as the drawing of a procedure: its main process says which one, its lanes name roles.

    ``roles`` are keys of roles by id of lane; an empty key leaves the lane to its name. The main process is the one
    that says it is a procedure, else the one with the most in it.
    """
    main = _main(chart)

    def changed(element: model.RootElement) -> model.RootElement:
        if not isinstance(element, model.Process):
            return element
        element = replace(element, lane_sets=tuple(_bound(each, roles) for each in element.lane_sets))
        if element.id != main:
            return element
        settings = replace(element.extensions, procedure=tl.Procedure(key=key, record=record))
        return replace(element, name=element.name or name, is_executable=True, extensions=settings)

    return replace(chart, elements=tuple(changed(element) for element in chart.elements))


def calling(chart: model.Definitions, procedures: Mapping[str, str]) -> model.Definitions:
    """
    Return the chart with steps that call procedures: those that are called as one of them is.

    ``procedures`` are keys by name; capitals and spaces at the ends of names do not count.
    """
    keys = {name.strip().casefold(): key for name, key in procedures.items()}

    def changed(element: model.RootElement) -> model.RootElement:
        return _with_calls(element, keys) if isinstance(element, model.Process) else element

    return replace(chart, elements=tuple(changed(element) for element in chart.elements))


def _with_calls(process: model.Process, keys: Mapping[str, str]) -> model.Process:
    return replace(process, elements=tuple(_call(element, keys) for element in process.elements))


def _call(element: model.FlowElement, keys: Mapping[str, str]) -> model.FlowElement:
    key = keys.get(element.name.strip().casefold(), "") if isinstance(element, model.Activity) else ""
    if not key or isinstance(element, model.SubProcess):
        return element
    return model.CallActivity(id=element.id, name=element.name, called_element=key)


def _main(chart: model.Definitions) -> str:
    own = [each for each in chart.processes if each.extensions.procedure is not None]
    largest = sorted(chart.processes, key=lambda each: -sum(1 for _ in each.walk()))
    return next((each.id for each in (*own, *largest)), "")


def _bound(lane_set: model.LaneSet, roles: Mapping[str, str]) -> model.LaneSet:
    return replace(lane_set, lanes=tuple(_bound_lane(lane, roles) for lane in lane_set.lanes))


def _bound_lane(lane: model.Lane, roles: Mapping[str, str]) -> model.Lane:
    settings = lane.extensions
    if lane.id in roles:
        settings = replace(settings, role=tl.Role(key=roles[lane.id]) if roles[lane.id] else None)
    below = lane.child_set
    return replace(lane, extensions=settings, child_set=_bound(below, roles) if below is not None else None)
