"""
A changed filter on the pages over a procedure with a million events in its journal, as a whole: request to answer.

    DATABASE_URL=postgres://… python bench/mining_page.py [--events 1000000] [--times 3] [--profile PAGE]

The sample company is founded in a scratch database, a procedure is published, and cases of ten steps
(two events per step: entered, completed) are written as the engine leaves them. Then an administrator (sees all) and
Omar (manager, sees his teams') open the pages through Django's test client, every time with a filter that was never
asked before: no network, no browser, but every middleware. Told are the seconds of wall clock and of this processor,
the first look (which reads the log into memory) apart. The bar is half a second for a million events.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import re
import sys
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.stage import AT, found_funnel, machine, scratch_database

if TYPE_CHECKING:
    from throughline.core.identity.models import User

BAR = 0.5
KEY = "measured"
STEPS, PEOPLE = 10, 20
PAGES = {
    "map": "", "statistics": "statistics/", "ways": "ways/", "cases": "cases/", "drawing": "drawing/",
    "dots": "dots/", "stream": "value-stream/", "conformance": "conformance/",
}  # fmt: skip
CASES = """
INSERT INTO procedures_case (version_id, process, record_type, record_id, is_primary, status, outcome, end_node,
                             sequence, inputs, held, sandbox, started_at, moved_at, ended_at, tz_version, depth)
SELECT %s, '', 'lead', leads.ids[1 + n %% array_length(leads.ids, 1)], false, 'finished', 'Sold', 'sold', %s, %s, false,
       false, begun, begun + interval '20 hours', begun + interval '20 hours', '', 0
FROM generate_series(0, %s - 1) AS n, LATERAL (SELECT %s::timestamptz - n * interval '5 minutes' AS begun) AS at,
     (SELECT array_agg(id ORDER BY id) AS ids FROM leads_lead) AS leads
"""
EVENTS = """
INSERT INTO procedures_case_event (case_id, seq, at, kind, node, flow, token, version_id, actor_kind, actor_id,
                                   previous_node, elapsed_us, sandbox)
SELECT c.id, s, c.started_at + (s / 2 + (c.id * s) %% 7) * interval '10 minutes',
       CASE s %% 2 WHEN 0 THEN 'entered' ELSE 'completed' END,
       'step_' || way.step, CASE WHEN s %% 2 = 1 THEN '' WHEN way.step = 0 THEN 'captured_step_0'
       ELSE 'step_' || way.step - 1 || '_step_' || way.step END, 1, c.version_id, 'user', ((c.id + s) %% %s + 1)::text,
       '', CASE s %% 2 WHEN 0 THEN NULL ELSE (c.id * s) %% 7 * 60000000 END, false
FROM procedures_case c, generate_series(0, %s - 1) AS s,
     LATERAL (SELECT (s / 2 + floor(random() * 3)::int) %% %s AS step) AS way WHERE c.version_id = %s
"""


def drawing() -> bytes:
    """Return a chart of human steps in a row."""
    from tests.procedures import charts as c

    steps = [c.work(f"step_{number}", "done") for number in range(STEPS)]
    way = " > ".join(f"step_{number}" for number in range(STEPS))
    return c.chart(c.captured(), *steps, c.end("sold"), c.flows(f"captured > {way} > sold"), key=KEY)


def fill(events: int, by: User) -> None:
    """Publish the procedure and write its past."""
    from django.db import connection

    from throughline.core.actor import Actor
    from throughline.core.procedures import operations, setwise
    from throughline.core.procedures.driver.write import ensure_months
    from throughline.core.procedures.models import ProcedureVersion

    actor = Actor.user(by)
    operations.create_procedure(key=KEY, name="Measured", record_type="lead", by=actor, at=AT)
    operations.save_draft(key=KEY, drawing=drawing(), by=actor, at=AT)
    operations.publish(key=KEY, by=actor, at=AT)
    version = ProcedureVersion.objects.get(procedure__key=KEY).pk
    rows = 2 * STEPS
    setwise.execute(CASES, [version, rows, STEPS, events // rows, AT])
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT date_trunc('month', at) FROM (SELECT started_at + n * interval '1 day' AS at"
                       " FROM procedures_case, generate_series(0, 1) AS n) AS them")  # fmt: skip
        ensure_months([each for (each,) in cursor.fetchall()])
    setwise.execute("SELECT setseed(0.5)")
    setwise.execute(EVENTS, [PEOPLE, rows, STEPS, version])
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def look(user: User, events: int, times: int, profiled: str) -> bool:
    """Open the pages and return whether all of them keep the bar."""
    from django.test import Client

    client = Client(SERVER_NAME="localhost")
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")

    counted: list[str] = []

    def opened(path: str) -> tuple[float, float]:
        wall, worked = time.perf_counter(), time.process_time()
        answer = client.get(path)
        took = time.perf_counter() - wall, time.process_time() - worked
        if answer.status_code != 200:
            sys.exit(f"Expected {path} to be shown to {user.name}, but the answer was {answer.status_code}.")
        counted[:] = re.findall(r"[\d,]+ of [\d,]+ cases", answer.content.decode())[:1] or [""]
        return took

    wall, worked = opened(f"/procedures/{KEY}/mined/")
    print(f"{user.name}: the first look {wall:6.2f} s, {worked:.2f} s of this processor")
    kept = True
    for name, page in PAGES.items():
        opened(f"/procedures/{KEY}/mined/{page}")
        paths = [f"/procedures/{KEY}/mined/{page}{_filter(number)}" for number in range(times)]
        found = [opened(path) for path in paths]
        wall, worked = (median(column) for column in zip(*found, strict=True))
        bar = BAR * max(1.0, events / 1_000_000)
        kept &= wall <= bar
        print(f"  {name:<12} {1000 * wall:7.0f} ms, {1000 * worked:5.0f} ms of this processor"
              f" (bar {1000 * bar:.0f} ms: {'ok' if wall <= bar else 'MISSED'}); {counted[0]}")  # fmt: skip
        if name == profiled:
            profile = cProfile.Profile()
            profile.runcall(opened, paths[-1])
            pstats.Stats(profile).sort_stats("cumulative").print_stats(45)
    return kept


def _filter(number: int) -> str:
    from throughline.flow.mining.filters import Following, Lasting
    from throughline.web.mined.address import Address

    filters = (Following(f"Step {number}", f"Step {number + 1}", "eventually"), Lasting(at_least=60.0 * (number + 1)))
    return Address(filters=filters).query()


def main() -> int:
    """Run the benchmark; the exit is 1 above the bar."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--profile", default="", choices=["", *PAGES])
    given = parser.parse_args()
    with scratch_database():
        people = found_funnel()
        fill(given.events, people["ada"])
        print(f"{given.events:,} events; {machine()}")
        kept = [look(people[key], given.events, given.times, given.profile) for key in ("ada", "omar")]
        return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
