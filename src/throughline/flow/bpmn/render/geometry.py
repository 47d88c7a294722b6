"""Rectangles, lines with rounded corners, and where a line meets the border of a shape."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

Point = tuple[float, float]


class Box(NamedTuple):
    """A rectangle; y grows downwards."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The x of the right side."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The y of the lower side."""
        return self.y + self.height

    @property
    def cx(self) -> float:
        """The x of the middle."""
        return self.x + self.width / 2

    @property
    def cy(self) -> float:
        """The y of the middle."""
        return self.y + self.height / 2

    def grown(self, by: float) -> Box:
        """Return the box with a margin on every side."""
        return Box(self.x - by, self.y - by, self.width + 2 * by, self.height + 2 * by)

    def holds(self, point: Point) -> bool:
        """Return whether the point lies inside or on the border."""
        return self.x <= point[0] <= self.right and self.y <= point[1] <= self.bottom

    def meets(self, other: Box) -> bool:
        """Return whether the two share an area."""
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom

    def cut(self, other: Box) -> Box:
        """Return the shared area, empty if there is none."""
        x, y = max(self.x, other.x), max(self.y, other.y)
        return Box(x, y, max(0, min(self.right, other.right) - x), max(0, min(self.bottom, other.bottom) - y))


def around(boxes: Iterable[Box]) -> Box:
    """Return the smallest box that holds all; an empty one at the origin if there are none."""
    held = list(boxes)
    if not held:
        return Box(0, 0, 0, 0)
    x, y = min(box.x for box in held), min(box.y for box in held)
    return Box(x, y, max(box.right for box in held) - x, max(box.bottom for box in held) - y)


def box_of(points: Sequence[Point]) -> Box:
    """Return the smallest box that holds the points."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))


def number(value: float) -> str:
    """Return the number for an attribute, to a tenth."""
    text = f"{value:.1f}"
    return text.removesuffix(".0") if text != "-0.0" else "0"


def rounded(points: Sequence[Point], radius: float = 7) -> str:
    """Return path data along the points with rounded corners."""
    start = points[0]
    parts = [f"M{number(start[0])} {number(start[1])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        bend = min(radius, math.dist(before, corner) / 2, math.dist(corner, after) / 2)
        first, last = towards(corner, before, bend), towards(corner, after, bend)
        parts.append(
            f"L{number(first[0])} {number(first[1])}"
            f"Q{number(corner[0])} {number(corner[1])} {number(last[0])} {number(last[1])}"
        )
    parts.append(f"L{number(points[-1][0])} {number(points[-1][1])}")
    return "".join(parts)


def towards(start: Point, end: Point, length: float) -> Point:
    """Return the point that lies ``length`` from start in the direction of end."""
    whole = math.dist(start, end)
    if whole == 0:
        return start
    share = length / whole
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def without_repeats(points: Sequence[Point]) -> list[Point]:
    """Return the points without those that lie on their predecessor."""
    kept: list[Point] = []
    for point in points:
        if not kept or math.dist(kept[-1], point) > 0.5:
            kept.append(point)
    return kept


def middle_of(points: Sequence[Point]) -> tuple[Point, bool]:
    """Return the middle of the longest stretch near the half of the way, and whether that stretch is level."""
    stretches = list(pairwise(points))
    longest = max(stretches, key=lambda stretch: math.dist(*stretch))
    (x1, y1), (x2, y2) = longest
    return ((x1 + x2) / 2, (y1 + y2) / 2), abs(x2 - x1) >= abs(y2 - y1)


def border_of_circle(box: Box, outside: Point) -> Point:
    """Return where the line from the middle to a point outside leaves the circle in the box."""
    return towards((box.cx, box.cy), outside, min(box.width, box.height) / 2)


def border_of_diamond(box: Box, outside: Point) -> Point:
    """Return where the line from the middle to a point outside leaves the diamond in the box."""
    dx, dy = outside[0] - box.cx, outside[1] - box.cy
    reach = abs(dx) / (box.width / 2 or 1) + abs(dy) / (box.height / 2 or 1)
    return (box.cx + dx / reach, box.cy + dy / reach) if reach else (box.cx, box.cy)


def border_of_rectangle(box: Box, outside: Point, inside: Point) -> Point:
    """Return where the line from a point inside to a point outside crosses the border."""
    (ix, iy), (ox, oy) = inside, outside
    shares = []
    for limit, start, end in ((box.x, ix, ox), (box.right, ix, ox), (box.y, iy, oy), (box.bottom, iy, oy)):
        if end != start and 0 < (share := (limit - start) / (end - start)) <= 1:
            shares.append(share)
    share = min(shares, default=0)
    return ix + (ox - ix) * share, iy + (oy - iy) * share
