"""Drawing lines: sequence flows, message flows, associations, with their heads, tails and signs."""

from __future__ import annotations

import math
from typing import Final

from throughline.flow.bpmn import model
from throughline.flow.bpmn.render import palette
from throughline.flow.bpmn.render.geometry import (
    Box,
    Point,
    border_of_circle,
    border_of_diamond,
    border_of_rectangle,
    number,
    rounded,
    towards,
)
from throughline.flow.bpmn.render.look import CHANGED
from throughline.flow.bpmn.render.marks import Mark
from throughline.flow.bpmn.render.scene import Drawn, Figure, Line, Scene
from throughline.flow.bpmn.render.svg import circle, path

HEAD: Final = 9.0
TAKEN_WIDTH: Final = 2.4


def draw_line(line: Line, points: list[Point], mark: Mark, scene: Scene) -> str:
    """Return the line along the points."""
    element = line.element
    if isinstance(element, model.SequenceFlow):
        return _sequence_flow(element, line, points, mark, scene)
    if isinstance(element, model.MessageFlow):
        return _message_flow(line, points)
    return _association(element, line, points)


def trimmed(line: Line, scene: Scene) -> list[Point]:
    """Return the points of the line, ends that lie inside their shapes drawn back to the border."""
    source, target = ends_of(line)
    points = list(line.points)
    points = _trimmed_end(points, scene.figures.get(target))
    points.reverse()
    points = _trimmed_end(points, scene.figures.get(source))
    points.reverse()
    return points


def ends_of(line: Line) -> tuple[str, str]:
    """Return the ids of what the line connects, empty where neither the model nor the page says it."""
    element = line.element
    source = str(getattr(element, "source", "")) or line.edge.source_element
    target = str(getattr(element, "target", "")) or line.edge.target_element
    return source, target


def _trimmed_end(points: list[Point], figure: Figure | None) -> list[Point]:
    if figure is None or isinstance(figure.element, model.Participant | model.Lane):
        return points
    while len(points) > 2 and _inside(figure, points[-2]):
        points = points[:-1]
    if not _inside(figure, points[-1]) or _inside(figure, points[-2]):
        return points
    return [*points[:-1], _border(figure, points[-1], points[-2])]


def _inside(figure: Figure, point: Point) -> bool:
    box = figure.box
    if isinstance(figure.element, model.Event):
        return math.dist(point, (box.cx, box.cy)) < min(box.width, box.height) / 2 - 1.5
    if isinstance(figure.element, model.Gateway):
        return abs(point[0] - box.cx) / box.width + abs(point[1] - box.cy) / box.height < 0.46
    return box.grown(-1.5).holds(point)


def _border(figure: Figure, inside: Point, outside: Point) -> Point:
    box = figure.box
    if isinstance(figure.element, model.Event):
        return border_of_circle(box, outside)
    if isinstance(figure.element, model.Gateway):
        return border_of_diamond(box, outside)
    return border_of_rectangle(box, outside, inside)


def _sequence_flow(element: model.SequenceFlow, line: Line, points: list[Point], mark: Mark, scene: Scene) -> str:
    colour = _colour(line, mark)
    width = TAKEN_WIDTH if mark.done or mark.change else 1.5
    dash = CHANGED[mark.change].dash if mark.change else ""
    broken = f' stroke-dasharray="{dash}"' if dash else ""
    tip, before = points[-1], points[-2]
    body = _stroke([*points[:-1], towards(tip, before, HEAD - 3)], colour, width, broken)
    head = _head(tip, before, colour, HEAD + (1.5 if mark.done else 0))
    return body + head + _tail(element, points, colour, scene)


def _colour(line: Line, mark: Mark) -> str:
    if mark.change:
        return CHANGED[mark.change].stroke
    if mark.done:
        return palette.DONE_STROKE
    return palette.chosen(line.edge.stroke) or palette.STROKE


def _stroke(points: list[Point], colour: str, width: float, more: str = "") -> str:
    ink = f' fill="none" stroke="{colour}" stroke-width="{width:g}" stroke-linejoin="round"{more}'
    return path(rounded(points), ink)


