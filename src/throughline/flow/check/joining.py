"""
When the joining inclusive gateway may go on (BPMN 2.0.2 §13.4.3), over a state with one bit per place.

It takes what its inputs hold, and waits while a token upstream can still reach an input that is empty, unless from
there it could reach one that is held as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from throughline.flow.check.net import Net, Transition

Upstream = tuple[tuple[int, int], ...]
"""Per input of a join: its bit, and the bits of the places from which a token can come to it."""


def taken_by_join(state: int, takes: int, upstream: Upstream) -> int:
    """Return the bits that the join takes out of ``state``; 0 while it has to wait."""
    held = state & takes
    if not held:
        return 0
    reach_held = reach_empty = 0
    for bit, leading in upstream:
        if state & bit:
            reach_held |= leading
        else:
            reach_empty |= leading
    return 0 if state & ~takes & reach_empty & ~reach_held else held


def upstream_of(join: Transition, net: Net, base: int = 0) -> Upstream:
    """Return what lies upstream of each input, not through the join itself; places are numbered from ``base``."""
    before: dict[int, set[int]] = defaultdict(set)
    for other in net.transitions:
        if other.kind != "inclusive" or other.path[:1] != join.path[:1]:
            for place in other.gives:
                before[place] |= other.takes
    return tuple((1 << (place + base), bits(_leading_to(place, before), base)) for place in join.takes)


def bits(places: Iterable[int], base: int = 0) -> int:
    """Return the places as bits of one number, counted from ``base``."""
    return sum(1 << (place + base) for place in places)


def _leading_to(place: int, before: dict[int, set[int]]) -> set[int]:
    found, frontier = {place}, {place}
    while frontier:
        frontier = set().union(*(before[each] for each in frontier)) - found
        found |= frontier
    return found - {place}
