"""
How late a due timer is: from the instant it is due to the commit of the step it sets off, while an import runs.

    DATABASE_URL=postgres://… python bench/timers.py [--rate 1000] [--seconds 300] [--workers 2] [--import-leads 8000]

In a scratch database: so many leads wait at a step with a deadline; their deadlines are laid a second apart in bundles
of ``--rate``. Workers in processes of their own run as in production, and beside them leads are imported whose cases
start. Commits are observed as a reader sees them: the table of timers and the inbox are looked at twenty times a
second, which adds up to 0.05 s to each figure. Printed are the median, the 99th part of a hundred and the greatest
lateness; the exit is 1 when the second is above a second.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.live_driver import capture
from bench.stage import machine

if TYPE_CHECKING:
    from collections.abc import Iterator

GOAL_SECONDS = 1.0
LOOKS_PER_SECOND = 20
REGIONS = ("EU",)


_LISTENING = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query ~ '^LISTEN throughline_work'
"""


def drawing() -> bytes:
    """Return a step with a deadline, behind which somebody else has to look."""
    from tests.procedures import charts as c

    return c.chart(
        c.captured(),
        c.work("call", "reached"),
        c.deadline("late", "call", "PT240H"),
        c.work("escalate"),
        c.end("done"),
        c.end("missed"),
        c.flows("captured > call > done", "late > escalate > missed"),
    )


def run(rate: int, seconds: int, workers: int, leads: int) -> bool:
    """Lay the deadlines, let the workers run, watch, and say whether the goal is reached."""
    from tests.procedures.conftest import Desk
    from throughline.core.procedures import setwise
    from throughline.core.procedures.worker import drain
    from throughline.core.tests.cast import assemble

    begun = datetime.now(UTC)
    desk = Desk(assemble(at=begun), begun)
    desk.publish(drawing())
    capture(desk, rate * seconds, REGIONS, at=begun)
    drain(at=begun)
    with ExitStack() as stack:
        for _ in range(workers):
            stack.enter_context(_process("worker"))
        while setwise.fetch(_LISTENING)[0][0] < workers:
            time.sleep(0.2)
        first = datetime.now(UTC) + timedelta(seconds=2)
        setwise.execute(
            "UPDATE procedures_timer t SET due_at = %s + make_interval(secs => n.place / %s) FROM (SELECT case_id,"
            " (row_number() OVER (ORDER BY case_id))::float AS place FROM procedures_timer) n"
            " WHERE n.case_id = t.case_id",
            [first, rate],
        )
        setwise.execute("NOTIFY throughline_work")
        due = dict(setwise.fetch("SELECT case_id, due_at FROM procedures_timer"))
        stack.enter_context(_process("import", str(leads)))
        late = list(_watch(due, first + timedelta(seconds=seconds + 120)))
    cuts = statistics.quantiles(late, n=100)
    print(f"{len(late):,} of {len(due):,} timers at {rate:,}/s, {workers} workers, {machine()}")
    print(f"late by {cuts[49]:.2f} s at the median, {cuts[98]:.2f} s at the 99th, {max(late):.2f} s at most")
    return len(late) == len(due) and cuts[98] < GOAL_SECONDS


def _watch(due: dict[int, datetime], until: datetime) -> Iterator[float]:
    """Give how late each timer's step was committed, as they are seen."""
    from throughline.core.procedures import setwise

    waiting = dict(due)
    while waiting and datetime.now(UTC) < until:
        time.sleep(1 / LOOKS_PER_SECOND)
        now = datetime.now(UTC)
        candidates = [case for case, at in waiting.items() if at <= now]
        open_still = {
            row[0]
            for row in setwise.fetch(
                "SELECT case_id FROM procedures_token WHERE node = 'call' AND case_id = ANY(%s::bigint[])", [candidates]
            )
        }
        for case in candidates:
            if case not in open_still:
                yield (now - waiting.pop(case)).total_seconds()


@contextmanager
def _process(*what: str) -> Iterator[None]:
    """Run this program as a worker or an importer on the scratch database, until the block ends."""
    from django.db import connection

    words = [sys.executable, __file__, "--be", *what, "--database", str(connection.settings_dict["NAME"])]
    with subprocess.Popen(words) as process:
        try:
            yield
        finally:
            process.terminate()


def be(what: str, leads: int, database: str) -> None:
    """Be a worker, or import leads and go."""
    here = urlsplit(os.environ["DATABASE_URL"])
    os.environ["DATABASE_URL"] = urlunsplit(here._replace(path=f"/{database}"))
    import django

    django.setup()
    if what == "worker":
        from throughline.workers import main as worker

        worker.settle_memory()
        worker.run()
        return
    from tests.procedures.conftest import Desk
    from throughline.core.identity.models import User

    people: Any = type("People", (), {"maya": User.objects.get(email="maya@example.com")})
    people.admin = people.maya
    now = datetime.now(UTC)
    capture(Desk(people, now), leads, REGIONS, prefix="imported", at=now)


def main() -> int:
    """Run the benchmark; the exit is 1 above the goal."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--import-leads", type=int, default=8000)
    parser.add_argument("--be", nargs="+", help=argparse.SUPPRESS)
    parser.add_argument("--database", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "throughline.config.testing")
    if arguments.be:
        be(arguments.be[0], int(arguments.be[-1]) if arguments.be[-1].isdigit() else 0, arguments.database)
        return 0
    import django
    from django.test.utils import setup_databases, teardown_databases

    django.setup()
    scratch = setup_databases(0, interactive=False)
    try:
        reached = run(arguments.rate, arguments.seconds, arguments.workers, arguments.import_leads)
    finally:
        teardown_databases(scratch, 0)
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
