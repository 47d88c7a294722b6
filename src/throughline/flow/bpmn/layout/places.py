"""
From cells to coordinates: one container drawn at the origin.

Widths of columns and gaps and heights of rows and channels follow from what is in them; then every node, boundary
event, caption and line has its place. A sub-process is laid out first and then stands in its cell as one large node.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final

from throughline.flow.bpmn import model
from throughline.flow.bpmn.layout.graph import Graph, Link, graph_of
from throughline.flow.bpmn.layout.grid import Grid, grid_of, lane_indices
from throughline.flow.bpmn.layout.names import cleared
from throughline.flow.bpmn.layout.routes import ABOVE, BELOW, BODY, Departure, Exit, Leg, Route, Router, Side, channel
from throughline.flow.bpmn.layout.satellites import Satellite, satellites_of
from throughline.flow.bpmn.layout.sizes import BORDER_NAME, EVENT, NOTE_WIDTH, TASK, border_width, caption_size, size_of
from throughline.flow.bpmn.render.geometry import Box, Point

GAP: Final = 46.0
OUTER_GAP: Final = 26.0
TRACK: Final = 12.0
CHANNEL: Final = 9.0
LANE_PAD: Final = 8.0
LOWEST_LANE: Final = 104.0
SUB_PAD: Final = (14.0, 34.0, 14.0, 20.0)
"""Left, top, right and bottom between the border of a sub-process and what is inside; its name stands at the top."""
UPRIGHT_LABEL: Final = 64.0
LOOSE_GAP: Final = 24.0
NARROW: Final = 620.0
"""Loose nodes stand beside each other up to this width, or that of the rows above if they are wider."""
BESIDE: Final = 6.0


@dataclass(slots=True)
class Placed:
    """A container's drawing, with its upper left corner at the origin."""

    boxes: dict[str, Box] = field(default_factory=dict)
    captions: dict[str, Box] = field(default_factory=dict)
    lines: dict[str, list[Point]] = field(default_factory=dict)
    lanes: list[tuple[float, float]] = field(default_factory=list)
    width: float = 0
    height: float = 0

    def add(self, other: Placed, dx: float, dy: float) -> None:
        """Take over another drawing, moved."""
        for each, box in other.boxes.items():
            self.boxes[each] = box._replace(x=box.x + dx, y=box.y + dy)
        for each, box in other.captions.items():
            self.captions[each] = box._replace(x=box.x + dx, y=box.y + dy)
        for each, points in other.lines.items():
            self.lines[each] = [(x + dx, y + dy) for x, y in points]


def place(
    container: model.Container,
    lanes: Sequence[model.Lane] = (),
    lowest: Sequence[float] = (),
    exits: Sequence[Exit] = (),
) -> Placed:
    """
    Return the drawing of the container.

    ``lanes`` are its innermost lanes in order, ``lowest`` the heights they need at least for their names. ``exits``
    are ends of lines that leave it; each becomes a line of its own, called by its :func:`exit_name`, from the node to
    the border.
    """
    inside = {item.id: place(item) for item in container.nodes if isinstance(item, model.SubProcess)}
    graph = graph_of(container)
    grid = grid_of(graph, lane_indices(list(lanes)), len(lanes))
    return _Placing(container, graph, grid, inside, lowest, exits).placed()


def exit_name(leaving: Exit) -> str:
    """Return the name of the part of a line that lies inside the container."""
    return f"{leaving.line} {leaving.node}"


