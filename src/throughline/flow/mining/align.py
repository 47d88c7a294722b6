"""
Optimal alignments: the cheapest way to explain what was recorded as a run of the chart.

Theory of operation. An alignment pairs a trace with a run. A *move on both* is an event that the chart allows there and
costs nothing; an *extra* is an event without the chart, a *skip* a recorded move of the chart without an event; each
costs one (Adriansyah, "Aligning observed and modeled behavior", 2014). For every prefix of a trace a row holds the
least cost of having arrived in each situation (:mod:`runs`). One event leads from row to row; skips spread inside a
row until nothing gets cheaper. Variants share prefixes, so the rows are those of a trie, worked out level by level for
all prefixes of one length at once. The result is exact, whatever the chart; what an alignment consists of is read
backwards from the end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from throughline.flow.mining.log import Ints
from throughline.flow.mining.runs import Runs

Rows = NDArray[np.integer]
CELLS_AT_MOST = 40_000_000
"""So many cells of rows are kept at once; more variants are worked on in turns."""


@dataclass(frozen=True, slots=True)
class Step:
    """
    One move. ``node`` None: an extra event; ``event`` None: a skip; otherwise both together. ``event`` is its position.
    """

    node: str | None
    event: int | None


@dataclass(frozen=True, slots=True)
class Alignment:
    """``cost``: how many moves are not on both. ``steps``: in order. ``is_exact``: no cheaper one exists."""

    cost: int
    steps: tuple[Step, ...]
    is_exact: bool = True


@dataclass(slots=True)
class _Level:
    """All prefixes of one length: ``parents`` in the level before, ``labels`` of their last events, and their rows."""

    parents: list[int]
    labels: list[int]
    rows: Rows


class Aligner:
    """Aligns traces with the runs of one chart; ``nodes``: which nodes each activity, a number, stands for."""

    def __init__(self, runs: Runs, nodes: Mapping[int, frozenset[str]]) -> None:
        self.runs = runs
        self.nodes = nodes
        self.size = len(runs.moves)
        self.into: list[list[tuple[str, int]]] = [[] for _ in range(self.size)]
        for here, ways in enumerate(runs.moves):
            for node, there in ways:
                self.into[there].append((node, here))
        self.skips = _grouped(
            (here, there) for here, ways in enumerate(runs.moves) for _, there in ways if here != there
        )
        self.both = {label: _grouped(self._edges(allowed)) for label, allowed in nodes.items()}
        self.to_end = np.array(runs.to_end, dtype=np.int32)

    def _edges(self, allowed: frozenset[str]) -> list[tuple[int, int]]:
        return [(here, there) for here, ways in enumerate(self.runs.moves) for node, there in ways if node in allowed]

    def align(self, traces: Sequence[tuple[int, ...]]) -> list[Alignment]:
        """Return an optimal alignment of each trace, a tuple of activities as numbers."""
        found: dict[int, Alignment] = {}
        order = sorted(range(len(traces)), key=lambda number: traces[number])
        for some in self._in_turns(order, traces):
            levels, ends = self._levels([traces[number] for number in some])
            for number, place in zip(some, ends, strict=True):
                found[number] = self._read(levels, traces[number], place)
        return [found[number] for number in range(len(traces))]

    def _in_turns(self, order: list[int], traces: Sequence[tuple[int, ...]]) -> list[list[int]]:
        turns: list[list[int]] = [[]]
        cells = 0
        for number in order:
            cells += (len(traces[number]) + 1) * self.size
            if cells > CELLS_AT_MOST and turns[-1]:
                turns.append([])
                cells = (len(traces[number]) + 1) * self.size
            turns[-1].append(number)
        return turns

    # --- forwards -------------------------------------------------------------------------------------------------
    def _levels(self, traces: list[tuple[int, ...]]) -> tuple[list[_Level], list[int]]:
        """The levels of the trie of ``traces``, and where each of them ends in the level of its length."""
        longest = max(map(len, traces), default=0)
        is_long = longest + max(self.runs.to_end) > 10_000
        first = np.full((1, self.size), 1 << 29 if is_long else 20_000, dtype=np.int32 if is_long else np.int16)
        first[0, self.runs.beginnings] = 0
        levels = [_Level([], [], self._spread(first))]
        places = [0] * len(traces)
        for depth in range(longest):
            numbers: dict[tuple[int, int], int] = {}
            for number, trace in enumerate(traces):
                if len(trace) > depth:
                    places[number] = numbers.setdefault((places[number], trace[depth]), len(numbers))
            parents, labels = [key[0] for key in numbers], [key[1] for key in numbers]
            levels.append(_Level(parents, labels, self._next(levels[-1].rows, parents, labels)))
        return levels, places

    def _next(self, rows: Rows, parents: list[int], labels: list[int]) -> Rows:
        before = rows[parents]
        after = before + 1
        by_label: dict[int, list[int]] = defaultdict(list)
        for number, label in enumerate(labels):
            by_label[label].append(number)
        for label, numbers in by_label.items():
            chosen = np.array(numbers, dtype=np.int64)
            edges = self.both.get(label)
            if edges is not None and len(edges.targets):
                best = np.minimum.reduceat(before[np.ix_(chosen, edges.sources)], edges.starts, axis=1)
                place = np.ix_(chosen, edges.targets)
                after[place] = np.minimum(after[place], best)
        return self._spread(after)

    def _spread(self, rows: Rows) -> Rows:
        """Let skips make what they can cheaper."""
        edges = self.skips
        if not len(edges.targets):
            return rows
        while True:
            best = np.minimum.reduceat(rows[:, edges.sources], edges.starts, axis=1) + 1
            current = rows[:, edges.targets]
            if not (best < current).any():
                return rows
            rows[:, edges.targets] = np.minimum(best, current)

    # --- backwards ------------------------------------------------------------------------------------------------
    def _read(self, levels: list[_Level], trace: tuple[int, ...], place: int) -> Alignment:
        row = levels[len(trace)].rows[place]
        totals = row + self.to_end
        here = int(np.argmin(totals))
        cost = int(totals[here])
        steps = [Step(node, None) for node in reversed(self._way_out(here))]
        depth = len(trace)
        while depth or levels[0].rows[0, here]:  # costs nothing only where a case may begin
            step, here, depth, place = self._step_back(levels, trace, depth, place, here)
            steps.append(step)
        return Alignment(cost, tuple(reversed(steps)))

    def _way_out(self, here: int) -> list[str]:
        way = []
        while self.runs.to_end[here]:
            node, here = next(
                each for each in self.runs.moves[here] if self.runs.to_end[each[1]] < self.runs.to_end[here]
            )
            way.append(node)
        return way

    def _step_back(
        self, levels: list[_Level], trace: tuple[int, ...], depth: int, place: int, here: int
    ) -> tuple[Step, int, int, int]:
        row = levels[depth].rows[place]
        cost = row[here]
        if depth:
            label, parent = trace[depth - 1], levels[depth].parents[place]
            before = levels[depth - 1].rows[parent]
            allowed = self.nodes.get(label, frozenset())
            if before[here] + 1 == cost:  # of equal ones the later event is the extra one
                return Step(None, depth - 1), here, depth - 1, parent
            for node, source in self.into[here]:
                if node in allowed and before[source] == cost:
                    return Step(node, depth - 1), source, depth - 1, parent
        node, source = next(each for each in self.into[here] if row[each[1]] + 1 == cost)
        return Step(node, None), source, depth, place


@dataclass(frozen=True, slots=True)
class _Grouped:
    """Edges grouped by target: ``sources`` in one array, the groups' ``starts`` in it, and each group's target."""

    sources: Ints
    starts: Ints
    targets: Ints


def _grouped(edges: Iterable[tuple[int, int]]) -> _Grouped:
    pairs = sorted({(there, here) for here, there in edges})
    table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    targets, starts = np.unique(table[:, 0], return_index=True)
    return _Grouped(table[:, 1], starts, targets)
