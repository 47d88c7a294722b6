"""
How many cases a second are carried through a process and stored twice each, beside SpiffWorkflow doing the same.

    python bench/stored_twice.py [--rounds 5] [--cases 2000] [--profile]

Both sides run the process of lead_process.py, with the same script step: a case is started and stored where it waits
at the human step; then it is loaded, the step is done, and the end is stored. Each side has one process and one
connection to the same PostgreSQL: without DATABASE_URL an embedded one as installations have it, where a commit waits
for the disk. What comes before a case is prepared on both sides and not counted: the leads it is about (SpiffWorkflow
has none), the compiled chart. Counted on ours are the commands as well, on their way through the inbox.

The two store differently, and that is compared: SpiffWorkflow one document per case, one commit each time; ours state,
position, work item, timer and two logs, a few hundred cases per commit. Rounds are interleaved, and it is said what the
time of both is made of. The exit is 1 below the goal.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import statistics
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.lead_process import FEEL, lead_process
from bench.peers import peer
from bench.stage import machine, processor_seconds, scratch_database, server_process

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
GOAL = 20
FEWER = 10
"""SpiffWorkflow carries a tenth of our cases in a round, so that both take about as long."""


class Ours:
    """Throughline on the stage: leads are there, the procedure is published."""

    def __init__(self) -> None:
        from tests.procedures.conftest import Desk
        from throughline.core.tests.cast import assemble
        from throughline.workers.main import settle_memory

        self.desk = Desk(assemble(at=AT), AT)
        self.desk.publish(lead_process(score=FEEL, due="PT24H"), key="lead")
        settle_memory()
        self.profiler = cProfile.Profile()

    def prepare(self, count: int) -> list[Any]:
        """Capture leads for one round."""
        from throughline.core.recordref import RecordRef

        return [RecordRef("lead", lead.pk) for lead in self.desk.capture(count)]

    def round(self, records: Sequence[Any]) -> tuple[float, float, float]:
        """Carry one case per record to its end; return seconds of wall, of this process and of the server."""
        server = server_process()
        began = time.perf_counter(), time.process_time(), processor_seconds(server)
        self._carry(records)
        ended = time.perf_counter(), time.process_time(), processor_seconds(server)
        wall, own, theirs = (late - early for early, late in zip(began, ended, strict=True))
        return wall, own, theirs

    def _carry(self, records: Sequence[Any]) -> None:
        from django.db import transaction

        from throughline.core.procedures.inbox import Order, enqueue
        from throughline.core.procedures.operations import start_cases
        from throughline.core.procedures.worker import drain
        from throughline.flow.engine import commands

        by = self.desk.admin
        cases = start_cases(procedure="lead", records=records, by=by, at=AT)
        drain(at=AT, outside=False)
        later = AT + timedelta(hours=1)
        tokens = self._waiting(cases)
        with transaction.atomic():
            enqueue([Order(case, commands.CompleteWork(token), by, later) for case, token in tokens])
        drain(at=later, outside=False)

    def _waiting(self, cases: Sequence[int]) -> list[tuple[int, int]]:
        from throughline.core.procedures import setwise

        sql = "SELECT case_id, token FROM procedures_token WHERE case_id = ANY(%s) AND node = 'call' ORDER BY case_id"
        rows = setwise.fetch(sql, [list(cases)])
        assert len(rows) == len(cases)
        return [(case, token) for case, token in rows]

    def check(self, count: int) -> None:
        """Hold that every case has ended as drawn."""
        from throughline.core.procedures import setwise

        sql = "SELECT count(*) FROM procedures_case WHERE status = 'finished' AND end_node = 'end'"
        ((ended,),) = setwise.fetch(sql)
        assert ended == count, (ended, count)


def compare(rounds: int, cases: int, profile: bool) -> bool:
    """Run the rounds, print what was found, and say whether the goal is reached."""
    ours = Ours()
    ours.round(ours.prepare(200))  # warm
    prepared = [ours.prepare(cases) for _ in range(rounds)]
    found: list[tuple[float, float, float]] = []
    theirs: list[tuple[float, ...]] = []
    with peer("spiffstored") as other:
        for records in prepared:
            if profile:
                ours.profiler.enable()
            found.append(ours.round(records))
            ours.profiler.disable()
            if other is not None:
                theirs.append(other.figures(cases // FEWER))
    ours.check(rounds * cases + 200)
    print(machine())
    rate = told("Throughline", found, cases, ("here", "in PostgreSQL"))
    if profile:
        pstats.Stats(ours.profiler).sort_stats("tottime").print_stats(35)
    if not theirs:
        return False
    peer_rate = told("SpiffWorkflow", theirs, cases // FEWER, ("in its engine and documents", "in PostgreSQL"))
    print(f"{'' if rate / peer_rate >= GOAL else 'MISSED '}ratio {rate / peer_rate:.1f} (goal {GOAL})")
    return rate / peer_rate >= GOAL


def told(name: str, rounds: Sequence[tuple[float, ...]], cases: int, parts: Sequence[str]) -> float:
    """Print the median round and what it is made of per case; return cases per second."""
    rates = [cases / each[0] for each in rounds]
    median = sorted(rounds)[len(rounds) // 2]
    made = ", ".join(f"{each / cases * 1e3:.3f} ms {part}" for each, part in zip(median[1:], parts, strict=True))
    rate = statistics.median(rates)
    between = f"({min(rates):,.0f} to {max(rates):,.0f})"
    print(f"{name:<16} {rate:9,.0f} cases/s {between}: {1e3 / rate:.3f} ms a case; {made}")
    return rate


def main() -> int:
    """Run the benchmark; the exit is 1 below the goal."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    with scratch_database():
        return 0 if compare(options.rounds, options.cases, options.profile) else 1


if __name__ == "__main__":
    sys.exit(main())