class _Placing:
    """The measures of one container and what follows from them."""

    def __init__(  # noqa: PLR0917  what place() was given and made of it
        self,
        container: model.Container,
        graph: Graph,
        grid: Grid,
        inside: Mapping[str, Placed],
        lowest: Sequence[float],
        exits: Sequence[Exit],
    ) -> None:
        self.graph = graph
        self.grid = grid
        self.inside = inside
        self.lowest = lowest
        self.router = Router(graph, grid, [each for each in exits if each.node in grid.cells])
        self.satellites = satellites_of(container, graph)
        self.sides: dict[str, set[Side]] = defaultdict(set)
        self.starts: dict[tuple[str, Side], list[Link]] = defaultdict(list)
        for route in self.router.routes:
            self.sides[route.link.via or route.link.source].add(route.start)
            self.sides[route.link.target].add(route.end)
            self.starts[route.link.via or route.link.source, route.start].append(route.link)
        for leaving in exits:
            self.sides[leaving.node].add("top" if leaving.upward else "bottom")
        self.sizes = {node: self.size(node) for node in graph.nodes}
        self.names = {node: self.caption(node) for node in graph.nodes}
        self.rooms = self.label_rooms()
        self.columns, self.gaps = self.level_measures()
        self.xs = _starts([length for pair in zip(self.gaps, [*self.columns, 0.0], strict=True) for length in pair])
        self.ups, self.downs = self.row_measures()
        self.result = Placed()
        self.ys: dict[int, float] = {}

    # --- measures
    def size(self, node: str) -> tuple[float, float]:
        """Width and height of a node, of a sub-process with what is inside."""
        placed = self.inside.get(node)
        if placed is None:
            return size_of(self.graph.nodes[node], self.graph.boundary.get(node, ()))
        left, top, right, bottom = SUB_PAD
        least = max(140.0, border_width(self.graph.boundary.get(node, ())))
        return max(placed.width + left + right, least), max(placed.height + top + bottom, 90.0)

    def caption(self, node: str) -> tuple[float, float]:
        """Width and height of the name outside a node."""
        element = self.graph.nodes[node]
        outside = isinstance(element, model.Event | model.Gateway)
        if not outside:
            return 0.0, 0.0
        corner = self.caption_place(node) == "corner"
        return caption_size(element.name, UPRIGHT_LABEL) if corner else caption_size(element.name)

    def level_measures(self) -> tuple[list[float], list[float]]:
        """Widths of the columns and of the gaps around them."""
        number = self.grid.columns
        columns = [EVENT[0]] * number
        for node, (column, _) in self.grid.cells.items():
            columns[column] = max(columns[column], self.sizes[node][0], self.names[node][0] - 14)
        gaps = []
        for gap in range(number + 1):
            inner = 0 < gap < number
            tracks = self.router.tracks_of_gap(gap)
            least = GAP if inner else OUTER_GAP
            gaps.append(max(least, self.rooms[gap] + tracks * TRACK + 22, tracks * TRACK + 28))
        return columns, gaps

    def label_rooms(self) -> dict[int, float]:
        """The width of the widest name that starts at the left of each gap."""
        rooms: dict[int, float] = defaultdict(float)
        for route in self.router.routes:
            if route.start == "right" and route.link.name:
                gap = self.grid.cells[route.link.source][0] + 1
                rooms[gap] = max(rooms[gap], caption_size(route.link.name)[0] + BESIDE)
        return rooms

    def row_measures(self) -> tuple[list[float], list[float]]:
        """How far each row reaches above and below its middle line."""
        ups, downs = [20.0] * self.grid.rows, [20.0] * self.grid.rows
        for node, (_, row) in self.grid.cells.items():
            up, down = self.reach(node)
            ups[row], downs[row] = max(ups[row], up), max(downs[row], down)
        for row in range(self.grid.rows):
            above = [
                each.size[1] + each.name_size[1] + 14
                for each in self.satellites
                if self.grid.cells.get(each.node, (0, -1))[1] == row
            ]
            ups[row] += max(above, default=0.0)
        return ups, downs

    def reach(self, node: str) -> tuple[float, float]:
        """How far a node with its name and boundary events reaches above and below its middle."""
        half = self.sizes[node][1] / 2
        height = self.names[node][1]
        place = self.caption_place(node)
        up = half + (height + 4 if place == "above" else max(height - 4, 0) if place == "corner" else 0)
        down = half + (height + 6 if place == "below" else 0)
        for event, room in self.border_rooms(node):
            down = max(down, half + max(EVENT[1] / 2 + 6, caption_size(event.name, room)[1] + 8))
        return up, down

    def caption_place(self, node: str) -> str:
        """Where the name goes: below, above if a line leaves below, else left of the upper tip."""
        sides = self.sides[node]
        return "below" if "bottom" not in sides else "above" if "top" not in sides else "corner"

    def border_rooms(self, node: str) -> list[tuple[model.BoundaryEvent, float]]:
        """The boundary events of a node with the width that each one's name may have."""
        events = self.graph.boundary.get(node, [])
        width = self.sizes[node][0]
        room = BORDER_NAME if len(events) > 1 else width * 0.7 - EVENT[0] / 2 + 10
        return [(event, room) for event in events]

    # --- coordinates
    def placed(self) -> Placed:
        """Everything at its place."""
        self.find_rows()
        for node in self.grid.cells:
            self.place_node(node, self.middle(node))
        for satellite in self.satellites:
            if satellite.node in self.grid.cells:
                self.place_satellite(satellite)
        self.place_tethers()
        for route in self.router.routes:
            self.place_line(route)
        for departure in self.router.departures:
            self.place_departure(departure)
        result = self.result
        nodes = {key: box for key, box in result.boxes.items() if key not in self.inside}
        result.captions = cleared(result.captions, nodes, result.lines)
        boxes = [*result.boxes.values(), *result.captions.values()]
        result.width = max([self.xs[-1], *(box.right + 10 for box in boxes)])
        if not self.grid.cells:
            result.width = max(result.width, 120.0)
        return result

    def find_rows(self) -> None:
        """Find the y of every row and channel, and the lanes' borders."""
        y, row = 0.0, 0
        for lane, number in enumerate(self.grid.lane_rows):
            top = y
            y += LANE_PAD
            for _ in range(number):
                y = self.find_row(row, y)
                row += 1
            y = self.place_loose(lane, y) + LANE_PAD
            needed = max(LOWEST_LANE if self.lowest else 0.0, self.lowest[lane] if lane < len(self.lowest) else 0.0)
            missing = max(needed - (y - top), 0.0)
            self.move_rows(row - number, row, missing / 2)
            y += missing
            self.result.lanes.append((top, y - top))
        self.result.height = y

    def place_loose(self, lane: int, y: float) -> float:
        """Place what no flow connects below the lane's rows; returns where it ends."""
        nodes = set(self.grid.loose[lane])
        apart = [each for each in self.satellites if each.node in nodes or (lane == 0 and not each.node)]
        x, height = OUTER_GAP, 0.0
        items: list[str | Satellite] = [*self.grid.loose[lane], *apart]
        for item in items:
            width, needed = self.loose_size(item)
            if x > OUTER_GAP and x + width > max(self.xs[-1], NARROW):
                x, y, height = OUTER_GAP, y + height, 0.0
            if isinstance(item, Satellite):
                self.put_satellite(item, Box(x, y + LOOSE_GAP / 2, width, needed))
            else:
                self.place_node(item, (x + width / 2, y + LOOSE_GAP / 2 + self.reach(item)[0]))
            x += width + LOOSE_GAP
            height = max(height, needed + LOOSE_GAP)
        return y + height

    def loose_size(self, item: str | Satellite) -> tuple[float, float]:
        """Width and height that something loose needs with its name."""
        if isinstance(item, Satellite):
            return max(item.size[0], item.name_size[0]), item.size[1] + item.name_size[1]
        return max(self.sizes[item][0], self.names[item][0]), sum(self.reach(item))

    def find_row(self, row: int, y: float) -> float:
        """Lay out one row with its channels; returns where the next one starts."""
        self.ys[channel(row, ABOVE)] = y
        y += self.channel_height(channel(row, ABOVE)) + self.ups[row]
        self.ys[channel(row, BODY)] = y
        y += self.downs[row]
        self.ys[channel(row, BELOW)] = y
        return y + self.channel_height(channel(row, BELOW))

    def channel_height(self, index: int) -> float:
        """The height of a channel with its tracks."""
        tracks = self.router.tracks_of_channel(index)
        return CHANNEL + (tracks * TRACK if tracks else 0)

    def move_rows(self, first: int, last: int, by: float) -> None:
        """Move rows down, so that they stand in the middle of a lane that its name makes higher."""
        for row in range(first, last):
            for side in (ABOVE, BODY, BELOW):
                self.ys[channel(row, side)] += by

    def middle(self, node: str) -> Point:
        """The middle of a node's cell."""
        column, row = self.grid.cells[node]
        return self.xs[2 * column + 1] + self.columns[column] / 2, self.ys[channel(row, BODY)]

    def place_node(self, node: str, middle: Point) -> None:
        """Place a node, its name, its boundary events and what is inside."""
        (x, y), (width, height) = middle, self.sizes[node]
        box = Box(x - width / 2, y - height / 2, width, height)
        self.result.boxes[node] = box
        if node in self.inside:
            left, top, *_ = SUB_PAD
            spare = width - left - SUB_PAD[2] - self.inside[node].width
            self.result.add(self.inside[node], box.x + left + max(spare, 0) / 2, box.y + top)
        self.place_caption(node, box)
        self.place_border(node, box)

    def place_caption(self, node: str, box: Box) -> None:
        """Place the name outside a node."""
        width, height = self.names[node]
        if not width:
            return
        place = self.caption_place(node)
        x = box.cx - 9 - width if place == "corner" else box.cx - width / 2
        y = {"below": box.bottom + 4, "above": box.y - height - 4, "corner": box.y - height + 4}[place]
        self.result.captions[node] = Box(x, y, width, height)

    def place_border(self, node: str, box: Box) -> None:
        """Place the boundary events on the lower border, their names to the right of each."""
        rooms = self.border_rooms(node)
        for index, (event, room) in enumerate(rooms):
            x = box.x + (box.width * index / len(rooms) + EVENT[0] / 2 + 5 if len(rooms) > 1 else box.width * 0.3)
            self.result.boxes[event.id] = Box(x - EVENT[0] / 2, box.bottom - EVENT[1] / 2, *EVENT)
            width, height = caption_size(event.name, room)
            if width:
                self.result.captions[event.id] = Box(x + EVENT[0] / 2 + 3, box.bottom + 5, width, height)

    def place_satellite(self, satellite: Satellite) -> None:
        """Place data or a remark above its node, right of what stands there already."""
        row = self.grid.cells[satellite.node][1]
        base = self.ys[channel(row, ABOVE)] + self.channel_height(channel(row, ABOVE))
        area = Box(self.middle(satellite.node)[0] + 12, base, *self.loose_size(satellite))
        others = [*self.result.boxes.values(), *self.result.captions.values()]
        while (hit := next((other for other in others if other.meets(area)), None)) is not None:
            area = area._replace(x=hit.right + 10)
        self.put_satellite(satellite, area)

    def put_satellite(self, satellite: Satellite, area: Box) -> None:
        """Put data or a remark into the area, its name at the top."""
        (width, height), (name_width, name_height) = satellite.size, satellite.name_size
        self.result.boxes[satellite.id] = Box(area.cx - width / 2, area.y + name_height, width, height)
        if name_width:
            self.result.captions[satellite.id] = Box(area.cx - name_width / 2, area.y - 2, name_width, name_height)

    def place_tethers(self) -> None:
        """Place the dotted lines between satellites and nodes."""
        for satellite in self.satellites:
            for tie in satellite.ties:
                box, node = self.result.boxes[satellite.id], self.result.boxes[tie.node]
                points = tether(box, node)
                self.result.lines[tie.line] = points[::-1] if tie.outward else points

    # --- lines
    def place_line(self, route: Route) -> None:
        """Place a line and its name."""
        link = route.link
        points = [self.port(link.via or link.source, route.start)]
        for leg in route.legs:
            x, y = points[-1]
            points.append(self.turn(leg, x, y))
        points.append(self.port(link.target, route.end))
        self.result.lines[link.id] = straightened(points)
        self.place_label(route)

    def place_departure(self, departure: Departure) -> None:
        """Place the part of a message flow from its node to the border."""
        leaving = departure.exit
        box = self.result.boxes[leaving.node]
        used = {route.start for route in self.router.routes if route.link.source == leaving.node}
        used |= {route.end for route in self.router.routes if route.link.target == leaving.node}
        x = self.exit_x(leaving, box, crowded=("top" if leaving.upward else "bottom") in used)
        points = [(x, box.y if leaving.upward else box.bottom)]
        for leg in departure.legs:
            points.append(self.turn(leg, *points[-1]))
        points.append((points[-1][0], 0.0 if leaving.upward else self.result.height))
        self.result.lines[exit_name(leaving)] = points

    def exit_x(self, leaving: Exit, box: Box, *, crowded: bool) -> float:
        """Where an exit meets its node: in the middle, beside it if other lines are there."""
        mates = [each.exit for each in self.router.departures if each.exit.node == leaving.node]
        mates = [each for each in mates if each.upward == leaving.upward]
        if box.width < TASK[0] or (len(mates) == 1 and not crowded):
            return box.cx
        number = mates.index(leaving) - (len(mates) - 1) / 2 + (0.5 if crowded and len(mates) % 2 else 0)
        return box.cx + number * min(28.0, box.width / (len(mates) + 2))

    def port(self, node: str, side: Side) -> Point:
        """The middle of a side of a node."""
        box = self.result.boxes[node]
        return {
            "left": (box.x, box.cy),
            "right": (box.right, box.cy),
            "top": (box.cx, box.y),
            "bottom": (box.cx, box.bottom),
        }[side]

    def turn(self, leg: Leg, x: float, y: float) -> Point:
        """Where a leg ends that starts at x, y."""
        if leg.kind == "gap":
            return self.xs[2 * leg.index] + self.gap_start(leg.index) + leg.track * TRACK, y
        if leg.kind == "node":
            return self.result.boxes[leg.node].cx, y
        if leg.kind == "row":
            return x, self.ys[channel(leg.index, BODY)]
        step = (leg.track + 0.75) * TRACK
        height = self.channel_height(leg.index)
        return x, self.ys[leg.index] + (height - step if leg.index % 3 == ABOVE else step)

    def gap_start(self, gap: int) -> float:
        """How far right of the gap's left border its first track lies: behind the names, else in the middle."""
        room = self.rooms[gap]
        tracks = max(self.router.tracks_of_gap(gap), 1)
        if room:
            return room + 10
        return (self.gaps[gap] - (tracks - 1) * TRACK) / 2

    def place_label(self, route: Route) -> None:
        """
        Place a line's name where it leaves its source, or after its first turn where others leave at the same place.
        """
        link, points = route.link, self.result.lines[route.link.id]
        upright = route.start in ("top", "bottom")
        width, height = caption_size(link.name, UPRIGHT_LABEL) if upright else caption_size(link.name)
        if not width:
            return
        shared = len(self.starts[link.via or link.source, route.start]) > 1
        (x, y), turn, (end, last) = points[0], points[1], points[-1]
        if upright and shared:
            x, y = turn
            top = y - height - 3
        elif shared and route.legs:
            x = max(points[-2][0], end - width - 2 * BESIDE)
            top = last - height - 3
        else:
            top = y + 3 if route.start == "bottom" else y - height - 3
        self.result.captions[link.id] = Box(x + BESIDE, top, width, height)


