"""Simple ways of a line from one box to another, and the level stretch of a line on which a step can be put."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from throughline.flow.bpmn.render.geometry import Box, Point


def ways(source: Box, target: Box, *, sits: bool) -> Iterator[list[Point]]:
    """Give simple ways from one box to another, the best first; from something that ``sits`` on a border, downwards."""
    if source == target:
        x, y = source.right + 20, source.bottom + 20
        yield [(source.right, source.cy), (x, source.cy), (x, y), (source.cx, y), (source.cx, source.bottom)]
        return
    if target.x > source.right:
        yield from _onward(source, target, sits=sits)
    lowest, highest = max(source.bottom, target.bottom), min(source.y, target.y)
    for by in (30.0, 60.0, 120.0):
        under = lowest + by
        yield [(source.cx, source.bottom), (source.cx, under), (target.cx, under), (target.cx, target.bottom)]
        if not sits:
            over = highest - by
            yield [(source.cx, source.y), (source.cx, over), (target.cx, over), (target.cx, target.y)]


def _onward(source: Box, target: Box, *, sits: bool) -> Iterator[list[Point]]:
    """Give ways to something further right."""
    is_level = abs(source.cy - target.cy) < 1
    if is_level and not sits:
        yield [(source.right, source.cy), (target.x, source.cy)]
    if not is_level:
        leaves = source.bottom if sits or target.cy > source.cy else source.y
        yield [(source.cx, leaves), (source.cx, target.cy), (target.x, target.cy)]
    if not sits and not is_level:
        for x in (target.x - 20, (source.right + target.x) / 2, source.right + 20):
            yield [(source.right, source.cy), (x, source.cy), (x, target.cy), (target.x, target.cy)]


def longest_run(points: Sequence[Point], frame: Box | None, height: float) -> int | None:
    """Return where the longest level stretch to the right begins at which something so high stays in the frame."""
    found: list[tuple[float, int]] = []
    for place, ((x, y), (to, level)) in enumerate(pairwise(points)):
        fits = frame is None or (frame.y <= y - height / 2 and y + height / 2 <= frame.bottom)
        if abs(y - level) < 1 and to > x and fits:
            found.append((to - x, -place))
    return -max(found)[1] if found else None


def longest_stretch(points: Sequence[Point]) -> tuple[Point, Point]:
    """Return the ends of the longest stretch of a line."""
    return max(pairwise(points), key=lambda ends: abs(ends[0][0] - ends[1][0]) + abs(ends[0][1] - ends[1][1]))
