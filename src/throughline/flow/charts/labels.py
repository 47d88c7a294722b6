"""
Words that lie loose beside a line are its own: the “yes” that many people write next to an arrow.

Which way a line runs between its shapes is often not in the file, so three ways are tried: straight, and by one corner
on either side. Only a few words are taken, only by lines without words, exits of decisions before others, the nearest
pair first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

from throughline.flow.charts.sketch import GATEWAYS, Line, Point, Shape

MOST_WORDS: Final = 3
NEAR: Final = 26.0
"""Words so near to a line, in pixels, are its own."""


def named_by(notes: Iterable[Shape], ways: Iterable[tuple[Line, Shape, Shape]]) -> list[tuple[Shape, Line]]:
    """
    Return which loose words name which lines, each at most once.

    ``ways`` are the lines with the shapes that they join.
    """
    wordless = [way for way in ways if not way[0].text and way[1].id != way[2].id]
    short = [note for note in notes if note.text and note.area and len(note.text.split()) <= MOST_WORDS]
    pairs = sorted(
        (
            (way[1].kind not in GATEWAYS, distance, way[0].id, note.id, note, way[0])
            for note in short
            for way in wordless
            if (distance := _distance(note, way[1], way[2])) <= NEAR
        ),
        key=lambda pair: pair[:4],
    )
    taken: set[str] = set()
    found = []
    for _, _, line_id, note_id, note, line in pairs:
        if line_id not in taken and note_id not in taken:
            taken |= {line_id, note_id}
            found.append((note, line))
    return found


def _distance(note: Shape, source: Shape, target: Shape) -> float:
    return min(_from_way(note, way) for way in _ways(source.middle, target.middle))


def _ways(start: Point, end: Point) -> Iterator[Sequence[Point]]:
    yield start, end
    yield start, (end[0], start[1]), end
    yield start, (start[0], end[1]), end


def _from_way(note: Shape, way: Sequence[Point]) -> float:
    """Return how far words lie from a way; 0 where it runs through them."""
    return min(
        note.distance(one[0] + (other[0] - one[0]) * step / 24, one[1] + (other[1] - one[1]) * step / 24)
        for one, other in pairwise(way)
        for step in range(25)
    )
