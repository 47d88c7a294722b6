"""
Layers: on which layer each node of a graph stands and where on it, so that few arcs cross and most run one way.

Theory of operation. The usual steps of layered drawings (Sugiyama, Tagawa, Toda, 1981; Gansner et al., "A technique for
drawing directed graphs", 1993). Arcs are taken by falling weight and kept while they close no circle, so it is the rare
ones that run against the others; of equal ones those first that lead away from the beginning. A node's layer is its
longest way from a beginning; a node to which nothing leads stands right before the first that it leads to. Arcs over
several layers get a bend on each, nodes and bends are swept into the order of the mean of their neighbours, and are
then pulled towards these without overlapping. Everything is decided by weight and order, never by chance.

Whether layers are rows or columns, how far apart they lie and where on a node an arc begins is the caller's: the map of
a log (``flow.mining.map``) and derived charts (``flow.charts.views``) are both drawn on these layers.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

Arc = tuple[str, str, float]
"""Source, target and weight; heavy arcs run straight and ahead."""
Bend = tuple[int, float]
"""A layer, and the place on it, that an arc goes through on its way."""

SWEEPS, PULLS = 12, 24


@dataclass(frozen=True, slots=True)
class Layered:
    """
    ``layer`` and ``place``: of each node its layer, from 0, and its middle along it; what comes first on any layer
    begins at 0. ``bends``: per arc what it goes through between its ends, from source to target. ``is_ahead``: per arc
    whether it leads from a lower layer to a higher one; arcs from a node to itself do not.
    """

    layer: Mapping[str, int]
    place: Mapping[str, float]
    bends: tuple[tuple[Bend, ...], ...]
    is_ahead: tuple[bool, ...]


def layered(breadths: Mapping[str, float], arcs: Sequence[Arc], *, gap: float, bend: float) -> Layered:
    """
    Return where nodes and arcs go. ``breadths``: the size of each node along its layer, in the order that decides
    between equals, what begins first. ``gap``: between things on a layer; ``bend``: the room that an arc takes there.

    An arc may occur more than once, and lead from a node to itself.
    """
    nodes = list(breadths)
    ahead = _without_circles(nodes, arcs)
    stage = _Stage(breadths, _layers(nodes, [arcs[number] for number in sorted(ahead)]), gap)
    for number, arc in enumerate(arcs):
        stage.lead(arc, bend, is_ahead=number in ahead)
    stage.order()
    stage.pull()
    return stage.done(tuple(number in ahead for number in range(len(arcs))))


def _without_circles(nodes: Sequence[str], arcs: Sequence[Arc]) -> set[int]:
    """The numbers of the arcs that can all run ahead, the heaviest first."""
    away = _distances(nodes, arcs)
    number_of = {node: number for number, node in enumerate(nodes)}
    reaches = {node: 1 << number_of[node] for node in nodes}
    kept: set[int] = set()

    def turn(number: int) -> tuple[float, int, int]:
        source, target, weight = arcs[number]
        return -weight, away[source] - away[target], number

    for number in sorted(range(len(arcs)), key=turn):
        source, target, _weight = arcs[number]
        if reaches[target] >> number_of[source] & 1:
            continue
        kept.add(number)
        gained = reaches[target]
        for node in nodes:
            if reaches[node] >> number_of[source] & 1:
                reaches[node] |= gained
    return kept


def _distances(nodes: Sequence[str], arcs: Sequence[Arc]) -> dict[str, int]:
    """How many arcs each node is away from where things begin: what nothing leads to, or else the first node left."""
    behind: dict[str, list[str]] = {node: [] for node in nodes}
    led_to = set()
    for source, target, _weight in arcs:
        if source != target:
            behind[source].append(target)
            led_to.add(target)
    found: dict[str, int] = {}
    for starts in ([node for node in nodes if node not in led_to], *([node] for node in nodes)):
        queue = [node for node in starts if node not in found]
        found |= dict.fromkeys(queue, 0)
        for node in queue:
            for other in behind[node]:
                if other not in found:
                    found[other] = found[node] + 1
                    queue.append(other)
    return found


def _layers(nodes: Sequence[str], ahead: Sequence[Arc]) -> dict[str, int]:
    """The longest way to each node; what nothing leads to stands close to what it leads to."""
    before: dict[str, list[str]] = {node: [] for node in nodes}
    behind: dict[str, list[str]] = {node: [] for node in nodes}
    for source, target, _weight in ahead:
        before[target].append(source)
        behind[source].append(target)
    waiting = {node: len(before[node]) for node in nodes}
    ready = [node for node in nodes if not waiting[node]]
    layer = dict.fromkeys(nodes, 0)
    for node in ready:
        for other in behind[node]:
            layer[other] = max(layer[other], layer[node] + 1)
            waiting[other] -= 1
            if not waiting[other]:
                ready.append(other)
    for node in nodes:
        if behind[node] and not before[node]:
            layer[node] = min(layer[other] for other in behind[node]) - 1
    return layer


@dataclass(slots=True)
class _Item:
    """
    A node, or the bend of an arc on a layer that it crosses. ``up``, ``down``: neighbours on the layers beside, with
    how strongly they pull.
    """

    breadth: float
    layer: int
    place: float = 0.0
    up: dict[int, float] = field(default_factory=dict)
    down: dict[int, float] = field(default_factory=dict)


class _Stage:
    """Nodes and bends while they are moved about."""

    def __init__(self, breadths: Mapping[str, float], layers: Mapping[str, int], gap: float) -> None:
        self.gap = gap
        self.items: list[_Item] = []
        self.rows: list[list[int]] = [[] for _ in range(max(layers.values(), default=-1) + 1)]
        self.leads: list[tuple[int, ...]] = []
        self.number = {node: self._put(_Item(breadth, layers[node])) for node, breadth in breadths.items()}

    def _put(self, item: _Item) -> int:
        self.items.append(item)
        self.rows[item.layer].append(len(self.items) - 1)
        return len(self.items) - 1

    def lead(self, arc: Arc, bend: float, *, is_ahead: bool) -> None:
        """Lead an arc over the layers between its ends."""
        source, target, weight = arc
        if source == target:
            self.leads.append(())
            return
        first, last = self.number[source], self.number[target]
        upper, lower = (first, last) if is_ahead else (last, first)
        between = range(self.items[upper].layer + 1, self.items[lower].layer)
        way = [upper, *(self._put(_Item(bend, layer)) for layer in between), lower]
        for one, other in pairwise(way):
            self.items[one].down[other] = self.items[one].down.get(other, 0.0) + weight
            self.items[other].up[one] = self.items[other].up.get(one, 0.0) + weight
        self.leads.append(tuple(way if is_ahead else way[::-1]))

    # --- order --------------------------------------------------------------------------------------------------------
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
        own = self.items[row[0]].layer
        beside = self.rows[own - 1] if is_downwards else self.rows[own + 1]
        place = {item: number for number, item in enumerate(beside)}

        def wanted(ranked: tuple[int, int]) -> tuple[float, int]:
            number, item = ranked
            near = self.items[item].up if is_downwards else self.items[item].down
            return (sum(place[each] for each in near) / len(near) if near else number), number

        row[:] = [item for _number, item in sorted(enumerate(row), key=wanted)]

    def _crossings(self) -> int:
        total = 0
        for upper, lower in pairwise(self.rows):
            place = {item: number for number, item in enumerate(lower)}
            passed: list[int] = []
            for item in upper:
                for end in sorted(place[each] for each in self.items[item].down):
                    total += len(passed) - bisect_right(passed, end)
                    insort(passed, end)
        return total

    # --- places -------------------------------------------------------------------------------------------------------
    def pull(self) -> None:
        """Pull each node and bend towards its neighbours, without overlapping; what has none stands beside the rest."""
        for row in self.rows:
            self._pack(row)
        joined = [[number for number in row if self.items[number].up or self.items[number].down] for row in self.rows]
        for pull in range(PULLS):
            rows = joined if pull % 2 == 0 else joined[::-1]
            for row in rows:
                self._pull(row, is_downwards=pull % 2 == 0)
        for row, pulled in zip(self.rows, joined, strict=True):
            for number in row if pulled else ():
                if number not in pulled:
                    self.items[number].place = self.items[pulled[-1]].place + self._apart(pulled[-1], number)
                    pulled.append(number)
        begin = min((item.place - item.breadth / 2 for item in self.items), default=0.0)
        for item in self.items:
            item.place -= begin

    def _pack(self, row: Sequence[int]) -> None:
        at = 0.0
        for number in row:
            item = self.items[number]
            item.place = at + item.breadth / 2
            at += item.breadth + self.gap
        for number in row:
            self.items[number].place -= at / 2

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
        for number, at in zip(row, middle, strict=True):
            self.items[number].place = at

    def _wanted(self, number: int, *, is_downwards: bool) -> float:
        item = self.items[number]
        beside = (item.up if is_downwards else item.down) or item.up or item.down
        pulled = sum(beside.values())
        return (
            sum(self.items[each].place * weight for each, weight in beside.items()) / pulled if pulled else item.place
        )

    def _apart(self, one: int, other: int) -> float:
        return (self.items[one].breadth + self.items[other].breadth) / 2 + self.gap

    # --- the result ---------------------------------------------------------------------------------------------------
    def done(self, is_ahead: tuple[bool, ...]) -> Layered:
        """Return what was made."""
        return Layered(
            {node: self.items[number].layer for node, number in self.number.items()},
            {node: self.items[number].place for node, number in self.number.items()},
            tuple(tuple((self.items[each].layer, self.items[each].place) for each in way[1:-1]) for way in self.leads),
            is_ahead,
        )
