"""
What of each trace goes to which part of a cut.

Where noise was left out of the graph a trace may not fit its cut; then as few events as possible are dropped (choice:
those outside the part with most events; sequence: those outside the best place to part the trace).
"""

from __future__ import annotations

from collections import Counter

from throughline.flow.mining.discover.cuts import Parts
from throughline.flow.mining.discover.graph import Trace, Traces


def choice_split(traces: Traces, parts: Parts) -> list[Traces]:
    """Each trace goes to the part that has most of its events."""
    split: list[Traces] = [Counter() for _ in parts]
    for trace, count in traces.items():
        if not trace:
            continue
        own = max(range(len(parts)), key=lambda number: sum(word in parts[number] for word in trace))
        split[own][tuple(word for word in trace if word in parts[own])] += count
    return split


def sequence_split(traces: Traces, parts: Parts) -> list[Traces]:
    """Each trace is parted at the places where the fewest events lie in the wrong part."""
    split: list[Traces] = [Counter() for _ in parts]
    for trace, count in traces.items():
        for number, (begin, end) in enumerate(_places(trace, parts)):
            split[number][tuple(word for word in trace[begin:end] if word in parts[number])] += count
    return split


def _places(trace: Trace, parts: Parts) -> list[tuple[int, int]]:
    """From where to where each part reaches, by the least number of events that do not fit."""
    size = len(trace)
    cost = [0] + [0] * size
    for end in range(1, size + 1):
        cost[end] = cost[end - 1] + (trace[end - 1] not in parts[0])
    choices: list[list[int]] = []
    for part in parts[1:]:
        following, begins = [0] * (size + 1), [0] * (size + 1)
        cheapest, begin = cost[0], 0
        following[0], begins[0] = cheapest, 0
        for end in range(1, size + 1):
            cheapest += trace[end - 1] not in part
            if cost[end] < cheapest:
                cheapest, begin = cost[end], end
            following[end], begins[end] = cheapest, begin
        cost = following
        choices.append(begins)
    places: list[tuple[int, int]] = []
    end = size
    for begins in reversed(choices):
        places.append((begins[end], end))
        end = begins[end]
    places.append((0, end))
    return places[::-1]


def parallel_split(traces: Traces, parts: Parts) -> list[Traces]:
    """Each part gets its own events of each trace."""
    split: list[Traces] = [Counter() for _ in parts]
    for trace, count in traces.items():
        for number, part in enumerate(parts):
            split[number][tuple(word for word in trace if word in part)] += count
    return split


def loop_split(traces: Traces, parts: Parts) -> list[Traces]:
    """Each trace is cut wherever it goes from one part to another; it begins and ends with the body."""
    split: list[Traces] = [Counter() for _ in parts]
    place = {word: number for number, part in enumerate(parts) for word in part}
    for trace, count in traces.items():
        run: list[str] = []
        current = 0
        for word in trace:
            number = place[word]
            if number != current:
                split[current][tuple(run)] += count
                if current and number:
                    split[0][()] += count  # from one way back to another: the body was done without any event
                run, current = [], number
            run.append(word)
        split[current][tuple(run)] += count
        if current:
            split[0][()] += count
    return split
