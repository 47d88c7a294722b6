"""
Giving shapes places: on layers from left to right, or downwards (:mod:`throughline.flow.layered`).

Layers are as deep as their deepest shape, and as far apart as the words on the lines between them need. A line over
several layers runs between the shapes of each. Everything is done in the order of the figure, so the same figure is
arranged the same way.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Final

from throughline.flow.bpmn.render.text import width_of
from throughline.flow.charts.views.figure import Figure, Line, Point, Shape
from throughline.flow.charts.views.sizes import SMALL, size_of
from throughline.flow.layered import Bend, Layered, layered

GAP: Final = 34.0
"""Between shapes of one layer."""
BETWEEN: Final = 90.0
"""Between layers at least; more where words on lines need it."""
BEND: Final = 8.0
LONGEST_WORDS: Final = 200.0

Extent = tuple[float, float]
"""Where a layer begins, and how deep it is."""


def arrange(figure: Figure, *, across: bool = True) -> Figure:
    """Return the figure with places; layers follow each other from left to right, or downwards."""
    if not figure.shapes:
        return figure
    shapes = {shape.id: _sized(shape) for shape in figure.shapes}
    breadths = {key: shape.height if across else shape.width for key, shape in shapes.items()}
    arcs = [(line.source, line.target, 1.0) for line in figure.lines]
    stands = layered(breadths, arcs, gap=GAP, bend=BEND)
    extents = _extents(figure, shapes, stands, across=across)
    placed = {key: _placed(shape, stands, extents, across=across) for key, shape in shapes.items()}
    lines = tuple(
        _routed(line, bends, placed, stands, extents, across=across)
        for line, bends in zip(figure.lines, stands.bends, strict=True)
    )
    return replace(figure, shapes=tuple(placed.values()), lines=_apart(lines, placed))


def _sized(shape: Shape) -> Shape:
    width, height = size_of(shape)
    return replace(shape, width=width, height=height)


def _extents(figure: Figure, shapes: dict[str, Shape], stands: Layered, *, across: bool) -> list[Extent]:
    """Return where each layer begins and how deep it is; room for the words on lines lies between."""
    count = max(stands.layer.values()) + 1
    deep, room = [0.0] * count, [0.0] * count
    for key, shape in shapes.items():
        layer = stands.layer[key]
        deep[layer] = max(deep[layer], shape.width if across else shape.height)
    for line in figure.lines if across else ():
        first = min(stands.layer[line.source], stands.layer[line.target])
        room[first] = max(room[first], min(width_of(line.text, SMALL), LONGEST_WORDS) + 30)
    found, at = [], 0.0
    for depth, wide in zip(deep, room, strict=True):
        found.append((at, depth))
        at += depth + max(BETWEEN, wide)
    return found


def _placed(shape: Shape, stands: Layered, extents: list[Extent], *, across: bool) -> Shape:
    begin, depth = extents[stands.layer[shape.id]]
    along = begin + (depth - (shape.width if across else shape.height)) / 2
    side = stands.place[shape.id] - (shape.height if across else shape.width) / 2
    return replace(shape, x=along, y=side) if across else replace(shape, x=side, y=along)


def _routed(
    line: Line,
    bends: tuple[Bend, ...],
    shapes: dict[str, Shape],
    stands: Layered,
    extents: list[Extent],
    *,
    across: bool,
) -> Line:
    first, last = shapes[line.source], shapes[line.target]
    if line.source == line.target:
        return replace(line, points=_loop(first))
    is_ahead = stands.layer[line.source] <= stands.layer[line.target]
    between: list[Point] = []
    for layer, place in bends:
        begin, depth = extents[layer]
        for along in (begin, begin + depth) if is_ahead else (begin + depth, begin):
            between.append((along, place) if across else (place, along))
    towards = between[0] if between else last.middle
    away = between[-1] if between else first.middle
    return replace(line, points=(edge(first, towards), *between, edge(last, away)))


def _loop(shape: Shape) -> tuple[Point, ...]:
    right, top = shape.x + shape.width, shape.y
    return (
        (right - 30, top),
        (right - 30, top - 24),
        (right + 24, top - 24),
        (right + 24, top + 20),
        (right, top + 20),
    )


def edge(shape: Shape, towards: Point) -> Point:
    """Return where a line from the middle of a shape to a point leaves it."""
    x, y = shape.middle
    dx, dy = towards[0] - x, towards[1] - y
    if not dx and not dy:
        return x, shape.y + shape.height
    scale = min(
        (shape.width / 2) / abs(dx) if dx else float("inf"), (shape.height / 2) / abs(dy) if dy else float("inf")
    )
    return x + dx * scale, y + dy * scale


def _apart(lines: tuple[Line, ...], shapes: dict[str, Shape]) -> tuple[Line, ...]:
    """Move lines between the same two shapes beside each other, so that none covers the words of another."""
    together: dict[frozenset[str], list[int]] = defaultdict(list)
    for number, line in enumerate(lines):
        if line.source != line.target and len(line.points) == 2:
            together[frozenset((line.source, line.target))].append(number)
    moved = list(lines)
    for numbers in together.values():
        for place, number in enumerate(numbers if len(numbers) > 1 else ()):
            moved[number] = _beside(lines[number], shapes, (place - (len(numbers) - 1) / 2) * 34.0)
    return tuple(moved)


def _beside(line: Line, shapes: dict[str, Shape], by: float) -> Line:
    first, last = sorted((line.source, line.target))
    (ax, ay), (bx, by_) = shapes[first].middle, shapes[last].middle
    length = ((bx - ax) ** 2 + (by_ - ay) ** 2) ** 0.5 or 1.0
    across, down = -(by_ - ay) / length * by, (bx - ax) / length * by
    (sx, sy), (tx, ty) = line.points
    middle = ((sx + tx) / 2 + across, (sy + ty) / 2 + down)
    source, target = shapes[line.source], shapes[line.target]
    return replace(line, points=(edge(source, middle), middle, edge(target, middle)))
