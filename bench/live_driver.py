"""
How fast leads are started, routed and brought to their first work item, in batches on PostgreSQL.

    DATABASE_URL=postgres://… python bench/live_driver.py [--leads 8000] [--profile]

In a scratch database beside the one that DATABASE_URL names (made for this and dropped afterwards): leads are captured
in one transaction, which starts their cases; one worker drains the inbox (a database action, a decision at a gateway, a
work item with a 24-hour boundary timer); 842 of them are won by message; the deadlines of the others fall due. Printed
are seconds of wall clock and of this process, and cases per second of wall clock; the server's work comes on top of the
process's.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
GOAL = 2000
"""Cases per second that are asked for."""


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


def run(leads: int, profile: bool) -> float:
    """Run all parts and return the rate of the first drain."""
    from tests.procedures.conftest import Desk
    from throughline.core.actions import ActionRequest, ActionResult
    from throughline.core.procedures import actions, setwise
    from throughline.core.procedures.operations.messages import send_rows
    from throughline.core.procedures.worker import drain
    from throughline.core.tests.cast import assemble
    from throughline.flow.catalogue import ActionSpec, Parameter

    def tag(requests: Sequence[ActionRequest]) -> list[ActionResult]:
        keys = [request.record.id for request in requests if request.record is not None]
        setwise.execute("UPDATE leads_lead SET tags = tags || '{inbound}' WHERE id = ANY(%s)", [keys])
        return [ActionResult({"done": True}) for _ in requests]

    spec = ActionSpec(
        name="bench.tag", title="Tag", inputs=(Parameter(name="what"),), outputs=(Parameter(name="done"),)
    )
    actions.register(spec, tag)
    desk = Desk(assemble(at=AT), AT)
    desk.publish(drawing())
    profiler = cProfile.Profile()

    def first_drain() -> None:
        if profile:
            profiler.enable()
        drain(at=AT)
        profiler.disable()

    regions = ("EU", "US", "NO")
    timed("capture and start", leads, lambda: capture(desk, leads, regions))
    rate = timed("to the first work item", leads, first_drain)
    waiting = setwise.fetch(
        "SELECT l.external_id FROM procedures_messagewait w JOIN procedures_case c ON c.id = w.case_id"
        " JOIN leads_lead l ON l.id = c.record_id ORDER BY w.case_id LIMIT 842"
    )
    rows = [{"mql_id": row[0], "won_date": "05-03-2026"} for row in waiting]
    later = AT + timedelta(hours=1)
    send = lambda: send_rows(name="deal won", rows=rows, key="mql_id", by=desk.admin, at=later)  # noqa: E731
    timed("send a file of messages", len(rows), send)
    timed("take the messages", len(rows), lambda: drain(at=later))
    left = setwise.fetch("SELECT count(*) FROM procedures_timer")[0][0]
    timed("deadlines of the others", left, lambda: drain(at=AT + timedelta(hours=24)))
    if profile:
        pstats.Stats(profiler).sort_stats("tottime").print_stats(30)
    return rate


def capture(desk: Any, leads: int, regions: Sequence[str]) -> None:
    """Capture leads of several regions in one transaction."""
    from throughline.crm.leads.capture import capture_leads

    owner = desk.cast.maya.pk
    rows = [
        {"external_id": f"m{place}", "region": regions[place % len(regions)], "owner": owner} for place in range(leads)
    ]
    capture_leads(rows, by=desk.admin, at=AT)


def main() -> int:
    """Run the benchmark; the exit is 1 below the goal."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--leads", type=int, default=8000)
    parser.add_argument("--profile", action="store_true")
    arguments = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "throughline.config.testing")
    import django
    from django.test.utils import setup_databases, teardown_databases

    django.setup()
    scratch = setup_databases(0, interactive=False)
    try:
        rate = run(arguments.leads, arguments.profile)
    finally:
        teardown_databases(scratch, 0)
    print(f"{'goal':<34} {rate:,.0f} of {GOAL:,} cases/s")
    return 0 if rate >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
