"""
Reading XES, alignments and discovery on the helpdesk log, beside PM4Py.

    python bench/mining_helpdesk.py [--rounds 3]

The log comes from the public data that THROUGHLINE_SUITES names, and is written as XES once for both sides. Seconds are
those of the processor; of alternating rounds the best of each side counts. The answers of both are compared: a fast
wrong one counts for nothing.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mining_peer import line, pm4py

from throughline.flow import bpmn
from throughline.flow.mining.conformance import conform
from throughline.flow.mining.discover import Tree, chart_of, mined_tree
from throughline.flow.mining.variants import variants
from throughline.insight.logs import read_log, write_log
from throughline.testing.suites import suites_folder

NAMES = ["Assign seriousness", "Take in charge ticket", "Resolve ticket", "Closed"]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    table = suites_folder() / "data" / "helpdesk" / "finale.csv.gz"
    if not table.exists():
        sys.exit(f"Expected the helpdesk log at {table}. Set THROUGHLINE_SUITES.")
    with tempfile.TemporaryDirectory() as folder, pm4py() as peer:
        xes = Path(folder) / "helpdesk.xes.gz"
        log = read_log(table).log
        write_log(log, xes)
        print(f"{'':<44} {'Throughline':>11} {'PM4Py':>11}")

        def compared(what: str, ours: Callable[[], Any], goal: float, question: str, **details: Any) -> None:
            best = theirs = float("inf")
            mine = told = None
            for _ in range(rounds):
                begin = time.process_time()
                mine = ours()
                best = min(best, time.process_time() - begin)
                if peer is not None:
                    seconds, told = peer.ask(question, **details)
                    theirs = min(theirs, seconds)
            print(line(what, best, theirs if peer else None, goal), mine, told)

        compared("read XES, activity/time/resource/lifecycle", lambda: _size(xes, []), 4, "read_xes", path=str(xes))
        compared("read XES, all attributes", lambda: _size(xes, None), 1, "read_xes", path=str(xes))
        for name, chart, loop in (("strict sequence", _line(), False), ("with waiting", _waiting(), True)):
            compared(
                f"align, {name}", lambda chart=chart: _aligned(log, chart), 20, "align",
                activities=NAMES, loop=loop, log=str(xes),
            )  # fmt: skip
        for noise in (0.0, 0.2):
            compared(
                f"discover, noise {noise}",
                lambda noise=noise: _tree(log, noise),
                1,
                "discover",
                log=str(xes),
                noise=noise,
            )
            found = conform(log, chart_of(_tree(log, noise)))
            print(f"{'':<44} log fitness {found.log_fitness:.4f}, precision {found.precision:.4f}")


def _size(path: Path, keep: list[str] | None) -> dict[str, int]:
    log = read_log(path, keep=keep).log
    return {"cases": log.cases, "events": log.events}


def _aligned(log: Any, chart: bpmn.model.Definitions) -> dict[str, float]:
    found = conform(log, chart)
    return {"cost": found.total_cost, "fitting": found.conforming_cases}


def _tree(log: Any, noise: float) -> Tree:
    ways = variants(log)
    return mined_tree(dict(zip(ways.activities, ways.counts, strict=True)), noise=noise)


def _leaf(name: str) -> Tree:
    return Tree("activity", activity=name)


def _line() -> bpmn.model.Definitions:
    return chart_of(Tree("sequence", tuple(map(_leaf, NAMES))))


def _waiting() -> bpmn.model.Definitions:
    again = Tree("sequence", (_leaf("Wait"), Tree("choice", (_leaf(NAMES[1]), Tree("silent")))))
    first, second, third, fourth = map(_leaf, NAMES)
    return chart_of(Tree("sequence", (first, second, Tree("loop", (Tree("silent"), again)), third, fourth)))


if __name__ == "__main__":
    main()
