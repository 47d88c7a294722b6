"""
Which row of which lane every node stands in.

All lanes of a pool share columns (the layers of the graph); each lane has rows of its own. The longest way through a
lane stays in one row, so that the main path is a straight line; side ways take the rows below it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from throughline.flow.bpmn import model
from throughline.flow.bpmn.layout.graph import Graph, Link, in_order

Cell = tuple[int, int]


@dataclass(slots=True)
class Grid:
    """
    Columns and rows of all nodes.

    ``cells``: (column, row) by node, rows counted through all lanes. ``taken``: the node in each cell. ``lane_rows``:
    how many rows each lane has, in lane order; without lanes there is one.
    """

    cells: dict[str, Cell] = field(default_factory=dict)
    taken: dict[Cell, str] = field(default_factory=dict)
    lane_rows: list[int] = field(default_factory=list)
    loose: list[list[str]] = field(default_factory=list)

    @property
    def columns(self) -> int:
        """How many columns there are."""
        return max((column for column, _ in self.taken), default=-1) + 1

    @property
    def rows(self) -> int:
        """How many rows all lanes have together."""
        return sum(self.lane_rows)

    def row_is_free(self, row: int, first: int, last: int) -> bool:
        """Whether no node stands in the row from column ``first`` to ``last``, both included."""
        return all((column, row) not in self.taken for column in range(first, last + 1))

    def column_is_free(self, column: int, first: int, last: int) -> bool:
        """Whether no node stands in the column from row ``first`` to ``last``, both included."""
        return all((column, row) not in self.taken for row in range(first, last + 1))


def grid_of(graph: Graph, lanes: Mapping[str, int], number_of_lanes: int) -> Grid:
    """Return the place of every node; ``lanes`` are the lane indices of the nodes that a lane names."""
    placing = _Placing(graph, _all_lanes(graph, lanes), max(number_of_lanes, 1))
    return placing.grid()


def _all_lanes(graph: Graph, lanes: Mapping[str, int]) -> dict[str, int]:
    """Every node's lane: a node that none names goes with the node before it."""
    before: dict[str, str] = {}
    for link in graph.forward():
        before.setdefault(link.target, link.source)
    found: dict[str, int] = {}
    for node in in_order(graph):
        found[node] = lanes[node] if node in lanes else found.get(before.get(node, ""), 0)
    return found


class _Placing:
    """Rows handed out column by column."""

    def __init__(self, graph: Graph, lanes: Mapping[str, int], number_of_lanes: int) -> None:
        self.graph = graph
        self.lanes = lanes
        self.rows: dict[str, int] = {}
        self.used: list[dict[Cell, str]] = [{} for _ in range(number_of_lanes)]
        self.incoming: dict[str, list[Link]] = defaultdict(list)
        self.main: dict[str, str] = {}
        for link in graph.forward():
            self.incoming[link.target].append(link)
            self.consider(link)
        linked = {node for link in graph.links for node in (link.source, link.target)}
        self.loose = [node for node in graph.nodes if node not in linked]

    def consider(self, link: Link) -> None:
        """Remember the target as the main way on if none from this source is longer."""
        same_lane = self.lanes[link.source] == self.lanes[link.target]
        if not link.via and same_lane and self.weight(link.target) > self.weight(self.main.get(link.source, "")):
            self.main[link.source] = link.target

    def weight(self, node: str) -> int:
        """How long the way from the node still is; -1 for none."""
        return self.graph.depths.get(node, -1)

    def grid(self) -> Grid:
        """Place all nodes and count the rows through all lanes."""
        loose = set(self.loose)
        order = sorted((node for node in self.graph.nodes if node not in loose), key=self.graph.layers.__getitem__)
        for node in order:
            self.place(node, self.graph.layers[node], self.wanted(node))
        return self.counted()

    def wanted(self, node: str) -> int:
        """The row a node would like: that of the way it continues, else below what it branches off."""
        lane = self.lanes[node]
        anchors = [link for link in self.incoming[node] if self.lanes[link.source] == lane]
        straight = [self.rows[link.source] for link in anchors if self.main.get(link.source) == node and not link.via]
        if straight:
            return min(straight)
        return min((self.rows[link.source] + 1 for link in anchors), default=0)

    def place(self, node: str, column: int, wanted: int) -> None:
        """Take the free row nearest to the wanted one, and keep the way to the main successor free."""
        used = self.used[self.lanes[node]]
        row = next(row for row in _nearest(wanted) if used.get((column, row), node) == node)
        used[column, row] = node
        self.rows[node] = row
        self.graph.layers[node] = column
        after = self.main.get(node)
        if after is not None:
            for between in range(column + 1, self.graph.layers[after]):
                used.setdefault((between, row), after)

    def counted(self) -> Grid:
        """The grid with rows counted from the first lane to the last, empty ones left out."""
        grid = Grid()
        for lane in range(len(self.used)):
            inside = [node for node in self.rows if self.lanes[node] == lane]
            filled = {row: index for index, row in enumerate(sorted({self.rows[node] for node in inside}))}
            for node in inside:
                cell = self.graph.layers[node], grid.rows + filled[self.rows[node]]
                grid.cells[node] = cell
                grid.taken[cell] = node
            grid.loose.append([node for node in self.loose if self.lanes[node] == lane])
            grid.lane_rows.append(len(filled) if filled or grid.loose[-1] else 1)
        return grid


def _nearest(wanted: int) -> Iterator[int]:
    """Rows by nearness to the wanted one, the lower of two equally near ones first."""
    yield wanted
    distance = 1
    while True:
        yield wanted + distance
        if wanted - distance >= 0:
            yield wanted - distance
        distance += 1


def lane_indices(lanes: list[model.Lane]) -> dict[str, int]:
    """Return which of the lanes names each node; the first one counts."""
    found: dict[str, int] = {}
    for index, lane in enumerate(lanes):
        for node in lane.nodes:
            found.setdefault(node, index)
    return found
