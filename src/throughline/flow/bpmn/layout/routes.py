"""
How every link runs between the cells of the grid: first which gaps and channels it uses, then which track of each.

Between columns there are gaps for upright stretches, above and below every row channels for level ones. No gap or
channel ever holds a node, so a line that keeps to them crosses none; short cuts through cells are taken only where
the cells are empty. Lines that share neither their source nor their target never share a track.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from throughline.flow.bpmn import model
from throughline.flow.bpmn.layout.graph import Graph, Link
from throughline.flow.bpmn.layout.grid import Grid

Side = Literal["left", "right", "top", "bottom"]
ABOVE, BODY, BELOW = 0, 1, 2


@dataclass(slots=True)
class Leg:
    """
    One turn of a line: go level to ``gap`` or ``node``, or upright to a ``channel`` or the middle of a ``row``.

    ``track`` is found later, for gaps and channels.
    """

    kind: Literal["gap", "node", "channel", "row"]
    index: int = 0
    node: str = ""
    track: int = 0


@dataclass(slots=True)
class Route:
    """A link's way from one side of its source to a side of its target, over the legs between."""

    link: Link
    start: Side
    legs: list[Leg]
    end: Side


@dataclass(slots=True)
class _Lane:
    """The tracks of one gap or channel, each a list of (from, to, source, target)."""

    tracks: list[list[tuple[int, int, str, str]]] = field(default_factory=list)

    def take(self, first: int, last: int, link: Link) -> int:
        """Return the first track on which the stretch meets nobody else's."""
        low, high = min(first, last), max(first, last)
        for index, track in enumerate(self.tracks):
            if all(_apart(low, high, link, other) for other in track):
                track.append((low, high, link.source, link.target))
                return index
        self.tracks.append([(low, high, link.source, link.target)])
        return len(self.tracks) - 1


def _apart(low: int, high: int, link: Link, other: tuple[int, int, str, str]) -> bool:
    first, last, source, target = other
    return high < first or last < low or source == link.source or target == link.target


def channel(row: int, side: int) -> int:
    """Return the index of the channel above or below a row; the middle of the row lies between them."""
    return 3 * row + side


@dataclass(frozen=True, slots=True)
class Exit:
    """A line that leaves the container, or comes in, at the top or bottom of ``node``: one end of a message flow."""

    line: str
    node: str
    upward: bool


@dataclass(slots=True)
class Departure:
    """The way of an exit between its node and the border: straight, or over a channel and the gap after the node."""

    exit: Exit
    legs: list[Leg]


