"""A log as the inductive miner sees it: traces with counts, and which activity directly follows which."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

Trace = tuple[str, ...]
Traces = Counter[Trace]
"""How often each sequence of activities occurs."""

Arcs = dict[str, dict[str, int]]


@dataclass(slots=True)
class Graph:
    """Which activity directly follows which how often, and which traces begin and end with how often."""

    activities: frozenset[str]
    arcs: Arcs
    starts: Counter[str]
    ends: Counter[str]

    def follows(self, first: str, second: str) -> bool:
        """Whether ``second`` directly follows ``first`` somewhere."""
        return second in self.arcs.get(first, ())

    def without_rare(self, noise: float) -> Graph:
        """
        Return the graph without rare arcs, starts and ends.

        An arc is rare when it occurs less often than ``noise`` times the most frequent way on from its source
        (Leemans, Fahland, van der Aalst, "Discovering block-structured process models from event logs containing
        infrequent behaviour", 2014); an end of traces counts as a way on.
        """
        arcs: Arcs = {}
        for source, targets in self.arcs.items():
            most = max([*targets.values(), self.ends[source]])
            arcs[source] = {target: count for target, count in targets.items() if count >= noise * most}
        return Graph(self.activities, arcs, _frequent(self.starts, noise), _frequent(self.ends, noise))


def _frequent(counts: Counter[str], noise: float) -> Counter[str]:
    most = max(counts.values(), default=0)
    return Counter({word: count for word, count in counts.items() if count >= noise * most})


def graph_of(traces: Mapping[Trace, int]) -> Graph:
    """Return the graph of traces."""
    arcs: dict[str, Counter[str]] = defaultdict(Counter)
    starts: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    activities: set[str] = set()
    for trace, count in traces.items():
        if not trace:
            continue
        activities.update(trace)
        starts[trace[0]] += count
        ends[trace[-1]] += count
        for first, second in pairwise(trace):
            arcs[first][second] += count
    return Graph(frozenset(activities), {source: dict(targets) for source, targets in arcs.items()}, starts, ends)


def components(activities: Iterable[str], neighbours: Mapping[str, set[str]]) -> list[frozenset[str]]:
    """Return the parts that are connected, whatever the direction, in the order of their first names."""
    left, found = sorted(activities), []
    seen: set[str] = set()
    for begin in left:
        if begin in seen:
            continue
        part, queue = {begin}, [begin]
        while queue:
            for other in neighbours.get(queue.pop(), ()):
                if other not in part:
                    part.add(other)
                    queue.append(other)
        seen |= part
        found.append(frozenset(part))
    return found


def reachable(activities: Iterable[str], arcs: Arcs) -> dict[str, frozenset[str]]:
    """Return for each activity all that can come after it, by any number of arcs."""
    found = {}
    for begin in activities:
        seen: set[str] = set()
        queue = [begin]
        while queue:
            for other in arcs.get(queue.pop(), ()):
                if other not in seen:
                    seen.add(other)
                    queue.append(other)
        found[begin] = frozenset(seen)
    return found
