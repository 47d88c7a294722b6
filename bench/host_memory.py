"""
Whether a worker's memory grows with what it has done: at 100,000 steps and at 500,000.

    python bench/host_memory.py [--steps 500000] [--first 100000] [--cases 5000]

Cases wait at a step that leads back to itself; each round completes it for all of them and drains the queue, as a
worker does, in batches. Looked at are the resident memory of this process (from /proc) and the number of blocks of its
allocator (tracemalloc would slow it down). Linux only. The exit is 1 when the resident memory at the end is more than
five in a hundred above that at ``--first``.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.stage import machine, scratch_database

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
GOAL = 1.05
KEEP_INPUTS = 20_000
"""The log in the scratch database is emptied beyond this: it is the disk's, not the worker's."""


def drawing() -> bytes:
    """Return a step that is done again and again."""
    from tests.procedures import charts as c

    return c.chart(
        c.captured(),
        c.work("call", "again", "done"),
        c.element("exclusiveGateway", "more", default="more_end"),
        c.end(),
        c.flows("captured > call > more", 'more >[outcome = "again"] call', "more > end"),
    )


def run(steps: int, first: int, cases: int) -> bool:
    """Do the steps, print the memory along the way, and say whether it stays."""
    from tests.procedures.conftest import Desk
    from throughline.core.procedures.worker import drain
    from throughline.core.tests.cast import assemble
    from throughline.workers.main import settle_memory

    desk = Desk(assemble(at=AT), AT)
    desk.publish(drawing())
    desk.capture(cases)
    drain(at=AT, outside=False)
    settle_memory()
    done, known, now = 0, 0.0, AT
    began = time.perf_counter()
    print(machine())
    while done < steps:
        now += timedelta(minutes=1)
        done += _again(now)
        if done == first or done % first < cases:
            resident = _resident_megabytes()
            known = known or resident
            rate = done / (time.perf_counter() - began)
            print(f"{done:>9,} steps: {resident:8.1f} MB, {sys.getallocatedblocks():>9,} blocks, {rate:,.0f} steps/s")
    ratio = _resident_megabytes() / known
    print(f"{'' if ratio <= GOAL else 'MISSED '}{ratio:.3f} times the memory at {first:,} (goal at most {GOAL})")
    return ratio <= GOAL


def _again(now: datetime) -> int:
    """Complete the waiting step of every case once, drain, and return how many steps that were."""
    from django.db import transaction

    from throughline.core.actor import Actor
    from throughline.core.procedures import setwise
    from throughline.core.procedures.inbox import Order, enqueue
    from throughline.core.procedures.worker import drain
    from throughline.flow.engine import commands

    by = Actor.system("Bench")
    rows = setwise.fetch("SELECT case_id, token FROM procedures_token ORDER BY case_id")
    with transaction.atomic():
        answers = {"outcome": "again"}
        enqueue([Order(case, commands.CompleteWork(token, answers), by, now) for case, token in rows])
    drained = drain(at=now, outside=False)
    ((kept,),) = setwise.fetch("SELECT count(*) FROM procedures_case_input")
    if kept > KEEP_INPUTS:
        for table in ("case_event", "case_input", "workitem"):
            more = " WHERE status <> 'open'" if table == "workitem" else ""
            setwise.execute(f"DELETE FROM procedures_{table}{more}" if more else f"TRUNCATE procedures_{table}")
    return drained.commands


def _resident_megabytes() -> float:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> int:
    """Run the measurement; the exit is 1 when memory grows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=500_000)
    parser.add_argument("--first", type=int, default=100_000)
    parser.add_argument("--cases", type=int, default=5_000)
    options = parser.parse_args()
    with scratch_database():
        return 0 if run(options.steps, options.first, options.cases) else 1


if __name__ == "__main__":
    sys.exit(main())