class Router:
    """All routes over one grid."""

    def __init__(self, graph: Graph, grid: Grid, exits: Sequence[Exit] = ()) -> None:
        self.graph = graph
        self.grid = grid
        self.rows: dict[int, list[tuple[int, int, str, str]]] = defaultdict(list)
        self.columns: dict[int, list[tuple[int, int, str, str]]] = defaultdict(list)
        self.gaps: dict[int, _Lane] = defaultdict(_Lane)
        self.channels: dict[int, _Lane] = defaultdict(_Lane)
        self.straight: set[str] = set()
        self.routes = [self.route(link) for link in sorted(graph.links, key=self.span)]
        for route in self.routes:
            self.assign(route)
        self.departures = [self.departure(each) for each in exits]

    def span(self, link: Link) -> tuple[int, int]:
        """Short links are routed first: they have the best claim to a straight line."""
        (c1, r1), (c2, r2) = self.grid.cells[link.source], self.grid.cells[link.target]
        return abs(c2 - c1) + abs(r2 - r1), abs(r2 - r1)

    def tracks_of_gap(self, gap: int) -> int:
        """How many upright tracks the gap before column ``gap`` has."""
        return len(self.gaps[gap].tracks) if gap in self.gaps else 0

    def tracks_of_channel(self, index: int) -> int:
        """How many level tracks the channel has."""
        return len(self.channels[index].tracks) if index in self.channels else 0

    # --- choosing a way
    def route(self, link: Link) -> Route:
        """Return the first way that fits, straight ones before bent ones."""
        (c1, _), (c2, _) = self.grid.cells[link.source], self.grid.cells[link.target]
        ways = self.forward(link) if c2 > c1 else self.backward(link)
        return next(ways)

    def forward(self, link: Link) -> Iterator[Route]:
        """The ways of a link to a later column, best first."""
        (c1, r1), (c2, r2) = self.grid.cells[link.source], self.grid.cells[link.target]
        if not link.via and r1 == r2 and self.take_row(r1, c1, c2, link):
            self.straight.add(link.source)
            yield Route(link, "right", [], "left")
        if r1 != r2 and self.leaves_upright(link) and self.take_corner(c1, r1, r2, c2, link):
            yield Route(link, "bottom" if r2 > r1 else "top", [Leg("row", r2)], "left")
        if r1 != r2 and not link.via and self.is_gateway(link.target) and self.take_join(c1, r1, c2, r2, link):
            yield Route(link, "right", [Leg("node", node=link.target)], "bottom" if r1 > r2 else "top")
        if link.via or (self.is_gateway(link.source) and r1 != r2 and link.source in self.straight):
            yield from self.from_tip(link)
        if r1 != r2 and self.take_row(r2, c1, c2, link):
            yield Route(link, "right", [Leg("gap", c1 + 1), Leg("row", r2)], "left")
        if r1 != r2 and self.take_row(r1, c1, c2, link):
            yield Route(link, "right", [Leg("gap", c2), Leg("row", r2)], "left")
        if r1 == r2:
            yield self.detour(link)
        beside = channel(r2, ABOVE if r1 < r2 else BELOW)
        yield Route(link, "right", [Leg("gap", c1 + 1), Leg("channel", beside), Leg("gap", c2), Leg("row", r2)], "left")

    def leaves_upright(self, link: Link) -> bool:
        """Gateways branch off at their tips, boundary events go down."""
        (_, r1), (_, r2) = self.grid.cells[link.source], self.grid.cells[link.target]
        return r2 > r1 if link.via else self.is_gateway(link.source)

    def from_tip(self, link: Link) -> Iterator[Route]:
        """The ways of a link from a boundary event or a tip of a gateway: first into the channel beside the row."""
        (c1, r1), (c2, r2) = self.grid.cells[link.source], self.grid.cells[link.target]
        down = bool(link.via) or r2 > r1
        start: Side = "bottom" if down else "top"
        out = [Leg("channel", channel(r1, BELOW if down else ABOVE)), Leg("gap", c1 + 1)]
        if self.take_row(r2, c1, c2, link):
            yield Route(link, start, [*out, Leg("row", r2)], "left")
        beside = channel(r2, ABOVE if r1 < r2 else BELOW)
        yield Route(link, start, [*out, Leg("channel", beside), Leg("gap", c2), Leg("row", r2)], "left")

    def detour(self, link: Link) -> Route:
        """Past nodes in the same row: below them, or above where boundary events hang."""
        (c1, r1), _ = self.grid.cells[link.source], self.grid.cells[link.target]
        busy = self.graph.boundary.get(link.target) or self.graph.boundary.get(link.source)
        side, end = (ABOVE, "top") if busy else (BELOW, "bottom")
        last = [Leg("channel", channel(r1, side)), Leg("node", node=link.target)]
        if self.is_gateway(link.source):
            return Route(link, "top" if busy else "bottom", last, "top" if end == "top" else "bottom")
        return Route(link, "right", [Leg("gap", c1 + 1), *last], "top" if end == "top" else "bottom")

    def backward(self, link: Link) -> Iterator[Route]:
        """The way of a link against the direction: up, along the channel above the row, down into the target."""
        (c1, r1), (c2, r2) = self.grid.cells[link.source], self.grid.cells[link.target]
        start: Side = "bottom" if link.via else "top"
        first = channel(r1, BELOW if link.via else ABOVE)
        last = channel(r2, ABOVE)
        if link.source == link.target and not link.via:
            yield Route(link, "right", [Leg("gap", c1 + 1), Leg("channel", last), Leg("node", node=link.target)], "top")
        elif first == last:
            yield Route(link, start, [Leg("channel", first), Leg("node", node=link.target)], "top")
        else:
            gap = c2 + 1
            legs = [Leg("channel", first), Leg("gap", gap), Leg("channel", last), Leg("node", node=link.target)]
            yield Route(link, start, legs, "top")

    def is_gateway(self, node: str) -> bool:
        """Whether lines may meet the node at its upper and lower tip."""
        return isinstance(self.graph.nodes[node], model.Gateway)

    # --- short cuts through empty cells
    def take_row(self, row: int, first: int, last: int, link: Link) -> bool:
        """Reserve the middle of a row between two columns, if nothing is in the way."""
        if not self.grid.row_is_free(row, first + 1, last - 1):
            return False
        return self.reserve(self.rows[row], 2 * first + 1, 2 * last + 1, link)

    def take_corner(self, column: int, start: int, row: int, last: int, link: Link) -> bool:
        """Reserve a way upright in the source's column and then along the target's row."""
        low, high = (start + 1, row) if row > start else (row, start - 1)
        if not self.grid.column_is_free(column, low, high):
            return False
        return self.both(column, start, row, (row, column, last), link)

    def take_join(self, first: int, row: int, column: int, end: int, link: Link) -> bool:
        """Reserve a way along the source's row and then upright in the target's column."""
        low, high = (end + 1, row) if row > end else (row, end - 1)
        if not self.grid.column_is_free(column, low, high):
            return False
        return self.both(column, row, end, (row, first, column), link)

    def both(self, column: int, start: int, end: int, level: tuple[int, int, int], link: Link) -> bool:
        """Reserve an upright and a level stretch, or neither."""
        row, first, last = level
        if not self.grid.row_is_free(row, first + 1, last - 1):
            return False
        upright = self.columns[column]
        if not self.reserve(upright, 3 * start + BODY, 3 * end + BODY, link):
            return False
        if self.reserve(self.rows[row], 2 * first + 1, 2 * last + 1, link):
            return True
        upright.pop()
        return False

    def reserve(self, taken: list[tuple[int, int, str, str]], first: int, last: int, link: Link) -> bool:
        """Note the stretch unless a stranger's line runs there."""
        low, high = min(first, last), max(first, last)
        for other in taken:
            inside = not (high <= other[0] or other[1] <= low)
            if inside and other[2] != link.source and other[3] != link.target:
                return False
        taken.append((low, high, link.source, link.target))
        return True

    def departure(self, leaving: Exit) -> Departure:
        """Return the way out of the container: straight on if the column is empty, else through the next gap."""
        column, row = self.grid.cells[leaving.node]
        first, last = (0, row - 1) if leaving.upward else (row + 1, self.grid.rows - 1)
        border = 0 if leaving.upward else 3 * self.grid.rows
        link = Link(leaving.line, leaving.node, leaving.line)
        free = self.grid.column_is_free(column, first, last)
        if free and self.reserve(self.columns[column], 3 * row + BODY, border, link):
            return Departure(leaving, [])
        side = channel(row, ABOVE if leaving.upward else BELOW)
        level = self.channels[side].take(2 * column + 1, 2 * column + 2, link)
        upright = self.gaps[column + 1].take(side, border, link)
        return Departure(leaving, [Leg("channel", side, track=level), Leg("gap", column + 1, track=upright)])

    # --- tracks
    def assign(self, route: Route) -> None:
        """Find tracks for the legs in gaps and channels."""
        (c1, r1), (c2, r2) = self.grid.cells[route.link.source], self.grid.cells[route.link.target]
        level, upright = [2 * c1 + 1], [3 * r1 + BODY]
        for leg in route.legs:
            level.append(self.level_unit(leg, level[-1]))
            upright.append(_upright_unit(leg, upright[-1]))
        level.append(2 * c2 + 1)
        upright.append(3 * r2 + BODY)
        for place, leg in enumerate(route.legs, start=1):
            if leg.kind == "gap":
                leg.track = self.gaps[leg.index].take(upright[place - 1], upright[place + 1], route.link)
            elif leg.kind == "channel":
                leg.track = self.channels[leg.index].take(level[place - 1], level[place + 1], route.link)

    def level_unit(self, leg: Leg, before: int) -> int:
        """Where a leg lies from left to right: gaps are even, columns odd."""
        if leg.kind == "gap":
            return 2 * leg.index
        return 2 * self.grid.cells[leg.node][0] + 1 if leg.kind == "node" else before


def _upright_unit(leg: Leg, before: int) -> int:
    """Where a leg lies from top to bottom: three units for each row, its two channels and its middle."""
    if leg.kind == "channel":
        return leg.index
    return 3 * leg.index + BODY if leg.kind == "row" else before
