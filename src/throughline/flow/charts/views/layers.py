"""
Giving shapes places in layers (Sugiyama, Tagawa and Toda 1981): few crossings, lines that run one way.

Lines that close a circle are turned for the arranging only. A shape stands one layer behind the farthest that leads to
it; a line over several layers gets a place in each, so that it runs between the shapes. Orders are improved by means of
neighbours (barycentres) until nothing changes, a few times at most. Everything is done in the order of the figure, so
the same figure is arranged the same way.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

from throughline.flow.bpmn.render.text import width_of
from throughline.flow.charts.views.figure import Figure, Line, Point, Shape
from throughline.flow.charts.views.sizes import SMALL, size_of

GAP: Final = 34.0
"""Between shapes of one layer."""
BETWEEN: Final = 90.0
"""Between layers at least; more where words on lines need it."""
LONGEST_WORDS: Final = 200.0
ROUNDS: Final = 8


def arrange(figure: Figure, *, across: bool = True) -> Figure:
    """Return the figure with places; layers follow each other from left to right, or downwards."""
    sized = [replace(shape, width=size[0], height=size[1]) for shape in figure.shapes for size in (size_of(shape),)]
    return _Arranging(figure, sized, across).done()


@dataclass(slots=True)
class _Spot:
    """A shape, or the place of a long line in a layer that it passes."""

    key: str
    layer: int
    length: float
    depth: float
    place: float = 0.0
    before: list[str] = field(default_factory=list)
    behind: list[str] = field(default_factory=list)


class _Arranging:
    def __init__(self, figure: Figure, shapes: list[Shape], across: bool) -> None:
        self.figure, self.shapes, self.across = figure, {shape.id: shape for shape in shapes}, across
        self.spots: dict[str, _Spot] = {}
        self.chains: list[list[str]] = []

    def done(self) -> Figure:
        if not self.shapes:
            return self.figure
        self._put_into_layers()
        layers = self._ordered()
        self._place(layers)
        offsets = self._offsets(layers)
        shapes = {key: self._placed(shape, offsets) for key, shape in self.shapes.items()}
        lines = tuple(
            self._routed(line, chain, shapes, offsets)
            for line, chain in zip(self.figure.lines, self.chains, strict=True)
        )
        return replace(self.figure, shapes=tuple(shapes.values()), lines=_apart(lines, shapes))

    # -- Layers --------------------------------------------------------------------------------------------------------

    def _put_into_layers(self) -> None:
        turned = self._circles()
        ahead = [
            (line.target, line.source) if number in turned else (line.source, line.target)
            for number, line in enumerate(self.figure.lines)
        ]
        layer = self._depths([pair for pair in ahead if pair[0] != pair[1]])
        for key, shape in self.shapes.items():
            length, depth = (shape.height, shape.width) if self.across else (shape.width, shape.height)
            self.spots[key] = _Spot(key, layer[key], length, depth)
        for number, (source, target) in enumerate(ahead):
            chain = self._chain(number, source, target)
            self.chains.append(chain[::-1] if number in turned else chain)

    def _circles(self) -> set[int]:
        """Return the numbers of lines that lead back to where one has come from."""
        leaving: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for number, line in enumerate(self.figure.lines):
            leaving[line.source].append((number, line.target))
        found: set[int] = set()
        done: set[str] = set()
        on_way: set[str] = set()
        for start in self.shapes:
            if start in done:
                continue
            stack = [(start, iter(leaving[start]))]
            on_way.add(start)
            while stack:
                key, ways = stack[-1]
                step = next(ways, None)
                if step is None:
                    stack.pop()
                    on_way.discard(key)
                    done.add(key)
                elif step[1] in on_way:
                    found.add(step[0])
                elif step[1] not in done:
                    on_way.add(step[1])
                    stack.append((step[1], iter(leaving[step[1]])))
        return found

    def _depths(self, ahead: list[tuple[str, str]]) -> dict[str, int]:
        before: dict[str, list[str]] = defaultdict(list)
        behind: dict[str, list[str]] = defaultdict(list)
        for source, target in ahead:
            before[target].append(source)
            behind[source].append(target)
        waiting = {key: len(before[key]) for key in self.shapes}
        ready = [key for key, count in waiting.items() if not count]
        layer = dict.fromkeys(self.shapes, 0)
        for key in ready:
            for other in behind[key]:
                layer[other] = max(layer[other], layer[key] + 1)
                waiting[other] -= 1
                if not waiting[other]:
                    ready.append(other)
        for key in reversed(ready):  # who leads somewhere only stands close to it
            if behind[key] and not before[key]:
                layer[key] = min(layer[other] for other in behind[key]) - 1
        least = min(layer.values())
        return {key: depth - least for key, depth in layer.items()}

    def _chain(self, number: int, source: str, target: str) -> list[str]:
        first, last = self.spots[source].layer, self.spots[target].layer
        chain = [source]
        for depth in range(first + 1, last):
            key = f"\0{number}.{depth}"
            self.spots[key] = _Spot(key, depth, 8.0, 0.0)
            chain.append(key)
        chain.append(target)
        for one, other in pairwise(chain):
            if one != other:
                self.spots[one].behind.append(other)
                self.spots[other].before.append(one)
        return chain

    # -- Orders --------------------------------------------------------------------------------------------------------

    def _ordered(self) -> list[list[_Spot]]:
        layers: list[list[_Spot]] = [[] for _ in range(1 + max(spot.layer for spot in self.spots.values()))]
        for spot in self.spots.values():
            layers[spot.layer].append(spot)
        best, fewest = [list(layer) for layer in layers], self._crossings(layers)
        for turn in range(ROUNDS):
            down = turn % 2 == 0
            for layer in layers if down else layers[::-1]:
                self._sort(layer, layers, down=down)
            crossings = self._crossings(layers)
            if crossings < fewest:
                best, fewest = [list(layer) for layer in layers], crossings
        return best

    def _sort(self, layer: list[_Spot], layers: list[list[_Spot]], *, down: bool) -> None:
        depth = layer[0].layer + (-1 if down else 1)
        if not 0 <= depth < len(layers):
            return
        place = {spot.key: number for number, spot in enumerate(layers[depth])}

        def middle(item: tuple[int, _Spot]) -> float:
            number, spot = item
            near = [place[key] for key in (spot.before if down else spot.behind) if key in place]
            return sum(near) / len(near) if near else number

        layer[:] = [spot for _, spot in sorted(enumerate(layer), key=middle)]

    def _crossings(self, layers: list[list[_Spot]]) -> int:
        count = 0
        for one, other in pairwise(layers):
            place = {spot.key: number for number, spot in enumerate(other)}
            ends = [sorted(place[key] for key in spot.behind if key in place) for spot in one]
            seen: list[int] = []
            for targets in ends:
                count += sum(1 for target in targets for earlier in seen if earlier > target)
                seen += targets
        return count

    # -- Places --------------------------------------------------------------------------------------------------------

    def _place(self, layers: list[list[_Spot]]) -> None:
        for layer in layers:
            at = 0.0
            for spot in layer:
                spot.place = at + spot.length / 2
                at += spot.length + GAP
        for turn in range(ROUNDS):
            for layer in layers if turn % 2 == 0 else layers[::-1]:
                self._pull(layer)
        top = min(spot.place - spot.length / 2 for spot in self.spots.values())
        for spot in self.spots.values():
            spot.place -= top

    def _pull(self, layer: list[_Spot]) -> None:
        """Move the spots of a layer towards their neighbours in others, keeping order and gaps."""
        wished = []
        for spot in layer:
            near = [self.spots[key].place for key in (*spot.before, *spot.behind)]
            wished.append(sum(near) / len(near) if near else spot.place)
        low: list[float] = []
        for spot, wish in zip(layer, wished, strict=True):
            least = low[-1] if low else float("-inf")
            place = max(wish, least + spot.length / 2)
            low.append(place + spot.length / 2 + GAP)
            spot.place = place
        ceiling = float("inf")
        shift = sum(w - s.place for w, s in zip(wished, layer, strict=True)) / len(layer)
        for spot in reversed(layer):
            spot.place = min(spot.place + shift, ceiling - spot.length / 2)
            ceiling = spot.place - spot.length / 2 - GAP

    def _offsets(self, layers: list[list[_Spot]]) -> list[tuple[float, float]]:
        """Return where each layer begins and how deep it is; room for the words on lines lies between."""
        wide = [0.0] * len(layers)
        for line in self.figure.lines:
            first = min(self.spots[line.source].layer, self.spots[line.target].layer)
            room = min(width_of(line.text, SMALL), LONGEST_WORDS) + 30 if self.across else 0.0
            wide[first] = max(wide[first], room)
        offsets, at = [], 0.0
        for layer, room in zip(layers, wide, strict=True):
            depth = max(spot.depth for spot in layer)
            offsets.append((at, depth))
            at += depth + max(BETWEEN, room)
        return offsets

    def _placed(self, shape: Shape, offsets: list[tuple[float, float]]) -> Shape:
        spot = self.spots[shape.id]
        start, depth = offsets[spot.layer]
        main, side = start + (depth - spot.depth) / 2, spot.place - spot.length / 2
        return replace(shape, x=main, y=side) if self.across else replace(shape, x=side, y=main)

    def _routed(
        self, line: Line, chain: list[str], shapes: dict[str, Shape], offsets: list[tuple[float, float]]
    ) -> Line:
        if line.source == line.target:
            return replace(line, points=_loop(shapes[line.source]))
        forward = self.spots[line.source].layer <= self.spots[line.target].layer
        between: list[Point] = []
        for key in chain[1:-1]:
            spot = self.spots[key]
            start, depth = offsets[spot.layer]
            for main in (start, start + depth) if forward else (start + depth, start):
                between.append((main, spot.place) if self.across else (spot.place, main))
        first, last = shapes[line.source], shapes[line.target]
        towards = between[0] if between else last.middle
        away = between[-1] if between else first.middle
        return replace(line, points=(edge(first, towards), *between, edge(last, away)))


def _loop(shape: Shape) -> tuple[Point, ...]:
    right, top = shape.x + shape.width, shape.y
    return (
        (right - 30, top),
        (right - 30, top - 24),
        (right + 24, top - 24),
        (right + 24, top + 20),
        (right, top + 20),
    )


def edge(shape: Shape, towards: Point) -> Point:
    """Return where a line from the middle of a shape to a point leaves it."""
    x, y = shape.middle
    dx, dy = towards[0] - x, towards[1] - y
    if not dx and not dy:
        return x, shape.y + shape.height
    scale = min(
        (shape.width / 2) / abs(dx) if dx else float("inf"), (shape.height / 2) / abs(dy) if dy else float("inf")
    )
    return x + dx * scale, y + dy * scale


def _apart(lines: tuple[Line, ...], shapes: dict[str, Shape]) -> tuple[Line, ...]:
    """Move lines between the same two shapes beside each other, so that none covers the words of another."""
    together: dict[frozenset[str], list[int]] = defaultdict(list)
    for number, line in enumerate(lines):
        if line.source != line.target and len(line.points) == 2:
            together[frozenset((line.source, line.target))].append(number)
    moved = list(lines)
    for numbers in together.values():
        for place, number in enumerate(numbers if len(numbers) > 1 else ()):
            moved[number] = _beside(lines[number], shapes, (place - (len(numbers) - 1) / 2) * 34.0)
    return tuple(moved)


def _beside(line: Line, shapes: dict[str, Shape], by: float) -> Line:
    first, last = sorted((line.source, line.target))
    (ax, ay), (bx, by_) = shapes[first].middle, shapes[last].middle
    length = ((bx - ax) ** 2 + (by_ - ay) ** 2) ** 0.5 or 1.0
    across, down = -(by_ - ay) / length * by, (bx - ax) / length * by
    (sx, sy), (tx, ty) = line.points
    middle = ((sx + tx) / 2 + across, (sy + ty) / 2 + down)
    source, target = shapes[line.source], shapes[line.target]
    return replace(line, points=(edge(source, middle), middle, edge(target, middle)))
