"""
Names that would lie on a node move to where they lie on nothing: along their line, or around their node.

Names are placed by rule first (``places``), which is right nearly always; here the few that came to lie on a node of
somebody else are looked at, each for itself. Where there is no free place the rule's own stays.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from throughline.flow.bpmn.render.geometry import Box, Point

APART: Final = 3.0
"""So far from its line or node a name stands."""
CELL: Final = 240.0
"""Boxes are found by squares of this size."""
SHARES: Final = (0.5, 0.25, 0.75, 0.1, 0.9)
"""Where along a stretch of a line a name is tried."""


class _Taken:
    """The boxes on the page that no name may lie on, found by where they are."""

    def __init__(self, boxes: Mapping[str, Box]) -> None:
        self._cells: dict[tuple[int, int], list[tuple[str, Box]]] = defaultdict(list)
        for key, box in boxes.items():
            self.add(key, box)

    def add(self, key: str, box: Box) -> None:
        for cell in _cells(box):
            self._cells[cell].append((key, box))

    def meets(self, box: Box, but: str) -> bool:
        """Return whether something other than ``but`` lies where the box lies."""
        inner = box.grown(-1)
        return any(
            key != but and inner.meets(other) for cell in _cells(box) for key, other in self._cells.get(cell, ())
        )


def _cells(box: Box) -> Iterator[tuple[int, int]]:
    for x in range(math.floor(box.x / CELL), math.floor(box.right / CELL) + 1):
        for y in range(math.floor(box.y / CELL), math.floor(box.bottom / CELL) + 1):
            yield x, y


def cleared(
    captions: Mapping[str, Box], boxes: Mapping[str, Box], lines: Mapping[str, Sequence[Point]]
) -> dict[str, Box]:
    """
    Return where names are written so that none lies on a node.

    ``captions`` by the id of their node or line, ``boxes`` of nodes that hold no others, ``lines`` as their points.
    """
    nodes = _Taken(boxes)
    wrong = [key for key, name in captions.items() if nodes.meets(name, key)]
    if not wrong:
        return dict(captions)
    found, names = dict(captions), _Taken({key: name for key, name in captions.items() if key not in wrong})
    for key in wrong:
        tried = _along(lines[key], captions[key]) if key in lines else _around(boxes.get(key), captions[key])
        free = (each for each in tried if not nodes.meets(each, key) and not names.meets(each, key))
        found[key] = next(free, captions[key])
        names.add(key, found[key])
    return found


def _along(points: Sequence[Point], name: Box) -> Iterator[Box]:
    """Give places for a name beside a line, the longest stretches first."""
    stretches = sorted(pairwise(points), key=lambda ends: -math.dist(*ends))
    for share in SHARES:
        for one, other in stretches:
            x, y = one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share
            if abs(other[0] - one[0]) >= abs(other[1] - one[1]):
                yield name._replace(x=x - name.width / 2, y=y - name.height - APART)
                yield name._replace(x=x - name.width / 2, y=y + APART)
            else:
                yield name._replace(x=x + 2 * APART, y=y - name.height / 2)
                yield name._replace(x=x - name.width - 2 * APART, y=y - name.height / 2)


def _around(node: Box | None, name: Box) -> Iterator[Box]:
    """Give places for the name of a node: below, above, right and left of it."""
    if node is None:
        return
    yield name._replace(x=node.cx - name.width / 2, y=node.bottom + APART)
    yield name._replace(x=node.cx - name.width / 2, y=node.y - name.height - APART)
    yield name._replace(x=node.right + APART, y=node.cy - name.height / 2)
    yield name._replace(x=node.x - name.width - APART, y=node.cy - name.height / 2)
