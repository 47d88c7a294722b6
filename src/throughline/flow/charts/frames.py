"""
Boxes that were drawn around steps without being called lanes: the plain rectangles of who draws lanes by hand.

A box with no line at it that wholly holds steps with lines is one, when it has words: its own, or those of a small box
inside of it or beside it, at its left or its top, that has no lines either. Where a drawing has real lanes its boxes
are something else (a phase, a system), and are left alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from throughline.flow.charts.sketch import FLOW, STEPS, Kind, Shape

SLACK = 4.0
"""A step may stand so far, in pixels, over the border of its box."""
GAP = 8.0
"""A box with the words of a lane lies so near to it, in pixels."""
NARROW = 0.35
"""The box with the words takes at most this part of the lane in the direction in which it is narrow."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A box that may be a lane: what it is called, the box its name stands in (empty: itself), the steps it holds."""

    box: str
    name: str
    header: str
    held: tuple[str, ...]


def frames_among(shapes: Mapping[str, Shape], touched: Collection[str]) -> list[Frame]:
    """Return the boxes that may be lanes; ``touched`` are the ids at which lines end."""
    if any(shape.kind is Kind.LANE for shape in shapes.values()):
        return []
    flow = [shape for shape in shapes.values() if shape.kind in FLOW and shape.id in touched]
    found = []
    for box in shapes.values():
        if box.kind not in STEPS | {Kind.GROUP} or box.id in touched or not box.area:
            continue
        held = tuple(
            each.id for each in flow if each.parent == box.id or (each.area < box.area and _lies_in(each, box))
        )
        header = None if box.text else next(_headers(box, shapes.values(), touched), None)
        if held and (box.text or header is not None):
            name = box.text if header is None else header.text
            found.append(Frame(box.id, name, "" if header is None else header.id, held))
    return found


def _lies_in(inner: Shape, box: Shape) -> bool:
    right, bottom = inner.x + inner.width, inner.y + inner.height
    return box.holds(inner.x, inner.y, SLACK) and box.holds(right, bottom, SLACK)


def _headers(box: Shape, shapes: Iterable[Shape], touched: Collection[str]) -> Iterator[Shape]:
    """Give what may hold the name of a box, the one nearest to its upper left corner first."""
    near = [
        shape
        for shape in shapes
        if shape.kind in STEPS | {Kind.NOTE}
        and shape.text
        and shape.id not in touched
        and shape.id != box.id
        and shape.area < box.area
        and _heads(shape, box)
    ]
    yield from sorted(near, key=lambda shape: (shape.x - box.x) ** 2 + (shape.y - box.y) ** 2)


def _heads(head: Shape, box: Shape) -> bool:
    """Say whether a small box lies along the left or the top of another, inside or right beside it."""
    from_left = min(abs(head.x - box.x), abs(head.x + head.width - box.x)) <= GAP
    from_top = min(abs(head.y - box.y), abs(head.y + head.height - box.y)) <= GAP
    across = head.x < box.x + box.width and box.x < head.x + head.width
    along = head.y < box.y + box.height and box.y < head.y + head.height
    upright = from_left and along and head.width <= NARROW * box.width
    level = from_top and across and head.height <= NARROW * box.height
    return upright or level
