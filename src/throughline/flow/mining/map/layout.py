"""
Where activities stand on the map and how arcs run between them.

Theory of operation. The usual four steps for layered drawings (Sugiyama, Tagawa, Toda, 1981; Gansner et al., "A
technique for drawing directed graphs", 1993), top to bottom. Arcs are taken by falling weight and kept while they close
no circle, so it is the rare ones that run upwards. A node's layer is its longest way from the start. Arcs over several
layers get a bend on each, nodes and bends are swept into the order of the mean of their neighbours, and then pulled
towards these without overlapping. Everything is decided by weight and name, never by chance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

Point = tuple[float, float]
Arc = tuple[str, str]

LAYER_GAP, SIDE_GAP, BEND_WIDTH = 74.0, 36.0, 18.0
SWEEPS, PULLS = 12, 24
PORTS = 0.72
"""The part of a node's width over which arcs arrive and leave."""


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height of a node."""

    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Layout:
    """
    ``centres``: the middle of each node. ``ways``: the points of each arc from its source to its target; an arc from a
    node to itself has its four points at the node's right side.
    """

    width: float
    height: float
    centres: Mapping[str, Point]
    ways: Mapping[Arc, tuple[Point, ...]]


@dataclass(slots=True)
class _Item:
    """
    A node, or the bend of an arc on a layer that it crosses. ``up``, ``down``: neighbours on the layers beside, with
    how strongly they pull.
    """

    size: Size
    layer: int
    x: float = 0.0
    up: dict[int, float] = field(default_factory=dict)
    down: dict[int, float] = field(default_factory=dict)


def lay_out(sizes: Mapping[str, Size], arcs: Mapping[Arc, float]) -> Layout:
    """
    Place nodes and lead arcs.

    ``sizes``: the nodes, the first one is where everything starts. ``arcs``: their weights; heavy ones
    run straight and downwards.
    """
    between = sorted((arc for arc in arcs if arc[0] != arc[1]), key=lambda arc: (-arcs[arc], arc))
    downwards = _without_circles(list(sizes), between)
    layers = _layers(list(sizes), downwards)
    stage = _Stage(sizes, layers)
    for arc in between:
        stage.lead(arc, arcs[arc], is_down=arc in downwards)
    stage.order()
    stage.pull()
    return stage.layout(arcs)


def _without_circles(nodes: Sequence[str], arcs: Sequence[Arc]) -> set[Arc]:
    """The arcs that can all run downwards, the heaviest first."""
    place = {node: number for number, node in enumerate(nodes)}
    reaches = {node: 1 << place[node] for node in nodes}
    kept = set()
    for source, target in arcs:
        if reaches[target] >> place[source] & 1:
            continue
        kept.add((source, target))
        gained = reaches[target]
        for node in nodes:
            if reaches[node] >> place[source] & 1:
                reaches[node] |= gained
    return kept


def _layers(nodes: Sequence[str], downwards: set[Arc]) -> dict[str, int]:
    """The longest way to each node."""
    before: dict[str, list[str]] = {node: [] for node in nodes}
    for source, target in sorted(downwards):
        before[target].append(source)
    found: dict[str, int] = {}

    def layer(node: str) -> int:
        if node not in found:
            found[node] = 1 + max((layer(each) for each in before[node]), default=-1)
        return found[node]

    for node in nodes:
        layer(node)
    return found


class _Stage:
    """Nodes and bends while they are moved about."""

    def __init__(self, sizes: Mapping[str, Size], layers: Mapping[str, int]) -> None:
        self.items: list[_Item] = []
        self.number: dict[str, int] = {}
        self.rows: list[list[int]] = [[] for _ in range(max(layers.values(), default=-1) + 1)]
        self.leads: dict[Arc, tuple[list[int], bool]] = {}
        for node, size in sizes.items():
            self.number[node] = self._put(_Item(size, layers[node]))

    def _put(self, item: _Item) -> int:
        self.items.append(item)
        self.rows[item.layer].append(len(self.items) - 1)
        return len(self.items) - 1

    def lead(self, arc: Arc, weight: float, *, is_down: bool) -> None:
        """Lead an arc over the layers between its ends."""
        upper, lower = (self.number[each] for each in (arc if is_down else arc[::-1]))
        way = [upper]
        for layer in range(self.items[upper].layer + 1, self.items[lower].layer):
            way.append(self._put(_Item(Size(BEND_WIDTH, 0), layer)))
        way.append(lower)
        for one, other in pairwise(way):
            self.items[one].down[other] = self.items[one].down.get(other, 0.0) + weight
            self.items[other].up[one] = self.items[other].up.get(one, 0.0) + weight
        self.leads[arc] = (way, is_down)

    # --- order ----------------------------------------------------------------------------------------------------
    def order(self) -> None:
        """Sweep down and up until arcs cross little; the best order seen is kept."""
        best, fewest = [list(row) for row in self.rows], self._crossings()
        for sweep in range(SWEEPS):
            rows = self.rows[1:] if sweep % 2 == 0 else self.rows[-2::-1]
            for row in rows:
                self._sort(row, is_downwards=sweep % 2 == 0)
            crossings = self._crossings()
            if crossings < fewest:
                best, fewest = [list(row) for row in self.rows], crossings
        self.rows = best

    def _sort(self, row: list[int], *, is_downwards: bool) -> None:
        place = {item: number for each in self.rows for number, item in enumerate(each)}

        def wanted(item: int) -> float:
            beside = self.items[item].up if is_downwards else self.items[item].down
            return sum(place[each] for each in beside) / len(beside) if beside else place[item]

        row.sort(key=lambda item: (wanted(item), place[item]))

    def _crossings(self) -> int:
        total = 0
        for upper, lower in pairwise(self.rows):
            place = {item: number for number, item in enumerate(lower)}
            ends = [place[each] for item in upper for each in sorted(self.items[item].down, key=place.__getitem__)]
            total += sum(one > other for number, one in enumerate(ends) for other in ends[number + 1 :])
        return total

    # --- places ---------------------------------------------------------------------------------------------------
    def pull(self) -> None:
        """Pull each node and bend towards its neighbours, without overlapping."""
        for row in self.rows:
            self._pack(row)
        for pull in range(PULLS):
            rows = self.rows if pull % 2 == 0 else self.rows[::-1]
            for row in rows:
                self._pull(row, is_downwards=pull % 2 == 0)
        left = min((item.x - item.size.width / 2 for item in self.items), default=0.0)
        for item in self.items:
            item.x -= left - SIDE_GAP

    def _pack(self, row: Sequence[int]) -> None:
        x = 0.0
        for number in row:
            item = self.items[number]
            item.x = x + item.size.width / 2
            x += item.size.width + SIDE_GAP
        for number in row:
            self.items[number].x -= x / 2

    def _pull(self, row: Sequence[int], *, is_downwards: bool) -> None:
        wanted = [self._wanted(number, is_downwards=is_downwards) for number in row]
        from_left, from_right = list(wanted), list(wanted)
        for place in range(1, len(row)):
            from_left[place] = max(wanted[place], from_left[place - 1] + self._apart(row[place - 1], row[place]))
        for place in range(len(row) - 2, -1, -1):
            from_right[place] = min(wanted[place], from_right[place + 1] - self._apart(row[place], row[place + 1]))
        middle = [(one + other) / 2 for one, other in zip(from_left, from_right, strict=True)]
        for place in range(1, len(row)):
            middle[place] = max(middle[place], middle[place - 1] + self._apart(row[place - 1], row[place]))
        for number, x in zip(row, middle, strict=True):
            self.items[number].x = x

    def _wanted(self, number: int, *, is_downwards: bool) -> float:
        item = self.items[number]
        beside = (item.up if is_downwards else item.down) or item.up or item.down
        pulled = sum(beside.values())
        return sum(self.items[each].x * weight for each, weight in beside.items()) / pulled if pulled else item.x

    def _apart(self, one: int, other: int) -> float:
        return (self.items[one].size.width + self.items[other].size.width) / 2 + SIDE_GAP

    # --- the result -----------------------------------------------------------------------------------------------
    def layout(self, arcs: Mapping[Arc, float]) -> Layout:
        """Return what was made, in units of the drawing."""
        heights = [max((self.items[each].size.height for each in row), default=0.0) for row in self.rows]
        tops = [SIDE_GAP]
        for height in heights:
            tops.append(tops[-1] + height + LAYER_GAP)
        middle = [top + height / 2 for top, height in zip(tops, heights, strict=False)]
        centres = {
            node: (self.items[number].x, middle[self.items[number].layer]) for node, number in self.number.items()
        }
        ways = self._ways(middle)
        ways |= {arc: self._loop(arc[0], centres) for arc in arcs if arc[0] == arc[1]}
        right = max((item.x + item.size.width / 2 for item in self.items), default=0.0)
        loops = max((x for arc, way in ways.items() if arc[0] == arc[1] for x, _ in way), default=0.0)
        return Layout(max(right, loops) + SIDE_GAP, tops[-1] - LAYER_GAP + SIDE_GAP, centres, ways)

    def _ways(self, middle: Sequence[float]) -> dict[Arc, tuple[Point, ...]]:
        ports = self._ports()
        ways: dict[Arc, tuple[Point, ...]] = {}
        for arc, (way, is_down) in self.leads.items():
            upper, lower = self.items[way[0]], self.items[way[-1]]
            points = [
                (upper.x + ports[arc, way[0]], middle[upper.layer] + upper.size.height / 2),
                *((self.items[each].x, middle[self.items[each].layer]) for each in way[1:-1]),
                (lower.x + ports[arc, way[-1]], middle[lower.layer] - lower.size.height / 2),
            ]
            ways[arc] = tuple(points if is_down else points[::-1])
        return ways

    def _ports(self) -> dict[tuple[Arc, int], float]:
        """How far from the middle of a node each of its arcs begins or ends, so that they lie side by side."""
        found: dict[tuple[Arc, int], float] = {}
        for end in (0, -1):
            at: dict[int, list[tuple[float, bool, Arc]]] = {}
            for arc, (way, is_down) in self.leads.items():
                towards = self.items[way[1] if end == 0 else way[-2]].x
                at.setdefault(way[end], []).append((towards, not is_down, arc))
            for number, arcs in at.items():
                room = self.items[number].size.width * PORTS
                for place, (_towards, _is_up, arc) in enumerate(sorted(arcs)):
                    found[arc, number] = room * ((place + 1) / (len(arcs) + 1) - 0.5)
        return found

    def _loop(self, node: str, centres: Mapping[str, Point]) -> tuple[Point, ...]:
        size, (x, y) = self.items[self.number[node]].size, centres[node]
        right, reach = x + size.width / 2, 26.0
        return ((right, y - 9), (right + reach, y - 16), (right + reach, y + 16), (right, y + 9))
