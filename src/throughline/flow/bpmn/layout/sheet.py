"""One page of a chart while it is rearranged: boxes, lines and captions that can be moved apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Final

from throughline.flow.bpmn import model
from throughline.flow.bpmn.layout.names import cleared
from throughline.flow.bpmn.render.geometry import Box, Point

ACROSS: Final = 0
DOWN: Final = 1
TOUCH: Final = 2.0
"""So near to a box the end of a line belongs to it."""


class Sheet:
    """
    A page: ``boxes`` and ``captions`` by the id of what they show, ``lines`` from source to target.

    ``frames`` (pools, lanes, open sub-processes, groups) stretch when room is made inside; everything else moves as a
    whole. ``riders`` sit on the border of something (boundary events on activities) and move with it. ``ends`` are what
    lines begin and end at; for others it is looked up. ``torn`` are the boxes that stood across a place where room was
    made: lines at them may be bent now.
    """

    def __init__(
        self,
        diagram: model.Diagram,
        plane: model.Plane,
        *,
        frames: Iterable[str],
        riders: Mapping[str, str],
        ends: Mapping[str, tuple[str, str]],
    ) -> None:
        self.diagram, self.plane = diagram, plane
        self.frames, self.riders = frozenset(frames), riders
        self.boxes: dict[str, Box] = {}
        self.lines: dict[str, list[Point]] = {}
        self.captions: dict[str, Box] = {}
        self.torn: set[str] = set()
        for item in plane.elements:
            self._take(item)
        self.tied = {
            each: ends.get(each) or (self._near(points[0]), self._near(points[-1]))
            for each, points in self.lines.items()
        }

    def _take(self, item: model.DiagramElement) -> None:
        if isinstance(item, model.Shape) and item.bounds is not None:
            self.boxes[item.element] = _box(item.bounds)
        elif isinstance(item, model.Edge) and len(item.waypoints) > 1:
            self.lines[item.element] = [(point.x, point.y) for point in item.waypoints]
        label = item.label if isinstance(item, model.Shape | model.Edge) else None
        if label is not None and label.bounds is not None:
            self.captions[item.element] = _box(label.bounds)

    def _near(self, point: Point) -> str:
        """The smallest box that a line ends at, empty for none."""
        x, y = point
        found = [
            (box.width * box.height, each)
            for each, box in self.boxes.items()
            if box[0] - TOUCH <= x <= box[0] + box[2] + TOUCH
            and box[1] - TOUCH <= y <= box[1] + box[3] + TOUCH
            and each not in self.frames
        ]
        return min(found)[1] if found else ""

    def remove(self, each: str) -> None:
        """Take something off the page."""
        for part in (self.boxes, self.lines, self.captions):
            part.pop(each, None)

    def holding(self, each: str) -> list[str]:
        """Return the frames around a box."""
        box = self.boxes[each]
        return [name for name in self.frames & self.boxes.keys() if name != each and box.cut(self.boxes[name]) == box]

    # -- Making room ---------------------------------------------------------------------------------------------------

    def spread(self, axis: int, at: float, by: float) -> None:
        """Make room: what lies beyond ``at`` moves by ``by`` along the axis, frames across it become larger."""
        moved = {each: self._spread(each, axis, at, by) for each in self.boxes}
        self.captions = {
            each: box if self._stays(each, box, axis, at) else _moved(box, axis, by)
            for each, box in self.captions.items()
        }
        self.lines = {each: self._stretched(each, moved, axis, at, by) for each in self.lines}
        self.boxes = moved

    def _stays(self, each: str, caption: Box, axis: int, at: float) -> bool:
        """A name stays with its node; that of a line with what it stands beside."""
        return _middle(self._host(each, self.boxes.get(each, caption)), axis) < at

    def _host(self, each: str, box: Box) -> Box:
        return self.boxes.get(self.riders.get(each, ""), box)

    def _spread(self, each: str, axis: int, at: float, by: float) -> Box:
        box = self.boxes[each]
        host = self._host(each, box)
        low, high = host[axis], host[axis] + host[axis + 2]
        if each in self.frames:
            if low >= at:
                return _moved(box, axis, by)
            return box if high < at else _grown(box, axis, by)
        if low < at < high:
            self.torn.add(each)
        return _moved(box, axis, by) if _middle(host, axis) >= at else box

    def _stretched(self, each: str, moved: Mapping[str, Box], axis: int, at: float, by: float) -> list[Point]:
        """A line: its ends move with what they belong to, its corners by where they are."""
        points = self.lines[each]
        found = [_along(point, axis, by) if point[axis] >= at else point for point in points]
        for place, box in zip((0, -1), self.tied.get(each, ("", "")), strict=True):
            if box in moved:
                found[place] = _along(points[place], axis, moved[box][axis] - self.boxes[box][axis])
        return found

    def across(self, axis: int, at: float) -> int:
        """Return how many boxes stand across a place where room could be made."""
        return sum(
            box[axis] < at < box[axis] + box[axis + 2] for each, box in self.boxes.items() if each not in self.frames
        )

    # -- Looking -------------------------------------------------------------------------------------------------------

    def is_free(self, box: Box) -> bool:
        """Say whether nothing but frames lies in a box or runs through it."""
        if any(other.meets(box) for each, other in self.boxes.items() if each not in self.frames):
            return False
        return not any(crosses(points, box) for points in self.lines.values())

    def is_clear(self, points: list[Point], *, besides: Iterable[str]) -> bool:
        """Say whether a line runs through nothing but frames and ``besides``."""
        others = self.boxes.keys() - self.frames - set(besides)
        return not any(crosses(points, self.boxes[each].grown(-1)) for each in others)

    # -- The end -------------------------------------------------------------------------------------------------------

    def elements(
        self, gone: Iterable[str], new: Mapping[str, model.Shape | model.Edge]
    ) -> tuple[model.DiagramElement, ...]:
        """Return what is drawn: without what is ``gone``, what is ``new`` at the end, no name on a node."""
        left_out = set(gone)
        nodes = {each: box for each, box in self.boxes.items() if each not in self.frames}
        self.captions = cleared(self.captions, nodes, self.lines)
        old = [self._placed(item) for item in self.plane.elements if item.element not in left_out]
        known = {item.element for item in old}
        added = [self._placed(item) for item in new.values() if item.element not in known]
        return (*old, *added)

    def _placed(self, item: model.DiagramElement) -> model.DiagramElement:
        caption = self.captions.get(item.element)
        if isinstance(item, model.Shape) and item.element in self.boxes:
            return replace(item, bounds=_bounds(self.boxes[item.element]), label=_label(item.label, caption))
        if isinstance(item, model.Edge) and item.element in self.lines:
            points = tuple(model.Waypoint(x=x, y=y) for x, y in self.lines[item.element])
            return replace(item, waypoints=points, label=_label(item.label, caption))
        return item


def crosses(points: list[Point], box: Box) -> bool:
    """Say whether a line has a stretch inside a box."""
    return any(_meets(one, other, box) for one, other in pairwise(points))


def _meets(one: Point, other: Point, box: Box) -> bool:
    """Whether a stretch and the inside of a box share more than a point (Liang and Barsky 1984)."""
    first, last = 0.0, 1.0
    for axis in (ACROSS, DOWN):
        step, low, high = other[axis] - one[axis], box[axis] - one[axis], box[axis] + box[axis + 2] - one[axis]
        if step == 0:
            if not low < 0 < high:
                return False
            continue
        enters, leaves = sorted((low / step, high / step))
        first, last = max(first, enters), min(last, leaves)
    return first < last


def _middle(box: Box, axis: int) -> float:
    return box[axis] + box[axis + 2] / 2


def _moved(box: Box, axis: int, by: float) -> Box:
    return box._replace(x=box.x + by) if axis == ACROSS else box._replace(y=box.y + by)


def _grown(box: Box, axis: int, by: float) -> Box:
    return box._replace(width=box.width + by) if axis == ACROSS else box._replace(height=box.height + by)


def _along(point: Point, axis: int, by: float) -> Point:
    return (point[0] + by, point[1]) if axis == ACROSS else (point[0], point[1] + by)


def _box(bounds: model.Bounds) -> Box:
    return Box(bounds.x, bounds.y, bounds.width, bounds.height)


def _bounds(box: Box) -> model.Bounds:
    return model.Bounds(x=box.x, y=box.y, width=box.width, height=box.height)


def _label(label: model.Label | None, caption: Box | None) -> model.Label | None:
    if caption is None:
        return label if label is not None and label.bounds is None else None
    return replace(label or model.Label(), bounds=_bounds(caption))
