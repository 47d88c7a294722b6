"""A figure as SVG, in the hand and the colours of the other drawings: it follows the theme and needs no style sheet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from math import atan2, cos, hypot, pi, sin
from typing import Final

from throughline.flow.bpmn.render import svg
from throughline.flow.bpmn.render.geometry import Box, number
from throughline.flow.bpmn.render.palette import (
    CANVAS,
    DONE,
    DONE_STROKE,
    FILL,
    LABEL,
    LANE,
    LATE,
    LATE_STROKE,
    MUTED,
    STROKE,
    token,
)
from throughline.flow.bpmn.render.text import LINE_HEIGHT, width_of, wrap
from throughline.flow.charts.views.figure import Ending, Figure, Line, Point, Shape, ShapeKind
from throughline.flow.charts.views.layers import LONGEST_WORDS, edge
from throughline.flow.charts.views.sizes import PAD, ROW, SIGN, SIZE, SMALL, name_lines

MARGIN: Final = 24.0
_TONES: Final = {"good": (DONE, DONE_STROKE), "wait": (token("tone-wait"), STROKE), "late": (LATE, LATE_STROKE)}


def drawn(figure: Figure, *, links: Mapping[str, str] | None = None, zoom: float = 1.0) -> str:
    """
    Return the figure as SVG; shapes carry ``data-ref`` and, where ``links`` has an address for it, lead there.

    ``zoom`` is pixels per unit of the drawing.
    """
    links = links or {}
    box = _around(figure)
    shapes = figure.by_id
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="{"group" if links else "img"}"'
        f' viewBox="{number(box.x)} {number(box.y)}'
        f' {number(box.width)} {number(box.height)}"'
        f' width="{number(box.width * zoom)}" height="{number(box.height * zoom)}"'
        f" font-family={svg.quoted(svg.FONT)}>",
        f"<title>{svg.escaped(figure.title)}</title><desc>{svg.escaped(figure.description)}</desc>",
        svg.rectangle(box, more=f' fill="{CANVAS}"'),
        *(_rail(points) for points in figure.rails),
        *(_line(line, shapes) for line in figure.lines),
        *(_linked(_shape(shape), links.get(shape.ref, "")) for shape in figure.shapes),
        *(_words(line, shapes) for line in figure.lines),
        *(svg.lines_of_text([text], x, y, SMALL, anchor="start", colour=MUTED) for x, y, text in figure.notes),
        "</svg>",
    ]
    return "".join(parts)


def _around(figure: Figure) -> Box:
    xs = [x for shape in figure.shapes for x in (shape.x, shape.x + shape.width)]
    ys = [y for shape in figure.shapes for y in (shape.y, shape.y + shape.height)]
    for line in figure.lines:
        xs += [x for x, _ in line.points]
        ys += [y for _, y in line.points]
        if line.text and len(line.points) > 1:
            (x, y), wide = _middle(line.points), min(width_of(line.text, SMALL), LONGEST_WORDS) / 2
            if _is_to_itself(line, figure.by_id):
                x += wide + 40
            xs += [x - wide, x + wide]
            ys += [y - 26, y + 26]
    for points in figure.rails:
        xs += [x for x, _ in points]
        ys += [y for _, y in points]
    for x, y, text in figure.notes:
        xs += [x, x + width_of(text, SMALL)]
        ys += [y, y + SMALL * 2]
    left, top = min(xs, default=0.0) - MARGIN, min(ys, default=0.0) - MARGIN
    return Box(left, top, max(xs, default=0.0) + MARGIN - left, max(ys, default=0.0) + MARGIN - top)


# -- Lines -------------------------------------------------------------------------------------------------------------


def _points(line: Line, shapes: dict[str, Shape]) -> tuple[Point, ...]:
    if line.points:
        return line.points
    source, target = shapes[line.source], shapes[line.target]
    return edge(source, target.middle), edge(target, source.middle)


def _rail(points: tuple[Point, ...]) -> str:
    data = "M" + " L".join(f"{number(x)} {number(y)}" for x, y in points)
    return svg.path(data, f' fill="none" stroke="{STROKE}" stroke-width="1.3" stroke-linejoin="round"')


def _line(line: Line, shapes: dict[str, Shape]) -> str:
    points = _points(line, shapes)
    data = "M" + " L".join(f"{number(x)} {number(y)}" for x, y in points)
    broken = ' stroke-dasharray="5 4"' if line.dashed or line.planned else ""
    drawn_line = svg.path(data, f' fill="none" stroke="{STROKE}" stroke-width="1.3" stroke-linejoin="round"{broken}')
    heads = _head(points[-2], points[-1], line.ends) + _head(points[1], points[0], line.begins)
    ends = f" data-from={svg.quoted(line.source)} data-to={svg.quoted(line.target)}"
    return f"<g{ends}>{drawn_line}{heads}</g>"


def _head(before: Point, tip: Point, ending: Ending) -> str:
    if ending is Ending.NONE:
        return ""
    angle = atan2(tip[1] - before[1], tip[0] - before[0])

    def at(length: float, turn: float) -> str:
        return f"{number(tip[0] - length * cos(angle + turn))} {number(tip[1] - length * sin(angle + turn))}"

    start = f"{number(tip[0])} {number(tip[1])}"
    wing = pi / 7
    if ending is Ending.DIAMOND:
        data = f"M{start} L{at(9, wing)} L{at(16, 0)} L{at(9, -wing)} Z"
        return svg.path(data, f' fill="{FILL}" stroke="{STROKE}" stroke-width="1.2"')
    if ending is Ending.OPEN:
        return svg.path(
            f"M{at(10, wing)} L{start} L{at(10, -wing)}", f' fill="none" stroke="{STROKE}" stroke-width="1.3"'
        )
    return svg.path(f"M{start} L{at(10, wing)} L{at(10, -wing)} Z", f' fill="{STROKE}" stroke="none"')


def _words(line: Line, shapes: dict[str, Shape]) -> str:
    if not line.text:
        return ""
    points = _points(line, shapes)
    x, y = _middle(points)
    lines = wrap(line.text, LONGEST_WORDS, SMALL, most=2)
    top = y - len(lines) * SMALL * LINE_HEIGHT / 2
    if _is_to_itself(line, shapes):
        right = max(x for x, _ in points) + 6
        return svg.lines_of_text(lines, right, top, SMALL, anchor="start", halo=True)
    return svg.lines_of_text(lines, x, top, SMALL, halo=True)


def _is_to_itself(line: Line, shapes: dict[str, Shape]) -> bool:
    """Return whether a line is a message of a participant to itself, whose words stand beside its life line."""
    return line.source == line.target and shapes[line.source].kind is ShapeKind.HEAD


def _middle(points: tuple[Point, ...]) -> Point:
    """Return the point half-way along."""
    rest = sum(hypot(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(points)) / 2
    for (ax, ay), (bx, by) in pairwise(points):
        length = hypot(bx - ax, by - ay)
        if length >= rest and length:
            return ax + (bx - ax) * rest / length, ay + (by - ay) * rest / length
        rest -= length
    return points[-1]


# -- Shapes ------------------------------------------------------------------------------------------------------------


def _linked(drawn_shape: str, url: str) -> str:
    return f"<a href={svg.quoted(url)}>{drawn_shape}</a>" if url else drawn_shape


def _shape(shape: Shape) -> str:
    fill, stroke = _TONES.get(shape.tone, (FILL, STROKE))
    broken = ' stroke-dasharray="5 4"' if shape.planned else ""
    look = f' fill="{fill}" stroke="{stroke}" stroke-width="1.4"{broken}'
    ref = f" data-ref={svg.quoted(shape.ref)}" if shape.ref else ""
    return f"<g data-shape={svg.quoted(shape.id)}{ref}>{_LOOKS[shape.kind](shape, look)}</g>"


def _box(shape: Shape) -> Box:
    return Box(shape.x, shape.y, shape.width, shape.height)


def _name_in(shape: Shape, top: float | None = None, *, left: float = 0.0) -> str:
    lines = name_lines(shape)
    high = len(lines) * SIZE * LINE_HEIGHT
    start = shape.y + (shape.height - high) / 2 if top is None else top
    return svg.lines_of_text(lines, shape.x + left + (shape.width - left) / 2, start, SIZE, bold=True)


def _rows_in(shape: Shape, top: float) -> str:
    return "".join(
        svg.lines_of_text([row], shape.x + PAD, top + place * ROW, SMALL, anchor="start")
        for place, row in enumerate(shape.rows)
    )


def _process(shape: Shape, look: str) -> str:
    parts = [svg.rectangle(_box(shape), radius=14, more=look)]
    top = None
    if shape.mark:
        mark = [shape.mark]
        parts.append(svg.lines_of_text(mark, shape.middle[0], shape.y + 7, SMALL, colour=MUTED))
        top = shape.y + PAD + SMALL * LINE_HEIGHT
    return "".join([*parts, _name_in(shape, top)])


def _entity(shape: Shape, look: str) -> str:
    return svg.rectangle(_box(shape), more=look) + _name_in(shape)


def _store(shape: Shape, look: str) -> str:
    x, y, right, low = shape.x, shape.y, shape.x + shape.width, shape.y + shape.height
    fill, _ = _TONES.get(shape.tone, (FILL, STROKE))
    area = svg.rectangle(_box(shape), more=f' fill="{fill}" stroke="none"')
    data = f"M{number(right)} {number(y)} H{number(x)} V{number(low)} H{number(right)} M{number(x + 34)} {number(y)}"
    outline = svg.path(f"{data} V{number(low)}", look.replace(f' fill="{fill}"', ' fill="none"', 1))
    key = svg.lines_of_text([shape.mark], x + 17, shape.middle[1] - SMALL * 0.62, SMALL, colour=MUTED)
    return area + outline + key + _name_in(shape, left=34)


def _class(shape: Shape, look: str) -> str:
    head = len(name_lines(shape)) * SIZE * LINE_HEIGHT + 2 * PAD - 6
    line = svg.path(
        f"M{number(shape.x)} {number(shape.y + head)} h{number(shape.width)}", f' stroke="{STROKE}" stroke-width="1.2"'
    )
    body = (line + _rows_in(shape, shape.y + head + 6)) if shape.rows else ""
    return svg.rectangle(_box(shape), radius=3, more=look) + _name_in(shape, shape.y + PAD - 3) + body


def _state(shape: Shape, look: str) -> str:
    if not shape.rows:
        return svg.rectangle(_box(shape), radius=18, more=look) + _name_in(shape)
    top = shape.y + PAD - 3
    rows = _rows_in(shape, top + len(name_lines(shape)) * SIZE * LINE_HEIGHT + 6)
    return svg.rectangle(_box(shape), radius=18, more=look) + _name_in(shape, top) + rows


def _start(shape: Shape, look: str) -> str:  # noqa: ARG001 - a dot has one look
    return svg.circle(*shape.middle, shape.width / 2, f' fill="{STROKE}" stroke="none"')


def _end(shape: Shape, look: str) -> str:
    x, y = shape.middle
    return svg.circle(x, y, shape.width / 2, look) + svg.circle(x, y, shape.width / 3.2, f' fill="{STROKE}"')


def _actor(shape: Shape, look: str) -> str:
    x, top = shape.middle[0], shape.y
    body = f"M{number(x)} {number(top + 20)} V{number(top + 42)} M{number(x - 16)} {number(top + 28)} H{number(x + 16)}"
    legs = f"M{number(x - 13)} {number(top + 60)} L{number(x)} {number(top + 42)} L{number(x + 13)} {number(top + 60)}"
    stick = svg.path(f"{body} {legs}", f' fill="none" stroke="{STROKE}" stroke-width="1.6" stroke-linecap="round"')
    return svg.circle(x, top + 11, 9, look) + stick + _name_in(shape, top + 66)


def _use_case(shape: Shape, look: str) -> str:
    x, y = shape.middle
    oval = f'<ellipse cx="{number(x)}" cy="{number(y)}" rx="{number(shape.width / 2)}" ry="{number(shape.height / 2)}"'
    return f"{oval}{look}/>{_name_in(shape)}"


def _house(shape: Shape, look: str) -> str:
    x, y, wide, low = shape.x, shape.y, shape.width, shape.y + shape.height
    teeth, tooth = 3, 24.0
    data = f"M{number(x)} {number(low)} V{number(y + tooth)}"
    for place in range(teeth):
        left = x + wide * place / teeth
        data += f" L{number(left + wide / teeth)} {number(y)} V{number(y + tooth)}"
    return svg.path(f"{data} V{number(low)} Z", f'{look} stroke-linejoin="round"') + _name_in(
        shape, y + tooth + (low - y - tooth - len(name_lines(shape)) * SIZE * LINE_HEIGHT) / 2
    )


def _station(shape: Shape, look: str) -> str:
    head = len(name_lines(shape)) * SIZE * LINE_HEIGHT + 2 * PAD - 6
    band = Box(shape.x, shape.y, shape.width, head)
    mark = ""
    if shape.mark:
        mark = svg.lines_of_text([shape.mark], shape.middle[0], shape.y - SMALL * 1.6, SMALL, colour=MUTED)
    body = Box(shape.x, shape.y + head, shape.width, shape.height - head)
    inner = svg.rectangle(body, more=f' fill="{LANE}" stroke="{STROKE}" stroke-width="1.2"') if shape.rows else ""
    rows = _rows_in(shape, shape.y + head + 6)
    return inner + svg.rectangle(band, more=look) + _name_in(shape, shape.y + PAD - 3) + rows + mark


def _queue(shape: Shape, look: str) -> str:
    x, top = shape.middle[0], shape.y
    side = 46.0
    data = f"M{number(x)} {number(top)} L{number(x + side / 2)} {number(top + 40)} H{number(x - side / 2)} Z"
    letter = svg.lines_of_text(["I"], x, top + 18, SMALL, bold=True)
    words = svg.lines_of_text(shape.rows, x, top + SIGN, SMALL, colour=LABEL)
    return svg.path(data, look) + letter + words


def _decision(shape: Shape, look: str) -> str:
    x, y = shape.middle
    right, low = shape.x + shape.width, shape.y + shape.height
    data = f"M{number(x)} {number(shape.y)} L{number(right)} {number(y)} L{number(x)} {number(low)}"
    name = svg.lines_of_text(wrap(shape.name, 120.0, SMALL, most=2), x, low + 3, SMALL, halo=True)
    return svg.path(f"{data} L{number(shape.x)} {number(y)} Z", look) + name


def _bar(shape: Shape, look: str) -> str:  # noqa: ARG001 - a bar has one look
    return svg.rectangle(_box(shape), radius=2, more=f' fill="{STROKE}" stroke="none"')


def _participant(shape: Shape, look: str) -> str:
    x, low = shape.middle[0], shape.y + shape.height
    until = low + float(shape.mark or 0)
    life = svg.path(
        f"M{number(x)} {number(low)} V{number(until)}",
        f' stroke="{STROKE}" stroke-width="1.1" stroke-dasharray="4 4" fill="none"',
    )
    return life + svg.rectangle(_box(shape), radius=4, more=look) + _name_in(shape)


_LOOKS: Final[dict[ShapeKind, Callable[[Shape, str], str]]] = {
    ShapeKind.PROCESS: _process,
    ShapeKind.ENTITY: _entity,
    ShapeKind.STORE: _store,
    ShapeKind.CLASS: _class,
    ShapeKind.STATE: _state,
    ShapeKind.START: _start,
    ShapeKind.END: _end,
    ShapeKind.ACTOR: _actor,
    ShapeKind.USE_CASE: _use_case,
    ShapeKind.HOUSE: _house,
    ShapeKind.STATION: _station,
    ShapeKind.QUEUE: _queue,
    ShapeKind.DECISION: _decision,
    ShapeKind.BAR: _bar,
    ShapeKind.HEAD: _participant,
}
