"""A drawing of another tool as it was drawn, roughly: each shape where it lay and what it looked like, each line."""

from __future__ import annotations

from typing import Final

from throughline.flow.bpmn.render import svg
from throughline.flow.bpmn.render.geometry import Box, number
from throughline.flow.bpmn.render.palette import CANVAS, FILL, LANE, MUTED, STROKE
from throughline.flow.bpmn.render.text import LINE_HEIGHT, wrap
from throughline.flow.charts.sketch import EVENTS, GATEWAYS, Kind, Line, Point, Shape, Sketch

MARGIN: Final = 16.0
SIZE: Final = 12.0
_FRAMES: Final = (Kind.LANE, Kind.GROUP)


def pictured(sketch: Sketch, *, title: str) -> str:
    """Return the page as SVG; empty where the file says nothing of places (a table of shapes)."""
    placed = [shape for shape in sketch.shapes if shape.area]
    if not placed:
        return ""
    known = {shape.id: shape for shape in placed}
    ways = [way for line in sketch.lines if (way := _way(line, known)) is not None]
    box = _around(placed, ways)
    frames = sorted((shape for shape in placed if shape.kind in _FRAMES), key=lambda shape: -shape.area)
    others = sorted((shape for shape in placed if shape.kind not in _FRAMES), key=lambda shape: -shape.area)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="{number(box.x)} {number(box.y)}'
        f' {number(box.width)} {number(box.height)}" width="{number(box.width)}" height="{number(box.height)}"'
        f" font-family={svg.quoted(svg.FONT)}><title>{svg.escaped(title)}</title>",
        svg.rectangle(box, more=f' fill="{CANVAS}"'),
        *map(_frame, frames),
        *(_line(start, end) for start, end, _ in ways),
        *map(_shape, others),
        *(_words(text, (start[0] + end[0]) / 2, (start[1] + end[1]) / 2, 120.0) for start, end, text in ways if text),
        "</svg>",
    ]
    return "".join(parts)


def _way(line: Line, known: dict[str, Shape]) -> tuple[Point, Point, str] | None:
    source, target = known.get(line.source), known.get(line.target)
    start = line.start if source is None else source.middle
    end = line.end if target is None else target.middle
    return (start, end, line.text) if start is not None and end is not None else None


def _around(shapes: list[Shape], ways: list[tuple[Point, Point, str]]) -> Box:
    xs = [x for shape in shapes for x in (shape.x, shape.x + shape.width)] + [p[0] for way in ways for p in way[:2]]
    ys = [y for shape in shapes for y in (shape.y, shape.y + shape.height)] + [p[1] for way in ways for p in way[:2]]
    left, top = min(xs) - MARGIN, min(ys) - MARGIN
    return Box(left, top, max(xs) + MARGIN - left, max(ys) + MARGIN - top)


def _line(start: Point, end: Point) -> str:
    data = f"M{number(start[0])} {number(start[1])} L{number(end[0])} {number(end[1])}"
    return svg.path(data, f' fill="none" stroke="{MUTED}" stroke-width="1.3"')


def _frame(shape: Shape) -> str:
    box = Box(shape.x, shape.y, shape.width, shape.height)
    more = f' fill="{LANE}" fill-opacity="0.5" stroke="{MUTED}" stroke-width="1"'
    return svg.rectangle(box, more=more) + svg.lines_of_text(
        wrap(shape.text, max(shape.width - 8, 40.0), SIZE, most=1), shape.x + 6, shape.y + 4, SIZE, anchor="start"
    )


def _shape(shape: Shape) -> str:
    look = f' fill="{FILL}" stroke="{STROKE}" stroke-width="1.2"'
    x, y = shape.middle
    if shape.kind in GATEWAYS:
        data = (
            f"M{number(x)} {number(shape.y)} L{number(shape.x + shape.width)} {number(y)} "
            f"L{number(x)} {number(shape.y + shape.height)} L{number(shape.x)} {number(y)} Z"
        )
        outline = svg.path(data, look)
    elif shape.kind in EVENTS:
        outline = (
            f'<ellipse cx="{number(x)}" cy="{number(y)}" rx="{number(shape.width / 2)}"'
            f' ry="{number(shape.height / 2)}"{look}/>'
        )
    elif shape.kind in (Kind.NOTE, Kind.DECORATION):
        outline = ""
    else:
        outline = svg.rectangle(Box(shape.x, shape.y, shape.width, shape.height), radius=4, more=look)
    return outline + _words(shape.text, x, y, max(shape.width - 6, 60.0))


def _words(text: str, x: float, y: float, room: float) -> str:
    if not text:
        return ""
    lines = wrap(text, room, SIZE, most=4)
    return svg.lines_of_text(lines, x, y - len(lines) * SIZE * LINE_HEIGHT / 2, SIZE, halo=True)