def tether(box: Box, node: Box) -> list[Point]:
    """Return a line from a satellite to a node: upright where it stands above, else the short way."""
    if box.bottom <= node.y:
        x = box.x + 8 if box.width >= NOTE_WIDTH else box.cx
        return [(x, box.bottom), (min(max(x, node.x + 8), node.right - 8), node.y)]
    if box.y >= node.bottom:
        return [(box.cx, box.y), (node.cx, node.bottom)]
    return [(box.x, box.cy), (node.right, node.cy)] if box.x > node.x else [(box.right, box.cy), (node.x, node.cy)]


def _starts(lengths: Sequence[float]) -> list[float]:
    return [0.0, *accumulate(lengths)]


def straightened(points: Sequence[Point]) -> list[Point]:
    """Return the points without repeats and without those in the middle of a straight stretch."""
    kept: list[Point] = []
    for point in points:
        if kept and abs(kept[-1][0] - point[0]) < 0.01 and abs(kept[-1][1] - point[1]) < 0.01:
            continue
        if len(kept) > 1 and _in_line(kept[-2], kept[-1], point):
            kept[-1] = point
        else:
            kept.append(point)
    return kept if len(kept) > 1 else [kept[0], kept[0]]


def _in_line(one: Point, two: Point, three: Point) -> bool:
    level = abs(one[1] - two[1]) < 0.01 and abs(two[1] - three[1]) < 0.01
    upright = abs(one[0] - two[0]) < 0.01 and abs(two[0] - three[0]) < 0.01
    return level or upright
