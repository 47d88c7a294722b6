"""
How long 8,000 leads take from the file to their first work item: imported, routed, waiting for a person.

    DATABASE_URL=postgres://… python bench/import_leads.py [--profile] [--limit SECONDS]

The sample company without its history is founded in a scratch database beside the one that DATABASE_URL names. Parts:
the import (one transaction, which opens a case per lead), and the worker (each case is tagged, scored, routed,
assigned, put on the clock, and offered as work). The floor: the same rows of all tables, taken out and copied into
bare tables without an index by COPY with one commit. The exit is 1 above the limit of 30 s.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.stage import AT, LEADS, Clock, funnel, import_funnel, machine, scratch_database

IMPORT, STEPPING, FLOOR = "import: rows, journal, cases opened", "worker: to the first work item", "floor: bare COPY"
LIMIT_SECONDS = 30.0


def run(clock: Clock, profiler: cProfile.Profile | None) -> None:
    """Import, drain, check that everybody waits at the right step, and measure the floor."""
    from throughline.core.procedures import worker
    from throughline.sample.load import found_company
    from throughline.workers.main import settle_memory

    found_company(password="only here", at=AT)
    told, content = funnel()
    print(f"{told}; {machine()}")
    before = _row_counts()
    with clock.part(IMPORT):
        import_funnel(content)
    settle_memory()
    with clock.part(STEPPING):
        if profiler:
            profiler.enable()
        worker.drain(at=AT, outside=False)
        if profiler:
            profiler.disable()
    _expect_everybody_waits()
    _measure_floor(clock, before)


def _expect_everybody_waits() -> None:
    from throughline.core.procedures.models import Incident, WorkItem

    waiting = WorkItem.objects.filter(node="first_contact", status="open").count()
    incidents = list(Incident.objects.values_list("message", flat=True)[:3])
    if waiting != LEADS or incidents:
        sys.exit(f"Expected {LEADS} leads at their first work item, but there are {waiting}. Incidents: {incidents}")


def _row_counts() -> dict[str, int]:
    """Return the exact number of rows of every table of ours."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                       " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition")  # fmt: skip
        names = [row[0] for row in cursor.fetchall()]
        counts = {}
        for name in names:
            cursor.execute(f'SELECT count(*) FROM "{name}"')
            counts[name] = int(cursor.fetchone()[0])
    return counts


def _measure_floor(clock: Clock, before: dict[str, int]) -> None:
    """Copy what was written into bare tables in one transaction."""
    from django.db import connection, transaction

    after = _row_counts()
    grown = [name for name, count in sorted(after.items()) if count > before.get(name, 0)]
    written = {name: after[name] - before.get(name, 0) for name in grown}
    documents = {}
    with connection.cursor() as cursor:
        for name in grown:
            cursor.execute(f'CREATE TABLE "floor_{name}" (LIKE "{name}")')
            with cursor.copy(f'COPY (SELECT * FROM "{name}") TO STDOUT (FORMAT binary)') as out:
                documents[name] = b"".join(bytes(piece) for piece in out)
        with clock.part(FLOOR), transaction.atomic():
            for name in grown:
                with cursor.copy(f'COPY "floor_{name}" FROM STDIN (FORMAT binary)') as into:
                    into.write(documents[name])
    size = sum(map(len, documents.values())) / 1e6
    print(f"{sum(written.values()):,} rows in {len(grown)} tables, {size:.0f} MB: ", end="")
    print(", ".join(f"{name} {count:,}" for name, count in sorted(written.items(), key=lambda each: -each[1])))


def main() -> int:
    """Run the benchmark; the exit is 1 above the limit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--limit", type=float, default=LIMIT_SECONDS, help="seconds of wall clock (default 30)")
    parser.add_argument("--profile", action="store_true", help="print where the worker's own processor time goes")
    arguments = parser.parse_args()
    clock = Clock()
    profiler = cProfile.Profile() if arguments.profile else None
    with scratch_database():
        run(clock, profiler)
    took = clock.wall(IMPORT, STEPPING)
    print(f"{LEADS:,} leads: {took:.1f} s of wall clock, {clock.cpu(IMPORT, STEPPING):.1f} s of processor;"
          f" limit {arguments.limit:.0f} s; {took / clock.wall(FLOOR):.0f} times the floor")  # fmt: skip
    if profiler:
        pstats.Stats(profiler).sort_stats("tottime").print_stats(45)
        pstats.Stats(profiler).sort_stats("cumulative").print_stats(70)
    return 0 if took <= arguments.limit else 1


if __name__ == "__main__":
    sys.exit(main())
