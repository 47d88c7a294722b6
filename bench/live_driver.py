"""
How fast leads are started, routed and brought to their first work item, in batches on PostgreSQL.

    DATABASE_URL=postgres://… python bench/live_driver.py [--leads 8000] [--profile] [--alone]

In a scratch database beside the one that DATABASE_URL names (made for this and dropped afterwards): leads are captured
in one transaction, which starts their cases; one worker drains the inbox (a database action, a decision at a gateway, a
work item with a 24-hour boundary timer); those that wait for it are won by message; the deadlines of the others fall
due. Printed are seconds of wall clock and of this process, and cases per second of wall clock; the server's work comes
on top of the process's.

Compared, in the same run on the same server (left out with ``--alone``): the raw limit (raw_limit.py) and two workers
beside one. With SpiffWorkflow, on one and the same process, compares stored_twice.py.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
GOAL = 2000
"""Cases per second that are asked for."""
RAW_GOAL, WORKERS_GOAL = 0.5, 1.5
"""The part of the raw limit, and times one worker, that are asked for."""


def drawing() -> bytes:
    """Return the chart of the benchmark."""
    from tests.procedures import charts as c

    return c.chart(
        c.captured(),
        c.action("tag", "bench.tag", {"what": "lead.region"}, {"tagged": "result.done"}),
        c.element("exclusiveGateway", "where", default="where_nurture"),
        c.work("call", "reached", assignee="lead.owner", due='duration("PT24H")'),
        c.deadline("late", "call", "PT24H"),
        c.element(
            "boundaryEvent",
            "deal_won",
            c.tl("correlation", key="lead.external_id"),
            '<bpmn:messageEventDefinition messageRef="won_message"/>',
            attachedToRef="call",
        ),
        c.work("escalate"),
        c.work("nurture"),
        c.end("won"),
        c.end("lost"),
        c.flows(
            "captured > tag > where",
            'where >[lead.region != "NO"] call > lost',
            "where > nurture > lost",
            "deal_won > won",
            "late > escalate > lost",
        ),
        more=c.message("won_message", "deal won"),
    )


def timed(what: str, cases: int, do: Callable[[], Any]) -> float:
    """Do something, print how long it took, and return cases per second."""
    wall, cpu = time.perf_counter(), time.process_time()
    do()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{what:<34} {wall:7.2f} s wall {cpu:7.2f} s process {cases / wall:9,.0f} cases/s")
    return cases / wall


def register_tag() -> None:
    """Make the action known that the chart asks for."""
    from throughline.core.actions import ActionRequest, ActionResult
    from throughline.core.procedures import actions, setwise
    from throughline.flow.catalogue import ActionSpec, Parameter

    def tag(requests: Sequence[ActionRequest]) -> list[ActionResult]:
        keys = [request.record.id for request in requests if request.record is not None]
        setwise.execute("UPDATE leads_lead SET tags = tags || '{inbound}' WHERE id = ANY(%s)", [keys])
        return [ActionResult({"done": True}) for _ in requests]

    spec = ActionSpec(
        name="bench.tag", title="Tag", inputs=(Parameter(name="what"),), outputs=(Parameter(name="done"),)
    )
    actions.register(spec, tag)


def run(leads: int, profile: bool, alone: bool) -> bool:
    """Run all parts and say whether the goals are reached."""
    from bench.raw_limit import RawLimit
    from tests.procedures.conftest import Desk
    from throughline.core.procedures import setwise
    from throughline.core.procedures.operations.messages import send_rows
    from throughline.core.procedures.worker import drain
    from throughline.core.tests.cast import assemble
    from throughline.workers.main import settle_memory

    register_tag()
    desk = Desk(assemble(at=AT), AT)
    desk.publish(drawing())
    settle_memory()
    profiler = cProfile.Profile()

    def first_drain() -> None:
        if profile:
            profiler.enable()
        drain(at=AT)
        profiler.disable()

    regions = ("EU", "US", "NO")
    timed("capture and start", leads, lambda: capture(desk, leads, regions))
    raw = None if alone else RawLimit()
    rate = timed("to the first work item", leads, first_drain)
    reached = [_told("start", rate, GOAL, "cases/s")]
    if raw is not None:
        limit = raw.rate()
        reached.append(_told(f"of the raw limit, {limit:,.0f} cases/s", rate / limit, RAW_GOAL))
    waiting = setwise.fetch(
        "SELECT l.external_id FROM procedures_messagewait w JOIN procedures_case c ON c.id = w.case_id"
        " JOIN leads_lead l ON l.id = c.record_id ORDER BY w.case_id LIMIT %s",
        [leads // 2],
    )
    rows = [{"mql_id": row[0], "won_date": "05-03-2026"} for row in waiting]
    later = AT + timedelta(hours=1)
    send = lambda: send_rows(name="deal won", rows=rows, key="mql_id", by=desk.admin, at=later)  # noqa: E731
    timed("send a file of messages", len(rows), send)
    timed("take the messages", len(rows), lambda: drain(at=later))
    left = setwise.fetch("SELECT count(*) FROM procedures_timer")[0][0]
    timed("deadlines of the others", left, lambda: drain(at=AT + timedelta(hours=24)))
    if not alone:
        reached.append(compare_workers(desk, leads // 2, regions))
    if profile:
        pstats.Stats(profiler).sort_stats("tottime").print_stats(30)
    return all(reached)


def _told(what: str, found: float, goal: float, unit: str = "times") -> bool:
    """Print a figure beside its goal and say whether it is reached."""
    print(f"{'' if found >= goal else 'MISSED '}{what}: {found:,.2f} {unit} (goal {goal:,})")
    return found >= goal


def compare_workers(desk: Any, leads: int, regions: Sequence[str]) -> bool:
    """Let one process drain, then two; print how many times as fast two are."""
    rates = []
    for workers in (1, 2):
        capture(desk, leads, regions, prefix=f"w{workers}_")
        with ExitStack() as stack:
            children = [stack.enter_context(_child()) for _ in range(workers)]
            rates.append(timed(f"{workers} worker processes", leads, lambda: _let_drain(children)))  # noqa: B023
    return _told("two workers beside one", rates[1] / rates[0], WORKERS_GOAL)


@contextmanager
def _child() -> Iterator[subprocess.Popen[str]]:
    """Start a process that drains when it is told; it is ready when this returns."""
    from django.db import connection

    words = [sys.executable, __file__, "--drain", str(connection.settings_dict["NAME"])]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process


def _let_drain(children: Sequence[subprocess.Popen[str]]) -> None:
    for child in children:
        assert child.stdin is not None
        child.stdin.close()
    for child in children:
        child.wait()


def drain_as_child(database: str) -> None:
    """Be a worker in a process of its own: say that we are ready, wait for the word, drain."""
    here = urlsplit(os.environ["DATABASE_URL"])
    os.environ["DATABASE_URL"] = urlunsplit(here._replace(path=f"/{database}"))
    import django

    django.setup()
    from django.db import connection

    from throughline.core.procedures.worker import drain
    from throughline.workers.main import settle_memory

    register_tag()
    connection.ensure_connection()
    settle_memory()
    print("ready", flush=True)
    sys.stdin.read()
    drain(at=AT + timedelta(days=2))


def capture(desk: Any, leads: int, regions: Sequence[str], prefix: str = "m", at: datetime = AT) -> None:
    """Capture leads of several regions in one transaction."""
    from throughline.crm.leads.capture import capture_leads

    owner = desk.cast.maya.pk
    rows = [
        {"external_id": f"{prefix}{place}", "region": regions[place % len(regions)], "owner": owner}
        for place in range(leads)
    ]
    capture_leads(rows, by=desk.admin, at=at)


def main() -> int:
    """Run the benchmark; the exit is 1 below the goal."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--leads", type=int, default=8000)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--alone", action="store_true", help="compare with nothing")
    parser.add_argument("--drain", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "throughline.config.testing")
    if arguments.drain:
        drain_as_child(arguments.drain)
        return 0
    import django
    from django.test.utils import setup_databases, teardown_databases

    django.setup()
    scratch = setup_databases(0, interactive=False)
    try:
        reached = run(arguments.leads, arguments.profile, arguments.alone)
    finally:
        teardown_databases(scratch, 0)
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
