"""
What is planned, laid over what is: shapes and lines that somebody put there by hand, marked in words and broken lines.

A planned shape that is there meanwhile (same kind, same name), and a planned line whose ends are joined meanwhile, has
come true: it is not drawn twice but told, and what was estimated of it stands beside what it is. A chart of which
nothing is there yet consists of what is planned alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from throughline.flow.charts.views.figure import MARK, Ending, Figure, Line, Point, Shape, ShapeKind
from throughline.flow.charts.views.layers import arrange
from throughline.flow.charts.views.sizes import size_of
from throughline.flow.charts.views.uml import Sent, sequence

APART: Final = 48.0
WITH_ROWS: Final = (ShapeKind.CLASS, ShapeKind.STATE, ShapeKind.STATION, ShapeKind.QUEUE)
"""Shapes below whose name there is room for words."""


@dataclass(frozen=True, slots=True)
class PlannedShape:
    """Something planned: ``estimate`` is a short text (a time, a number), ``rows`` are fields or figures below."""

    id: str
    kind: ShapeKind
    name: str
    estimate: str = ""
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """A planned line; its ends are ids of shapes, planned or real."""

    source: str
    target: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is planned for one chart, and where shapes were put by hand (``places``)."""

    shapes: tuple[PlannedShape, ...] = ()
    lines: tuple[PlannedLine, ...] = ()
    places: Mapping[str, Point] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Estimated:
    """What was estimated of something that is there, and what it is; ``real`` is empty where no figure is known."""

    name: str
    estimate: str
    real: str


@dataclass(frozen=True, slots=True)
class Compared:
    """
    What is planned against what is: names of what came true and of what is open, how many shapes are real, and
    estimates of what is there.
    """

    came_true: tuple[str, ...]
    open: tuple[str, ...]
    real: int
    estimates: tuple[Estimated, ...] = ()


def laid_over(figure: Figure, plan: Plan) -> tuple[Figure, Compared]:
    """Return the figure with what is planned, and how far that has come true."""
    there = {(shape.kind, shape.name.casefold().strip()): shape.id for shape in figure.shapes}
    same = {each.id: there[key] for each in plan.shapes if (key := _key(each)) in there}
    still = [each for each in plan.shapes if each.id not in same]
    known = {shape.id for shape in figure.shapes} | {each.id for each in still}
    joined = {(line.source, line.target) for line in figure.lines}
    lines, came = [], [each.name for each in plan.shapes if each.id in same]
    for line in plan.lines:
        ends = same.get(line.source, line.source), same.get(line.target, line.target)
        if ends in joined:
            came.append(line.text or "→")
        elif set(ends) <= known:
            lines.append(Line(source=ends[0], target=ends[1], text=_marked(line.text), planned=True, ends=Ending.OPEN))
    shapes = [_drawn(each) for each in still]
    estimated = {same[each.id]: each.estimate for each in plan.shapes if each.id in same and each.estimate}
    by_id = figure.by_id
    estimates = tuple(
        Estimated(by_id[key].name, estimate, ", ".join(by_id[key].rows)) for key, estimate in estimated.items()
    )
    figure = replace(figure, shapes=tuple(_estimated(each, estimated.get(each.id, "")) for each in figure.shapes))
    if not figure.shapes:
        whole = arrange(replace(figure, shapes=tuple(shapes), lines=tuple(lines)))
    else:
        whole = replace(figure, shapes=(*figure.shapes, *_below(figure, shapes)), lines=(*figure.lines, *lines))
    places = {same.get(key, key): place for key, place in plan.places.items()}
    moved = whole.nudged({key: place for key, place in places.items() if key in whole.by_id})
    opened = (*(each.name for each in still), *(line.text for line in lines))
    return moved, Compared(tuple(came), tuple(opened), len(figure.shapes), estimates)


def planned_sequence(plan: Plan, *, title: str) -> Figure:
    """Return a plan of messages as a sequence: its lines from the top down."""
    names = {each.id: each.name for each in plan.shapes}
    sent = [
        Sent(names[line.source], names[line.target], _marked(line.text))
        for line in plan.lines
        if line.source in names and line.target in names
    ]
    return sequence(sent, title=title)


def _key(each: PlannedShape) -> tuple[ShapeKind, str]:
    return each.kind, each.name.casefold().strip()


def _marked(text: str) -> str:
    return f"{text} {MARK}".strip()


def _estimated(shape: Shape, estimate: str) -> Shape:
    """Return a shape with what was estimated of it below what it is, where there is room for words."""
    if not estimate or shape.kind not in WITH_ROWS:
        return shape
    told = replace(shape, rows=(*shape.rows, f"planned: ≈ {estimate}"))
    width, height = size_of(told)
    return replace(told, width=max(width, shape.width), height=max(height, shape.height))


def _drawn(each: PlannedShape) -> Shape:
    has_rows = each.kind in WITH_ROWS
    told = each.estimate and f"≈ {each.estimate}"
    rows = tuple(part for part in (*each.rows, told) if part) if has_rows else ()
    if each.kind is ShapeKind.QUEUE:
        rows = (each.name, *rows, MARK)
    name = " ".join(part for part in (each.name, "" if has_rows else told, MARK) if part)
    shape = Shape(
        id=each.id, kind=each.kind, name=name, rows=rows, planned=True, mark="D" if each.kind is ShapeKind.STORE else ""
    )
    width, height = size_of(shape)
    return replace(shape, width=width, height=height)


def _below(figure: Figure, shapes: list[Shape]) -> list[Shape]:
    """Put what is planned in a row below what is there."""
    left = min(shape.x for shape in figure.shapes)
    lowest = [shape.y + shape.height for shape in figure.shapes]
    lowest += [y for points in figure.rails for _x, y in points] + [y + APART / 2 for _x, y, _text in figure.notes]
    top = max(lowest) + APART
    placed = []
    for shape in shapes:
        placed.append(replace(shape, x=left, y=top))
        left += shape.width + APART
    return placed
