"""
A changed filter over a log that is in memory, as the pages of mining answer it: filter, map, figures, drawing.

    python bench/mining_filter.py [--events 1000000]

Processor time is told, since the pages are answered by one thread; the best of three. The bar for one million events is
half a second for the whole answer; what the page adds (one query for the age of the cases, the template) is in
``bench/pages.py``.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from throughline.flow.mining.filters import AnyFilter, Following, Having, Lasting, Repeating, filtered
from throughline.flow.mining.flows import flow_graph, simplified
from throughline.flow.mining.log import EventLog, Words, ordered
from throughline.flow.mining.map import Look, draw_map
from throughline.flow.mining.statistics import case_durations

BAR = 0.5
ACTIVITIES, PEOPLE, PER_CASE = 12, 20, 10
FILTERS: tuple[AnyFilter, ...] = (
    Following("step 0", "step 1"),
    Having("resource", ("person 1",)),
    Lasting(at_least=60.0),
    Repeating(),
)


def made(events: int) -> EventLog:
    """Return a log of cases of ten events each."""
    chance = np.random.default_rng(1)
    case = np.repeat(np.arange(events // PER_CASE, dtype=np.int32), PER_CASE)
    steps = Words(chance.integers(0, ACTIVITIES, len(case)).astype(np.int32), _names("step", ACTIVITIES))
    people = Words(chance.integers(0, PEOPLE, len(case)).astype(np.int32), _names("person", PEOPLE))
    at = np.arange(len(case), dtype=np.int64) * 7_000_000
    return ordered(Words(case, _names("case", events // PER_CASE)), steps, at, {"resource": people})


def _names(kind: str, count: int) -> tuple[str, ...]:
    return tuple(f"{kind} {number}" for number in range(count))


def answered(log: EventLog, each: AnyFilter) -> int:
    """Do what the page of the map does; returns how many cases are left."""
    left = filtered(log, [each])
    graph = simplified(flow_graph(left), paths=0.3)
    case_durations(left)
    arcs = {(flow.source, flow.target): flow.count for flow in graph.flows}
    looks = {name: Look(str(count)) for name, count in graph.activities.items()}
    draw_map(looks, {arc: Look("1") for arc in arcs}, arcs, title="")
    return left.cases


def main() -> None:
    """Print the times."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=1_000_000)
    log = made(parser.parse_args().events)
    for each in FILTERS:
        best, cases = 1e9, 0
        for _ in range(3):
            begin = time.process_time()
            cases = answered(log, each)
            best = min(best, time.process_time() - begin)
        bar = BAR * log.events / 1_000_000
        print(
            f"{type(each).__name__:10} {cases:>8,} of {log.cases:,} cases left: {best * 1000:.0f} ms"
            f" (bar {bar * 1000:.0f} ms: {'ok' if best <= bar else 'MISSED'})"
        )


if __name__ == "__main__":
    main()
