"""
Alignments with charts that allow too many situations to number them all.

Theory of operation. As in :mod:`align`, but situations are found on the way, and at each position of the trace only
the ``width`` cheapest are kept. A first narrow pass gives a cost that can be reached; a wider one then leaves out only
what is dearer than that. If it never had to leave out anything else, its answer is as exact as the other one;
otherwise it is an upper bound, and says so.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass

from throughline.flow.mining.align import Alignment, Step
from throughline.flow.mining.runs import Following, NeverEnds

NARROW, WIDE = 50, 3_000


@dataclass(frozen=True, slots=True)
class _Arrival:
    """How a situation was arrived at: at what cost, from which arrival, by which move."""

    cost: int
    before: _Arrival | None
    step: Step | None


Row = dict[int, _Arrival]


class Searcher:
    """Aligns traces with a chart; ``nodes``: which nodes each activity, a number, stands for."""

    def __init__(self, following: Following, nodes: Mapping[int, frozenset[str]]) -> None:
        self.following = following
        self.nodes = nodes
        self.truncated = False

    def align(self, trace: tuple[int, ...]) -> Alignment:
        """
        Return an alignment of the trace, optimal if it says so.

        Raises:
            NeverEnds: no end of the chart was found.
        """
        bound = self._pass(trace, NARROW, None)
        if bound is not None and (bound.cost == 0 or bound.is_exact):
            return Alignment(bound.cost, bound.steps)
        found = self._pass(trace, WIDE, bound.cost if bound else None)
        best = found if found is not None and (bound is None or found.cost <= bound.cost) else bound
        if best is None:
            raise NeverEnds
        return best

    def _pass(self, trace: tuple[int, ...], width: int, bound: int | None) -> Alignment | None:
        self.truncated = False
        start = _Arrival(0, None, None)
        row: Row = {self.following.settled(state): start for state in self.following.play.beginnings}
        for position, label in enumerate(trace):
            row = self._next(self._spread(row, width, bound), position, self.nodes.get(label, frozenset()))
        end = self._end(row, width, bound)
        if end is None:
            return None
        return Alignment(end.cost, _steps(end), not self.truncated)

    def _next(self, row: Row, position: int, allowed: frozenset[str]) -> Row:
        after: Row = {}
        extra = Step(None, position)
        for state, arrival in row.items():
            _put(after, state, _Arrival(arrival.cost + 1, arrival, extra))
            for node, there in self.following.after(state)[0]:
                if node in allowed:
                    _put(after, there, _Arrival(arrival.cost, arrival, Step(node, position)))
        return after

    def _spread(self, row: Row, width: int, bound: int | None) -> Row:
        """Let skips lead on, cheapest first, until ``width`` situations are settled."""
        settled: Row = {}
        for state, arrival in self._cheapest_first(row, bound):
            if len(settled) >= width:
                self.truncated = True
                break
            settled[state] = arrival
        return settled

    def _end(self, row: Row, width: int, bound: int | None) -> _Arrival | None:
        for number, (state, arrival) in enumerate(self._cheapest_first(row, bound)):
            if self.following.after(state)[1]:
                return arrival
            if number > width * 20:
                self.truncated = True
                return None
        return None

    def _cheapest_first(self, row: Row, bound: int | None) -> _Queue:
        return _Queue(self.following, row, bound)


class _Queue:
    """Situations by rising cost, those of a row and all that skips lead to."""

    def __init__(self, following: Following, row: Row, bound: int | None) -> None:
        self.following = following
        self.bound = bound
        self.best = dict(row)
        self.heap = [(arrival.cost, number, state) for number, (state, arrival) in enumerate(row.items())]
        self.pushed = len(self.heap)
        self.done: set[int] = set()
        heapq.heapify(self.heap)

    def __iter__(self) -> _Queue:
        return self

    def __next__(self) -> tuple[int, _Arrival]:
        while self.heap:
            cost, _, state = heapq.heappop(self.heap)
            if state in self.done or (self.bound is not None and cost > self.bound):
                continue
            self.done.add(state)
            arrival = self.best[state]
            for node, there in self.following.after(state)[0]:
                known = self.best.get(there)
                if known is None or known.cost > cost + 1:
                    self.best[there] = _Arrival(cost + 1, arrival, Step(node, None))
                    self.pushed += 1
                    heapq.heappush(self.heap, (cost + 1, self.pushed, there))
            return state, arrival
        raise StopIteration


def _put(row: Row, state: int, arrival: _Arrival) -> None:
    known = row.get(state)
    if known is None or known.cost > arrival.cost:
        row[state] = arrival


def _steps(arrival: _Arrival | None) -> tuple[Step, ...]:
    steps: list[Step] = []
    while arrival is not None and arrival.step is not None:
        steps.append(arrival.step)
        arrival = arrival.before
    return tuple(reversed(steps))
