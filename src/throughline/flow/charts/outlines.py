"""
What the elements of an SVG picture look like as points: transforms, paths, basic shapes (SVG 1.1, chapters 7 to 9).

Curves are followed by a few points each, which is enough to tell where something lies and whether it is round.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from lxml import etree

from throughline.flow.charts.sketch import Point

Matrix = tuple[float, float, float, float, float, float]
SAME: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_CALL = re.compile(r"(\w+)\s*\(([^)]*)\)")
_PIECE = re.compile(r"([MmLlHhVvCcSsQqTtAaZz])|([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")
FARTHEST = 1e6
"""Coordinates end here: whatever lies further out lies on the edge."""
NEAR = 0.75
"""Points so near to each other are one, in pixels."""


def numbers(text: str) -> list[float]:
    """Return the numbers in a text."""
    return [_bounded(each) for each in _NUMBER.findall(text)]


def _bounded(text: str) -> float:
    return max(-FARTHEST, min(FARTHEST, float(text)))


def number(element: etree._Element, name: str, default: float = 0.0) -> float:
    """Return the number at the beginning of an attribute (``12px`` is 12), or ``default``."""
    found = _NUMBER.match((element.get(name) or "").strip())
    return _bounded(found[0]) if found else default


# -- Transforms --------------------------------------------------------------------------------------------------------


def transform_of(text: str) -> Matrix:
    """Return what a ``transform`` attribute does; what cannot be read does nothing."""
    found = SAME
    for name, inside in _CALL.findall(text):
        make = _TRANSFORMS.get(name)
        given = numbers(inside)
        if make is not None and given:
            found = joined(found, make(given))
    return found


def joined(outer: Matrix, inner: Matrix) -> Matrix:
    """Return the transform that does the inner one first."""
    a, b, c, d, e, f = outer
    g, h, i, j, k, m = inner
    return (a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j, a * k + c * m + e, b * k + d * m + f)


def moved(matrix: Matrix, point: Point) -> Point:
    """Return where a transform takes a point."""
    a, b, c, d, e, f = matrix
    x, y = point
    return a * x + c * y + e, b * x + d * y + f


def _turn(given: Sequence[float]) -> Matrix:
    angle = math.radians(given[0])
    around = (given[1], given[2]) if len(given) > 2 else (0.0, 0.0)
    turn = (math.cos(angle), math.sin(angle), -math.sin(angle), math.cos(angle), 0.0, 0.0)
    there, back = (1.0, 0.0, 0.0, 1.0, *around), (1.0, 0.0, 0.0, 1.0, -around[0], -around[1])
    return joined(joined(there, turn), back)


_TRANSFORMS: Mapping[str, Callable[[Sequence[float]], Matrix]] = {
    "translate": lambda given: (1.0, 0.0, 0.0, 1.0, given[0], given[1] if len(given) > 1 else 0.0),
    "scale": lambda given: (given[0], 0.0, 0.0, given[1] if len(given) > 1 else given[0], 0.0, 0.0),
    "rotate": _turn,
    "matrix": lambda given: (*given[:5], given[5]) if len(given) == 6 else SAME,  # type: ignore[return-value,dict-item]
}


# -- Outlines ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Outline:
    """One way that a pen goes: its points, whether it comes back to where it began, and whether it is round."""

    points: tuple[Point, ...]
    closed: bool
    is_round: bool = False

    def through(self, matrix: Matrix) -> Outline:
        """Return it as a transform shows it."""
        return replace(self, points=tuple(moved(matrix, point) for point in self.points))

    @property
    def corners(self) -> tuple[Point, ...]:
        """Its points without repeats, those that lie on the way between two others, and the way back."""
        kept = [self.points[0]]
        for point in self.points[1:]:
            if math.dist(kept[-1], point) > NEAR:
                kept.append(point)
        if len(kept) > 1 and math.dist(kept[0], kept[-1]) <= NEAR:
            kept.pop()
        count = len(kept)
        return tuple(
            point for place, point in enumerate(kept)
            if count < 3 or not _is_between(kept[place - 1], point, kept[(place + 1) % count])
        )  # fmt: skip


def _is_between(one: Point, point: Point, other: Point) -> bool:
    across = (other[0] - one[0]) * (point[1] - one[1]) - (other[1] - one[1]) * (point[0] - one[0])
    return abs(across) <= NEAR * max(math.dist(one, other), 1.0) and math.dist(one, other) >= math.dist(one, point)


def outlines_of(element: etree._Element, tag: str) -> list[Outline]:
    """Return the outlines of an element that draws something, in its own coordinates; none for others."""
    draw = _DRAWN.get(tag)
    return [each for each in draw(element) if len(each.points) > 1] if draw is not None else []


def _rectangle(element: etree._Element) -> Iterator[Outline]:
    x, y = number(element, "x"), number(element, "y")
    width, height = number(element, "width"), number(element, "height")
    rx, ry = number(element, "rx", number(element, "ry")), number(element, "ry", number(element, "rx"))
    if 2 * max(rx, ry) >= 0.9 * min(width, height) > 0:
        yield _round(x, y, width, height)
        return
    yield Outline(((x, y), (x + width, y), (x + width, y + height), (x, y + height)), closed=True)


def _round(x: float, y: float, width: float, height: float) -> Outline:
    """Return an ellipse as eight points; a pill is told as one, too."""
    across, down = width / 2, height / 2
    angles = (math.pi / 4 * eighth for eighth in range(8))
    points = ((x + across + across * math.cos(angle), y + down + down * math.sin(angle)) for angle in angles)
    return Outline(tuple(points), closed=True, is_round=True)


def _ellipse(element: etree._Element) -> Iterator[Outline]:
    x, y, r = number(element, "cx"), number(element, "cy"), number(element, "r")
    rx, ry = number(element, "rx", r), number(element, "ry", r)
    yield _round(x - rx, y - ry, 2 * rx, 2 * ry)


def _line(element: etree._Element) -> Iterator[Outline]:
    start = (number(element, "x1"), number(element, "y1"))
    yield Outline((start, (number(element, "x2"), number(element, "y2"))), closed=False)


def _points(element: etree._Element, *, closed: bool) -> Iterator[Outline]:
    given = numbers(element.get("points") or "")
    points = tuple(zip(given[::2], given[1::2], strict=False))
    if points:
        yield Outline(points, closed=closed or (len(points) > 3 and math.dist(points[0], points[-1]) <= NEAR))


def _path(element: etree._Element) -> Iterator[Outline]:
    yield from _Pen().draw(element.get("d") or "")


_DRAWN: Mapping[str, Callable[[etree._Element], Iterator[Outline]]] = {
    "rect": _rectangle,
    "ellipse": _ellipse,
    "circle": _ellipse,
    "line": _line,
    "polyline": lambda element: _points(element, closed=False),
    "polygon": lambda element: _points(element, closed=True),
    "path": _path,
}

_ASKED: Mapping[str, int] = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}
"""How many numbers each command of a path takes."""


class _Pen:
    """Follows the data of a path (SVG 1.1, section 8.3)."""

    def __init__(self) -> None:
        self._at: Point = (0.0, 0.0)
        self._points: list[Point] = []
        self._curves = 0
        self._handle: Point | None = None

    def draw(self, data: str) -> Iterator[Outline]:
        command = ""
        given: list[float] = []
        for letter, value in _PIECE.findall(data):
            if letter:
                if letter in "Zz":
                    yield from self._lift(closed=True)
                elif letter in "Mm":
                    yield from self._lift(closed=False)
                command, given = letter, []
                continue
            given.append(_bounded(value))
            if command and len(given) == _ASKED[command.upper()] > 0:
                self._go(command, given)
                command, given = {"M": "L", "m": "l"}.get(command, command), []
        yield from self._lift(closed=False)

    def _lift(self, *, closed: bool) -> Iterator[Outline]:
        points = self._points
        if len(points) > 1:
            back = closed or (len(points) > 3 and math.dist(points[0], points[-1]) <= NEAR)
            yield Outline(tuple(points), back, is_round=back and self._curves > 1 and _has_no_corners(points))
            self._at = points[0] if closed else points[-1]
        self._points, self._curves, self._handle = [], 0, None

    def _go(self, command: str, given: Sequence[float]) -> None:
        kind, base = command.upper(), self._at if command.islower() else (0.0, 0.0)
        if kind == "H":
            ends = [(given[0] + base[0], self._at[1])]
        elif kind == "V":
            ends = [(self._at[0], given[0] + base[1])]
        elif kind == "A":
            ends = [(given[5] + base[0], given[6] + base[1])]
        else:
            ends = [(x + base[0], y + base[1]) for x, y in zip(given[::2], given[1::2], strict=True)]
        if not self._points and kind != "M":
            self._points = [self._at]
        self._follow(kind, ends, given)
        self._at = ends[-1]

    def _follow(self, kind: str, ends: Sequence[Point], given: Sequence[float]) -> None:
        start, end = self._at, ends[-1]
        if kind in "CSQT":
            inner = [*([self._mirrored()] if kind in "ST" else []), *ends[:-1]]
            self._points += [_on_curve([start, *inner, end], share) for share in (0.25, 0.5, 0.75)]
            self._handle = inner[-1]
            self._curves += 1
        elif kind == "A":
            self._points += _on_arc(start, end, given)
            self._curves += 1
        else:
            self._handle = None
        self._points.append(end)

    def _mirrored(self) -> Point:
        if self._handle is None:
            return self._at
        return 2 * self._at[0] - self._handle[0], 2 * self._at[1] - self._handle[1]


def _has_no_corners(points: Sequence[Point]) -> bool:
    """Return whether no point lies near a corner of the rectangle around all: an ellipse, a pill, a drum."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    near = 0.15 * min(max(xs) - min(xs), max(ys) - min(ys))
    ends = [(x, y) for x in (min(xs), max(xs)) for y in (min(ys), max(ys))]
    return all(math.dist(point, end) > near for point in points for end in ends)


def _on_curve(handles: Sequence[Point], share: float) -> Point:
    """Return a point of a Bézier curve (de Casteljau)."""
    points = list(handles)
    while len(points) > 1:
        points = [
            (one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share)
            for one, other in pairwise(points)
        ]
    return points[0]


def _on_arc(start: Point, end: Point, given: Sequence[float]) -> list[Point]:
    """Return the middle of an arc: where it bends to, not each of its points. A turned ellipse is taken as unturned."""
    across, down, large, sweep = abs(given[0]), abs(given[1]), given[3] != 0, given[4] != 0
    if not across or not down:
        return []
    flat = across / down  # with y so much longer the ellipse is a circle
    (x1, y1), (x2, y2) = (start[0], start[1] * flat), (end[0], end[1] * flat)
    half = math.dist((x1, y1), (x2, y2)) / 2
    if half == 0:
        return []
    radius = max(across, half)
    height = radius + math.copysign(math.sqrt(radius**2 - half**2), 1 if large else -1)
    side = height if sweep else -height
    x, y = (x1 + x2) / 2 + (y2 - y1) / (2 * half) * side, (y1 + y2) / 2 - (x2 - x1) / (2 * half) * side
    return [(x, y / flat)]
