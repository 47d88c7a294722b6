"""
How the activities of a log fall apart: into a choice, a sequence, parallel parts or a loop.

Each function looks for one kind of cut of the flow graph, the finest there is, and returns its parts or None. The
conditions are those of Leemans, Fahland and van der Aalst ("Discovering block-structured process models from event
logs", 2013, and Leemans, "Robust process mining with guarantees", 2017, §6.1).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import takewhile

from throughline.flow.mining.discover.graph import Graph, components, reachable

Parts = list[frozenset[str]]


def choice_cut(graph: Graph) -> Parts | None:
    """Parts between which no arc leads."""
    neighbours: dict[str, set[str]] = defaultdict(set)
    for source, targets in graph.arcs.items():
        for target in targets:
            neighbours[source].add(target)
            neighbours[target].add(source)
    return _several(components(graph.activities, neighbours))


def sequence_cut(graph: Graph) -> Parts | None:
    """
    Parts in an order: whoever comes later can be reached from whoever comes earlier, and never the other way.

    Neighbouring parts that can be skipped together are joined, so that a part is skipped as a whole or not at all.
    """
    ahead = reachable(graph.activities, graph.arcs)
    neighbours: dict[str, set[str]] = defaultdict(set)
    for one in graph.activities:
        for other in graph.activities:
            if one != other and (other in ahead[one]) == (one in ahead[other]):
                neighbours[one].add(other)
                neighbours[other].add(one)
    parts = components(graph.activities, neighbours)
    if len(parts) < 2:
        return None
    order = sorted(parts, key=lambda part: (-len(ahead[min(part)] - part), min(part)))
    return _several(_strict(graph, order))


def _strict(graph: Graph, parts: Parts) -> Parts:
    """
    Join what is skipped together (Leemans 2017, the strict sequence cut).

    Around a part that can be skipped, neighbours belong to it that lead no further than to it, or are led to from no
    earlier than from it: they only happen when it does.
    """
    place = {activity: number for number, part in enumerate(parts) for activity in part}
    spans = [(place[source], place[target]) for source, targets in graph.arcs.items() for target in targets]
    begin, beyond = -1, len(parts)
    spans += [(begin, place[activity]) for activity in graph.starts] + [(place[each], beyond) for each in graph.ends]
    furthest = [max((there for here, there in spans if here == number), default=begin) for number in range(len(parts))]
    earliest = [min((here for here, there in spans if there == number), default=beyond) for number in range(len(parts))]
    group = list(range(len(parts)))
    for number in range(len(parts)):
        if any(here < number < there for here, there in spans):
            before = _while(range(number - 1, -1, -1), [each <= number for each in furthest])
            after = _while(range(number + 1, len(parts)), [each >= number for each in earliest])
            for other in (*before, *after):
                group = [group[number] if each == group[other] else each for each in group]
    joined: dict[int, set[str]] = defaultdict(set)
    for number, part in enumerate(parts):
        joined[group[number]] |= part
    return [frozenset(joined[number]) for number in dict.fromkeys(group)]


def _while(numbers: Iterable[int], belongs: list[bool]) -> Iterable[int]:
    return takewhile(belongs.__getitem__, numbers)


def parallel_cut(graph: Graph) -> Parts | None:
    """Parts of which every activity follows every one of the others both ways, each with a start and an end."""
    neighbours: dict[str, set[str]] = defaultdict(set)
    for one in graph.activities:
        for other in graph.activities:
            if one != other and not (graph.follows(one, other) and graph.follows(other, one)):
                neighbours[one].add(other)
                neighbours[other].add(one)
    parts = components(graph.activities, neighbours)
    whole = [part for part in parts if part & graph.starts.keys() and part & graph.ends.keys()]
    rest = frozenset().union(*(part for part in parts if part not in whole))
    if not whole:
        return None
    if rest:
        whole[0] = whole[0] | rest
    return _several(whole)


def loop_cut(graph: Graph) -> Parts | None:
    """
    A body with all starts and ends, and parts that lead from an end back to a start.

    The body comes first. A part joins it if an arc enters it elsewhere than from an end, leaves it elsewhere than to a
    start, or if it does not know all ends or all starts.
    """
    starts, ends = set(graph.starts), set(graph.ends)
    body = starts | ends
    outside = graph.activities - body
    if not outside:
        return None
    neighbours: dict[str, set[str]] = defaultdict(set)
    for source, targets in graph.arcs.items():
        for target in targets:
            if source in outside and target in outside:
                neighbours[source].add(target)
                neighbours[target].add(source)
    parts = components(outside, neighbours)
    kept = []
    for part in parts:
        if _leads_back(graph, part, starts, ends):
            kept.append(part)
        else:
            body |= part
    return _several([frozenset(body), *kept])


def _leads_back(graph: Graph, part: Iterable[str], starts: set[str], ends: set[str]) -> bool:
    inside = set(part)
    entered = [(s, t) for s, targets in graph.arcs.items() for t in targets if t in inside and s not in inside]
    left = [(s, t) for s in inside for t in graph.arcs.get(s, ()) if t not in inside]
    if any(source not in ends for source, _ in entered) or any(target not in starts for _, target in left):
        return False
    entries, exits = {target for _, target in entered}, {source for source, _ in left}
    all_ends = all(graph.follows(end, entry) for end in ends for entry in entries)
    all_starts = all(graph.follows(leaving, start) for start in starts for leaving in exits)
    return bool(entries and exits) and all_ends and all_starts


def _several(parts: Parts) -> Parts | None:
    return parts if len(parts) > 1 else None