def _head(tip: Point, before: Point, colour: str, length: float) -> str:
    left, right = _wings(tip, before, length, length * 0.42)
    data = f"M{_at(tip)}L{_at(left)}L{_at(right)}z"
    return path(data, f' fill="{colour}" stroke="{colour}" stroke-width="1" stroke-linejoin="round"')


def _wings(tip: Point, before: Point, length: float, half: float) -> tuple[Point, Point]:
    base = towards(tip, before, length)
    dx, dy = (base[0] - tip[0]) / length, (base[1] - tip[1]) / length
    return (base[0] - dy * half, base[1] + dx * half), (base[0] + dy * half, base[1] - dx * half)


def _at(point: Point) -> str:
    return f"{number(point[0])} {number(point[1])}"


def _tail(element: model.SequenceFlow, points: list[Point], colour: str, scene: Scene) -> str:
    """The slash of a default flow, or the diamond of a condition that leaves an activity."""
    source = scene.elements.get(element.source)
    if element.id and getattr(source, "default", "") == element.id:
        at = towards(points[0], points[1], 11)
        dx, dy = _direction(points[0], points[1])
        one = (at[0] + (dx - dy) * 4.2, at[1] + (dy + dx) * 4.2)
        two = (at[0] - (dx - dy) * 4.2, at[1] - (dy + dx) * 4.2)
        return path(f"M{_at(one)}L{_at(two)}", f' stroke="{colour}" stroke-width="1.6"')
    if element.condition is not None and isinstance(source, model.Activity):
        far = towards(points[0], points[1], 14)
        left, right = _wings(points[0], points[1], 7, 4)
        data = f"M{_at(points[0])}L{_at(left)}L{_at(far)}L{_at(right)}z"
        return path(data, f' fill="{palette.CANVAS}" stroke="{colour}" stroke-width="1.4" stroke-linejoin="round"')
    return ""


def _direction(start: Point, end: Point) -> Point:
    whole = math.dist(start, end) or 1
    return (end[0] - start[0]) / whole, (end[1] - start[1]) / whole


def _message_flow(line: Line, points: list[Point]) -> str:
    colour = palette.chosen(line.edge.stroke) or palette.STROKE
    tip, before = points[-1], points[-2]
    start = towards(points[0], points[1], 4)
    body = _stroke(
        [towards(points[0], points[1], 8), *points[1:-1], towards(tip, before, HEAD)],
        colour,
        1.4,
        ' stroke-dasharray="7 5"',
    )
    left, right = _wings(tip, before, HEAD, 4.4)
    hollow = f' fill="{palette.CANVAS}" stroke="{colour}" stroke-width="1.4" stroke-linejoin="round"'
    head = path(f"M{_at(tip)}L{_at(left)}L{_at(right)}z", hollow)
    return body + circle(start[0], start[1], 4, hollow) + head


def _association(element: Drawn, line: Line, points: list[Point]) -> str:
    colour = palette.chosen(line.edge.stroke) or palette.STROKE
    dots = ' stroke-dasharray="1.2 4" stroke-linecap="round"'
    drawn = _stroke(points, colour, 1.5, dots)
    for end in _arrows(element, points):
        left, right = _wings(end[0], end[1], 8, 4.4)
        data = f"M{_at(left)}L{_at(end[0])}L{_at(right)}"
        drawn += path(data, f' fill="none" stroke="{colour}" stroke-width="1.4" stroke-linecap="round"')
    return drawn


def _arrows(element: Drawn, points: list[Point]) -> list[tuple[Point, Point]]:
    forward, backward = (points[-1], points[-2]), (points[0], points[1])
    if isinstance(element, model.DataAssociation):
        return [forward]
    direction = getattr(element, "direction", "None")
    return {"One": [forward], "Both": [forward, backward]}.get(str(direction), [])


def reach_of(points: list[Point]) -> Box:
    """Return the area a line covers with its head."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)).grown(4)
