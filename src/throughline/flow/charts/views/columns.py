"""
Giving a data-flow diagram three columns: where data comes from, the processes in order, where it goes.

A party (store or entity) stands once for each run of processes close to one another, so that lines stay short and do
not cross the whole drawing; its mark says that it is the same one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from throughline.flow.bpmn.render.text import width_of
from throughline.flow.charts.views.figure import Figure, Line, Shape, ShapeKind
from throughline.flow.charts.views.layers import LONGEST_WORDS, edge
from throughline.flow.charts.views.sizes import SMALL, size_of

DOWN: Final = 34.0
"""Between processes."""
APART: Final = 22.0
"""Between parties of one column."""
CLOSE: Final = 2
"""Processes so many places apart share one drawing of a party."""
MOST_LINES: Final = 6


@dataclass(slots=True)
class _Party:
    """A party drawn once: beside which processes, by line number."""

    shape: Shape
    lines: list[int]
    middle: float


def in_columns(figure: Figure) -> Figure:
    """Return the figure with places: processes below one another in their order, parties left and right of them."""
    processes, at = {}, 0.0
    for shape in figure.shapes:
        if shape.kind is ShapeKind.PROCESS:
            width, height = size_of(shape)
            processes[shape.id] = replace(shape, y=at, width=width, height=height)
            at += height + DOWN
    widest = max((shape.width for shape in processes.values()), default=0.0)
    processes = {key: replace(shape, x=-shape.width / 2) for key, shape in processes.items()}
    left = _column(figure, processes, comes=True)
    right = _column(figure, processes, comes=False)
    lines = list(figure.lines)
    drawn: list[Shape] = []
    for side, parties in ((-1, left), (1, right)):
        room = _room([figure.lines[number] for party in parties for number in party.lines])
        for place, party in enumerate(_spread(parties)):
            across = widest / 2 + room
            x = -across - party.shape.width if side < 0 else across
            shape = replace(party.shape, id=f"{party.shape.id}#{side}{place}", x=x)
            drawn.append(shape)
            for number in party.lines:
                lines[number] = _joined(lines[number], shape, processes, comes=side < 0)
    return replace(figure, shapes=(*processes.values(), *drawn), lines=tuple(lines))


def _column(figure: Figure, processes: dict[str, Shape], *, comes: bool) -> list[_Party]:
    places = {key: number for number, key in enumerate(processes)}
    shapes = figure.by_id
    used: dict[str, list[int]] = defaultdict(list)
    for number, line in enumerate(figure.lines):
        process, party = (line.target, line.source) if comes else (line.source, line.target)
        if process in processes and party not in processes:
            used[party].append(number)
    found = []
    for party, numbers in used.items():

        def process_of(number: int) -> str:
            return figure.lines[number].target if comes else figure.lines[number].source

        numbers.sort(key=lambda number: places[process_of(number)])
        for run in _runs(numbers, [places[process_of(number)] for number in numbers]):
            middles = [processes[process_of(number)].middle[1] for number in run]
            width, height = size_of(shapes[party])
            shape = replace(shapes[party], width=width, height=height)
            found.append(_Party(shape, run, sum(middles) / len(middles)))
    return sorted(found, key=lambda party: party.middle)


def _runs(numbers: Sequence[int], places: Sequence[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    last = -(10**9)
    for number, place in zip(numbers, places, strict=True):
        if place - last > CLOSE or len(runs[-1]) >= MOST_LINES:
            runs.append([])
        runs[-1].append(number)
        last = place
    return runs


def _room(lines: Sequence[Line]) -> float:
    """Return how far a column stands off, so that the words on its lines have room."""
    return max((min(width_of(line.text, SMALL), LONGEST_WORDS) for line in lines), default=0.0) + 90.0


def _spread(parties: list[_Party]) -> list[_Party]:
    """Put the parties of a column as near to their processes as the room between them allows."""
    low = float("-inf")
    for party in parties:
        top = max(party.middle - party.shape.height / 2, low)
        party.shape = replace(party.shape, y=top)
        low = top + party.shape.height + APART
    ceiling = float("inf")
    for party in reversed(parties):
        wished = party.middle - party.shape.height / 2
        top = min(party.shape.y, max(wished, party.shape.y - 60.0), ceiling - party.shape.height - APART)
        party.shape = replace(party.shape, y=top)
        ceiling = top
    return parties


def _joined(line: Line, party: Shape, processes: dict[str, Shape], *, comes: bool) -> Line:
    process = processes[line.target if comes else line.source]
    if comes:
        points = (edge(party, process.middle), edge(process, party.middle))
        return replace(line, source=party.id, points=points)
    return replace(line, target=party.id, points=(edge(process, party.middle), edge(party, process.middle)))
