"""
Flow graph with medians, and variants, of a log of ten million events, beside bare DuckDB and PM4Py.

    python bench/mining_flows.py [--cases 1590000] [--no-peer]

A log is made (a Markov chain of 12 activities, a fixed seed), stored as Parquet (for PM4Py as CSV), and read once by
each side into what it works on: arrays here, a table in DuckDB, a formatted data frame in PM4Py. Measured is then the
same question: arcs with count, mean and median, and the variants with counts. Seconds of the processor are those of all
threads together; DuckDB uses two, so the wall clock is printed too. The answers are compared.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from mining_peer import line, pm4py

from throughline.flow.mining.flows import flows
from throughline.flow.mining.variants import variants
from throughline.insight.logs import read_log

KINDS = 12
FLOWS = """
    with steps as (
        select activity as source, lead(activity) over w as target, lead("at") over w - "at" as span
        from log window w as (partition by case_id order by "at", place)
    )
    select source, target, count(*), avg(epoch_us(span)), median(epoch_us(span))
    from (select source, target, span from steps where target is not null) group by source, target
"""
VARIANTS = """
    select way, count(*) from (
        select list(activity order by "at", place) as way from log group by case_id
    ) group by way
"""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=1_590_000)
    parser.add_argument("--no-peer", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "log.parquet"
        print(f"{make(given.cases, file):,} events of {given.cases:,} cases.")
        ours, bare, theirs = _ours(file), _duckdb(file), None if given.no_peer else _pm4py(file)
    print(f"{'':<44} {'Throughline':>11} {'other':>11}")
    print(line("read (PM4Py)", ours[0][1], theirs[0][1] if theirs else None, 1))
    for number, what in enumerate(("flow graph with medians", "variants", "both together"), 1):
        mine, cpu = ours[number]
        print(line(f"{what} (DuckDB, processor)", cpu, bare[number][1], 1 / 1.5))
        print(line(f"{what} (DuckDB, wall clock)", mine, bare[number][0], 1 / 1.5))
        print(line(f"{what} (PM4Py)", cpu, theirs[number][1] if theirs else None, 10))
    assert ours[4][:2] == bare[4][:2], (ours[4], bare[4])
    print("Arcs and variants agree with DuckDB:", ours[4], "PM4Py:", theirs[4] if theirs else "-")


def make(cases: int, file: Path) -> int:
    """Write a log in order of time; returns how many events it has."""
    chance = np.random.default_rng(1)
    moves = np.zeros((KINDS + 1, KINDS + 1))
    for kind in range(KINDS):
        for step, share in ((1, 0.82), (2, 0.04), (-1, 0.02), (0, 0.02), (KINDS, 0.1)):
            moves[kind, min(max(kind + step, 0), KINDS)] += share
    ahead = moves.cumsum(axis=1)
    state, alive = np.zeros(cases, dtype=np.int64), np.arange(cases)
    at = chance.integers(0, 3 * 365 * 86_400_000_000, cases) + 1_262_304_000_000_000
    parts: list[tuple[Any, Any, Any]] = []
    while len(alive):
        parts.append((alive.copy(), state[alive].copy(), at[alive].copy()))
        drawn = chance.random(len(alive))
        state[alive] = (drawn[:, None] > ahead[state[alive]]).sum(axis=1).clip(0, KINDS)
        at[alive] += (chance.exponential(36_000, len(alive)) * 1e6).astype(np.int64)
        alive = alive[state[alive] < KINDS]
    case, activity, time_us = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(time_us, kind="stable")
    connection = duckdb.connect()
    connection.register("made", {"c": case[order], "a": activity[order], "t": time_us[order]})
    names = "'case-' || c as case_id, 'Activity ' || chr((65 + a)::int) as activity"
    rows = f'select {names}, make_timestamp(t) as "at" from made'
    connection.execute(f"copy ({rows}) to '{file}'")
    connection.execute(f"copy ({rows}) to '{file.with_suffix('.csv')}' (header)")
    return len(case)


def _timed(work: Callable[[], Any]) -> tuple[Any, tuple[float, float]]:
    wall, cpu = time.monotonic(), time.process_time()
    found = work()
    return found, (time.monotonic() - wall, time.process_time() - cpu)


def _together(first: tuple[float, float], second: tuple[float, float]) -> tuple[float, float]:
    return first[0] + second[0], first[1] + second[1]


def _ours(file: Path) -> list[Any]:
    log, read = _timed(lambda: read_log(file, keep=[]).log)
    found, graph = _timed(lambda: flows(log))
    ways, counted = _timed(lambda: variants(log))
    return [read, graph, counted, _together(graph, counted), (len(found), len(ways))]


def _duckdb(file: Path) -> list[Any]:
    connection = duckdb.connect()
    made = f"create table log as select *, row_number() over () as place from read_parquet('{file}')"
    _, read = _timed(lambda: connection.execute(made))
    found, graph = _timed(lambda: connection.execute(FLOWS).fetchall())
    ways, counted = _timed(lambda: connection.execute(f"select count(*) from ({VARIANTS})").fetchall())
    connection.close()
    return [read, graph, counted, _together(graph, counted), (len(found), ways[0][0])]


def _pm4py(file: Path) -> list[Any] | None:
    with pm4py() as peer:
        if peer is None:
            return None
        read, _ = peer.ask(
            "load", path=str(file.with_suffix(".csv")), case="case_id", activity="activity", time_column="at"
        )
        graph, found = peer.ask("flows")
        counted, ways = peer.ask("variants")
    seconds = [(each, each) for each in (read, graph, counted, graph + counted)]
    return [*seconds, (found["arcs"], ways["variants"])]


if __name__ == "__main__":
    main()
