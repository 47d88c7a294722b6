"""
The flow graph: which activity directly follows which, how often, in how many cases, and how long that takes.

Theory of operation. Two neighbouring events of a case are one step. A step's number is made of its two activities, so
counting is counting numbers, and the spans of all arcs are put in order at once (:mod:`spans`). The span of a step is
from the recording of the first event to that of the second (van der Aalst, "Process Mining", 2nd edition, §6.2 and
§10.1); where beginnings are known, ``waiting`` is only the part until the work of the second began.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from throughline.flow.mining.log import EventLog, Ints
from throughline.flow.mining.spans import Spans, summed_by

T = TypeVar("T")
Elapsed = Callable[[Ints, Ints], Ints]
"""Gives the microseconds from one array of instants to another, by some clock."""


def calendar_time(begin: Ints, end: Ints) -> Ints:
    """Return plain elapsed time."""
    return end - begin


@dataclass(frozen=True, slots=True)
class Flow:
    """One arc: ``count`` steps in ``cases`` cases; ``spans`` sums up what they took."""

    source: str
    target: str
    count: int
    cases: int
    spans: Spans


@dataclass(frozen=True, slots=True)
class FlowGraph:
    """
    Activities with their counts, arcs by falling count, and how many cases start and end with which activity.

    ``in_cases``: in how many cases each activity occurs.
    """

    activities: dict[str, int]
    in_cases: dict[str, int]
    flows: tuple[Flow, ...]
    starts: dict[str, int]
    ends: dict[str, int]


def flow_graph(log: EventLog, elapsed: Elapsed = calendar_time) -> FlowGraph:
    """Return the flow graph of a log; ``elapsed`` is the clock (see :mod:`business`)."""
    return FlowGraph(
        log.activity.counts(),
        cases_with(log),
        flows(log, elapsed),
        log.activity.at(log.first).counts(),
        log.activity.at(log.last).counts(),
    )


def flows(log: EventLog, elapsed: Elapsed = calendar_time) -> tuple[Flow, ...]:
    """Return the arcs, the most frequent first; of equal ones by name."""
    here = log.steps
    there = here + 1
    names = log.activity.words
    pair = log.activity.codes[here].astype(np.int64) * len(names) + log.activity.codes[there]
    found, arc = _numbered(pair, len(names) ** 2)
    in_cases = cases_of(arc, log.case_of[here], len(found), log.cases)
    spans = summed_by(arc, elapsed(log.at[here], log.at[there]), len(found))
    made = [
        Flow(names[number // len(names)], names[number % len(names)], span.count, cases, span)
        for number, cases, span in zip(found, in_cases, spans, strict=True)
    ]
    return tuple(sorted(made, key=lambda flow: (-flow.count, flow.source, flow.target)))


def cases_with(log: EventLog) -> dict[str, int]:
    """Return in how many cases each activity occurs, the most frequent first."""
    words = log.activity.words
    found = cases_of(log.activity.codes, log.case_of, len(words), log.cases)
    ordered = sorted(range(len(words)), key=lambda number: (-found[number], words[number]))
    return {words[number]: found[number] for number in ordered if found[number]}


def cases_of(what: Ints, case: Ints, kinds: int, cases: int) -> list[int]:
    """Return in how many different cases each number below ``kinds`` occurs."""
    if not len(what):
        return [0] * kinds
    keys = what.astype(np.int64) * cases + case
    keys.sort()
    new = np.ones(len(keys), dtype=np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=new[1:])
    counted: list[int] = np.bincount(keys[new] // cases, minlength=kinds).tolist()
    return counted


def _numbered(arc: Ints, possible: int) -> tuple[list[int], Ints]:
    """The arcs that occur, ascending, and each step's position among them."""
    if possible > 1 << 22:  # a table of so many activities would be larger than the log
        found, positions = np.unique(arc, return_inverse=True)
        return found.tolist(), positions
    counts = np.bincount(arc, minlength=possible)
    found = np.flatnonzero(counts)
    table = np.zeros(possible, dtype=np.int64)
    table[found] = np.arange(len(found))
    return found.tolist(), table[arc]


def simplified(graph: FlowGraph, *, activities: float = 1.0, paths: float = 1.0) -> FlowGraph:
    """
    Return the graph with the most frequent share of activities and of arcs between them.

    Both are sliders between 0 and 1. The most frequent activity always stays; so do, for each activity that stays, its
    most frequent arc in and its most frequent arc out, so that nothing stands alone that was connected.
    """
    kept = _most(list(graph.activities), activities, at_least=1)
    between = [flow for flow in graph.flows if flow.source in kept and flow.target in kept]
    strong = _most(between, paths, at_least=0) | _lifelines(between)
    return FlowGraph(
        {name: count for name, count in graph.activities.items() if name in kept},
        {name: count for name, count in graph.in_cases.items() if name in kept},
        tuple(flow for flow in between if flow in strong),
        {name: count for name, count in graph.starts.items() if name in kept},
        {name: count for name, count in graph.ends.items() if name in kept},
    )


def _most(items: Sequence[T], share: float, *, at_least: int) -> set[T]:
    return set(items[: max(at_least, round(len(items) * share))])


def _lifelines(flows: Sequence[Flow]) -> set[Flow]:
    others = [flow for flow in flows if flow.source != flow.target]
    best_out: dict[str, Flow] = {}
    best_in: dict[str, Flow] = {}
    for flow in others:
        best_out.setdefault(flow.source, flow)
        best_in.setdefault(flow.target, flow)
    return {*best_out.values(), *best_in.values()}
