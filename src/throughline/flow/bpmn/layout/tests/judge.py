"""Measures of a layout: what overlaps, what lies outside, which lines run through nodes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

from throughline.flow.bpmn import model
from throughline.flow.bpmn.render.geometry import Box, Point

Pair = tuple[str, str]


def box_of(bounds: model.Bounds | None) -> Box:
    """Return the rectangle of bounds."""
    assert bounds is not None
    return Box(bounds.x, bounds.y, bounds.width, bounds.height)


class Sheet:
    """One page of a chart with its places by id."""

    def __init__(self, definitions: model.Definitions, diagram: model.Diagram) -> None:
        assert diagram.plane is not None
        self.plane = diagram.plane
        self.places = {item.id: place for process in definitions.processes for item, place in process.walk()}
        self.elements = {item.id: item for process in definitions.processes for item, _ in process.walk()}
        self.lanes = {lane.id: lane for process in definitions.processes for lane in process.lanes}
        self.boxes = {shape.element: box_of(shape.bounds) for shape in self.plane.shapes}
        self.labels = {
            item.element: box_of(item.label.bounds)
            for item in self.plane.elements
            if isinstance(item, model.Shape | model.Edge) and item.label is not None
        }
        self.lines: dict[str, Sequence[Point]] = {
            edge.element: [(point.x, point.y) for point in edge.waypoints] for edge in self.plane.edges
        }

    def leaves(self) -> dict[str, Box]:
        """The flow nodes that hold no others."""
        return {
            each: box
            for each, box in self.boxes.items()
            if isinstance(self.elements.get(each), model.FlowNode)
            and not isinstance(self.elements[each], model.SubProcess)
        }

    def overlapping(self) -> Iterator[Pair]:
        """Pairs of nodes that share an area, but for boundary events and what they sit on."""
        for (one, box), (other, second) in combinations(self.leaves().items(), 2):
            if box.grown(-0.5).meets(second.grown(-0.5)) and not self.attached(one, other):
                yield one, other

    def attached(self, one: str, other: str) -> bool:
        """Whether one is a boundary event of the other."""
        pairs = ((one, other), (other, one))
        return any(getattr(self.elements[event], "attached_to", "") == host for event, host in pairs)

    def outside(self) -> Iterator[Pair]:
        """Nodes that stick out of the sub-process they belong to, or out of their lane."""
        for each, box in self.boxes.items():
            place = self.places.get(each)
            if (
                place is not None
                and place.id in self.boxes
                and not isinstance(self.elements[each], model.BoundaryEvent)
            ):
                frame = self.boxes[place.id]
                if box.cut(frame) != box:
                    yield each, place.id
        for lane in self.lanes.values():
            for node in lane.nodes:
                if node in self.boxes and lane.id in self.boxes and self.is_first_lane(lane, node):
                    box, frame = self.boxes[node], self.boxes[lane.id]
                    yield from [] if frame.holds((box.cx, box.cy)) else [(node, lane.id)]

    def is_first_lane(self, lane: model.Lane, node: str) -> bool:
        """Whether no earlier lane names the node too, and the node is directly in the lane's process."""
        owner = next(each for each in self.lanes.values() if node in each.nodes and each.child_set is None)
        return owner is lane and isinstance(self.places.get(node), model.Process)

    def covered(self) -> Iterator[Pair]:
        """Names that lie on nodes of others."""
        for each, label in self.labels.items():
            for node, box in self.leaves().items():
                if node != each and label.grown(-1).meets(box):
                    yield each, node

    def pierced(self) -> Iterator[Pair]:
        """Sequence flows that run through nodes."""
        for each, points in self.lines.items():
            if isinstance(self.elements.get(each), model.SequenceFlow):
                for node, box in self.leaves().items():
                    if any(_stretch(*ends).meets(box.grown(-2)) for ends in pairwise(points)):
                        yield each, node


def _stretch(start: Point, end: Point) -> Box:
    (x1, y1), (x2, y2) = start, end
    return Box(min(x1, x2), min(y1, y2), abs(x1 - x2) + 0.01, abs(y1 - y2) + 0.01)


def sheets(definitions: model.Definitions) -> list[Sheet]:
    """Return the pages of a chart."""
    return [Sheet(definitions, diagram) for diagram in definitions.diagrams]
