"""
How late a due timer is: from the instant it is due to the commit of the step it sets off, while an import runs.

    DATABASE_URL=postgres://… python bench/timers.py [--rate 1000] [--seconds 300] [--workers 2] [--import-leads 8000]
    DATABASE_URL=postgres://… python bench/timers.py --flood 100000 [--workers 2]

In a scratch database: so many leads wait at a step with a deadline; their deadlines are laid a second apart in bundles
of ``--rate``. Workers in processes of their own run as in production, and beside them leads are imported whose cases
start. Commits are observed as a reader sees them: the table of timers and the inbox are looked at twenty times a
second, which adds up to 0.05 s to each figure. Printed are the median, the 99th part of a hundred and the greatest
lateness; the exit is 1 when the second is above a second.

With ``--flood`` all deadlines lie at one instant instead, and beside the workers a lead is captured twice a second:
printed is how long the flood takes, and how long the new leads wait for their first step meanwhile. The exit is 1 when
the slowest of them waits longer than two seconds, or anything is left.
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
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.live_driver import capture
from bench.stage import machine

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

GOAL_SECONDS = 1.0
AHEAD = timedelta(seconds=15)
"""So long before the first is due the deadlines are laid: writing them takes seconds."""
SPAN_SECONDS = 30
LOOKS_PER_SECOND = 20
FLOOD_GOAL_SECONDS = 2.0
"""How long a new lead may wait for its first step while a flood of timers is drained."""
FLOOD_PATIENCE_SECONDS = 1800
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
    from throughline.core.journal.upkeep import look_after as look_after_journal
    from throughline.core.procedures import setwise
    from throughline.core.procedures.worker import drain
    from throughline.core.tests.cast import assemble

    begun = datetime.now(UTC)
    look_after_journal(at=begun)  # the months are there, as a worker's first look makes them
    desk = Desk(assemble(at=begun), begun)
    desk.publish(drawing())
    capture(desk, rate * seconds, REGIONS, at=begun)
    drain(at=begun)
    look_after_journal(at=datetime.now(UTC))  # and what was made ready is sealed, as it is every minute
    with ExitStack() as stack:
        for _ in range(workers):
            stack.enter_context(_process("worker"))
        while setwise.fetch(_LISTENING)[0][0] < workers:
            time.sleep(0.2)
        first = datetime.now(UTC) + AHEAD
        setwise.execute(
            "UPDATE procedures_timer t SET due_at = %s + make_interval(secs => n.place / %s) FROM (SELECT case_id,"
            " (row_number() OVER (ORDER BY case_id))::float AS place FROM procedures_timer) n"
            " WHERE n.case_id = t.case_id",
            [first, rate],
        )
        setwise.execute("NOTIFY throughline_work")
        due: dict[int, datetime] = dict(setwise.fetch("SELECT case_id, due_at FROM procedures_timer"))
        stack.enter_context(_process("import", str(leads)))
        seen = list(_watch(due, first + timedelta(seconds=seconds + 120)))
    late = [each for _, each in seen]
    cuts = statistics.quantiles(late, n=100)
    print(f"{len(late):,} of {len(due):,} timers at {rate:,}/s, {workers} workers, {machine()}")
    print(f"late by {cuts[49]:.2f} s at the median, {cuts[98]:.2f} s at the 99th, {max(late):.2f} s at most")
    print("the 99th by half a minute: " + ", ".join(f"{each:.2f}" for each in _by_span(seen, first)))
    return len(late) == len(due) and cuts[98] < GOAL_SECONDS


def _by_span(seen: Iterable[tuple[datetime, float]], first: datetime) -> list[float]:
    """Return the 99th lateness of each half minute in which timers were due."""
    spans: dict[int, list[float]] = {}
    for due_at, late in seen:
        spans.setdefault(int((due_at - first).total_seconds() // SPAN_SECONDS), []).append(late)
    return [statistics.quantiles(spans[span], n=100)[98] for span in sorted(spans) if len(spans[span]) > 1]


def flood(timers: int, workers: int) -> bool:
    """Let all deadlines fall due at once, capture leads meanwhile, and say whether none of these waits long."""
    from tests.procedures.conftest import Desk
    from throughline.core.journal.upkeep import look_after as look_after_journal
    from throughline.core.procedures import setwise
    from throughline.core.procedures.worker import drain
    from throughline.core.tests.cast import assemble

    begun = datetime.now(UTC)
    look_after_journal(at=begun)  # the months are there, as a worker's first look makes them
    desk = Desk(assemble(at=begun), begun)
    desk.publish(drawing())
    capture(desk, timers, REGIONS, at=begun)
    drain(at=begun)
    with ExitStack() as stack:
        for _ in range(workers):
            stack.enter_context(_process("worker"))
        while setwise.fetch(_LISTENING)[0][0] < workers:
            time.sleep(0.2)
        setwise.execute("UPDATE procedures_timer SET due_at = %s", [datetime.now(UTC)])
        setwise.execute("NOTIFY throughline_work")
        began = time.monotonic()
        waited: list[float] = []
        while (left := _left()) and time.monotonic() - began < FLOOD_PATIENCE_SECONDS:
            waited.append(_new_lead(desk, len(waited)))
            time.sleep(max(0.0, 0.5 - waited[-1]))
        took = time.monotonic() - began
    print(f"{timers:,} timers at once, {workers} workers, {machine()}")
    print(f"drained in {took:.1f} s, {(timers - left) / took:,.0f} timers/s")
    middle, most = statistics.median(waited), max(waited)
    print(f"{len(waited)} leads meanwhile waited {middle:.2f} s at the median, {most:.2f} s at most")
    return not left and max(waited) < FLOOD_GOAL_SECONDS


def _left() -> int:
    """Return how many of the timers have not led to their step yet."""
    from throughline.core.procedures import setwise
    from throughline.core.procedures.inbox import Lane

    rows = setwise.fetch(
        "SELECT (SELECT count(*) FROM procedures_timer WHERE due_at <= %s)"
        " + (SELECT count(*) FROM procedures_inbox WHERE lane = %s)",
        [datetime.now(UTC), Lane.TIMERS.value],
    )
    return int(rows[0][0])


def _new_lead(desk: Any, number: int) -> float:
    """Capture one lead and return the seconds until its first step stands."""
    from throughline.core.procedures import setwise

    began = time.monotonic()
    capture(desk, 1, REGIONS, prefix=f"new{number}_", at=datetime.now(UTC))
    sql = (
        "SELECT count(*) FROM procedures_token t JOIN procedures_case c ON c.id = t.case_id"
        " JOIN leads_lead l ON l.id = c.record_id WHERE t.node = 'call' AND l.external_id = %s"
    )
    while setwise.fetch(sql, [f"new{number}_0"]) == [(0,)] and time.monotonic() - began < FLOOD_PATIENCE_SECONDS:
        time.sleep(1 / LOOKS_PER_SECOND)
    return time.monotonic() - began


def _watch(due: dict[int, datetime], until: datetime) -> Iterator[tuple[datetime, float]]:
    """Give when each timer was due and how late its step was committed, as they are seen."""
    from throughline.core.procedures import setwise

    later = sorted(due.items(), key=itemgetter(1), reverse=True)  # the watcher must not take the workers' processor
    waiting: dict[int, datetime] = {}
    while (later or waiting) and datetime.now(UTC) < until:
        time.sleep(1 / LOOKS_PER_SECOND)
        now = datetime.now(UTC)
        while later and later[-1][1] <= now:
            waiting.update([later.pop()])
        candidates = list(waiting)
        open_still = {
            row[0]
            for row in setwise.fetch(
                "SELECT case_id FROM procedures_token WHERE node = 'call' AND case_id = ANY(%s::bigint[])", [candidates]
            )
        }
        for case in candidates:
            if case not in open_still:
                due_at = waiting.pop(case)
                yield due_at, (now - due_at).total_seconds()


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
    parser.add_argument("--flood", type=int, help="so many timers at one instant")
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
        if arguments.flood:
            reached = flood(arguments.flood, arguments.workers)
        else:
            reached = run(arguments.rate, arguments.seconds, arguments.workers, arguments.import_leads)
    finally:
        teardown_databases(scratch, 0)
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
