"""
Where activities stand on the map and how arcs run between them.

Theory of operation. Activities stand on layers from top to bottom (:mod:`throughline.flow.layered`); what is left is to
give layers their heights, and arcs the points at which they leave, bend and arrive. The arcs of a node begin and end
side by side, in the order of where they come from and lead to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from throughline.flow.layered import Layered, layered

Point = tuple[float, float]
Arc = tuple[str, str]

LAYER_GAP, SIDE_GAP, BEND_WIDTH = 74.0, 36.0, 18.0
PORTS = 0.72
"""The part of a node's width over which arcs arrive and leave."""
LOOP = 26.0
"""How far an arc from a node to itself reaches out."""


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


def lay_out(sizes: Mapping[str, Size], arcs: Mapping[Arc, float]) -> Layout:
    """
    Place nodes and lead arcs.

    ``sizes``: the nodes, the first one is where everything starts. ``arcs``: their weights; heavy ones
    run straight and downwards.
    """
    ordered = sorted(arcs, key=lambda arc: (-arcs[arc], arc))
    breadths = {node: size.width for node, size in sizes.items()}
    weighed = [(source, target, arcs[source, target]) for source, target in ordered]
    stands = layered(breadths, weighed, gap=SIDE_GAP, bend=BEND_WIDTH)
    tops = _tops(sizes, stands)
    middle = [(top + after - LAYER_GAP) / 2 for top, after in pairwise(tops)]
    centres = {node: (stands.place[node] + SIDE_GAP, middle[stands.layer[node]]) for node in sizes}
    ways = _ways(sizes, ordered, stands, centres, middle)
    right = max((centres[node][0] + size.width / 2 for node, size in sizes.items()), default=0.0)
    bends = max((x for way in ways.values() for x, _y in way), default=0.0)
    return Layout(max(right, bends) + SIDE_GAP, tops[-1] - LAYER_GAP + SIDE_GAP, centres, ways)


def _tops(sizes: Mapping[str, Size], stands: Layered) -> list[float]:
    """Where each layer begins, and where one more would."""
    heights = [0.0] * (max(stands.layer.values(), default=-1) + 1)
    for node, size in sizes.items():
        heights[stands.layer[node]] = max(heights[stands.layer[node]], size.height)
    tops = [SIDE_GAP]
    for height in heights:
        tops.append(tops[-1] + height + LAYER_GAP)
    return tops


def _ways(
    sizes: Mapping[str, Size], arcs: Sequence[Arc], stands: Layered, centres: Mapping[str, Point], middle: list[float]
) -> dict[Arc, tuple[Point, ...]]:
    bends = {
        arc: tuple((place + SIDE_GAP, middle[layer]) for layer, place in way)
        for arc, way in zip(arcs, stands.bends, strict=True)
    }
    is_down = dict(zip(arcs, stands.is_ahead, strict=True))
    ports = _ports(sizes, bends, is_down, centres)
    ways: dict[Arc, tuple[Point, ...]] = {}
    for arc in arcs:
        source, target = arc
        if source == target:
            ways[arc] = _loop(sizes[source], centres[source])
            continue
        side = 1 if is_down[arc] else -1
        begin, end = centres[source], centres[target]
        ways[arc] = (
            (begin[0] + ports[arc, source], begin[1] + side * sizes[source].height / 2),
            *bends[arc],
            (end[0] + ports[arc, target], end[1] - side * sizes[target].height / 2),
        )
    return ways


def _ports(
    sizes: Mapping[str, Size],
    bends: Mapping[Arc, tuple[Point, ...]],
    is_down: Mapping[Arc, bool],
    centres: Mapping[str, Point],
) -> dict[tuple[Arc, str], float]:
    """How far from the middle of a node each of its arcs begins or ends, so that they lie side by side."""
    at: dict[tuple[str, bool], list[tuple[float, bool, Arc]]] = {}
    for arc, between in bends.items():
        source, target = arc
        if source != target:
            points = (centres[source], *between, centres[target])
            at.setdefault((source, is_down[arc]), []).append((points[1][0], not is_down[arc], arc))
            at.setdefault((target, not is_down[arc]), []).append((points[-2][0], not is_down[arc], arc))
    found: dict[tuple[Arc, str], float] = {}
    for (node, _is_below), arcs in at.items():
        for place, (_towards, _is_up, arc) in enumerate(sorted(arcs)):
            found[arc, node] = sizes[node].width * PORTS * ((place + 1) / (len(arcs) + 1) - 0.5)
    return found


def _loop(size: Size, centre: Point) -> tuple[Point, ...]:
    x, y = centre
    right = x + size.width / 2
    return ((right, y - 9), (right + LOOP, y - 16), (right + LOOP, y + 16), (right, y + 9))
