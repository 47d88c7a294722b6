"""
How fast a large file comes in: 100,000 contacts of 12 columns, from opening the file to the last commit.

    DATABASE_URL=postgres://… python bench/import_rows.py [--rows 100000] [--policy skip] [--profile]

The wizard's own functions are used: the file is staged by COPY, its columns guessed, and a worker carries it out in
batches with a commit each; the external key, e-mail and mobile of every line are checked against what is kept, in
normal form. The likely, not certain, ones are looked for afterwards, which is measured by itself over the first lines.
Told are seconds of the clock and of our processor; the database's come on top and share the same machine. The exit is
1 below 5,000 rows per second of the clock.
"""

from __future__ import annotations

import argparse
import cProfile
import csv
import io
import pstats
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.stage import AT, machine, scratch_database

GOAL = 5_000
SEED = 11
BEHIND = 5_000
HEADER = (
    "Key", "First name", "Last name", "E-Mail", "Mobile", "Phone", "Job title", "City", "Country", "Birthday", "Source",
    "Language",
)  # fmt: skip


def people(count: int) -> bytes:
    """Return a file of made-up people; one in a hundred has the address of an earlier one."""
    chance = random.Random(SEED)
    syllables = ["ba", "ke", "li", "mo", "nu", "ra", "so", "ti", "ve", "wa", "xi", "yo"]

    def name() -> str:
        return "".join(chance.choices(syllables, k=3)).title()

    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    for number in range(count):
        first, last = name(), name()
        owner = chance.randrange(number) if number and chance.random() < 0.01 else number
        writer.writerow([
            f"K{number}", first, last, f"{owner}.mail@example.com", f"+49 170 {number:07}", f"030 {number:07}",
            chance.choice(("Buyer", "Engineer", "Director")), name(), chance.choice(("Germany", "Taiwan", "Brazil")),
            f"{chance.randint(1950, 2005)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
            chance.choice(("Fair", "Web")), chance.choice(("de", "en")),
        ])  # fmt: skip
    return out.getvalue().encode()


def clocked(name: str, rows: int, work: Callable[[], object]) -> float:
    """Do something, say how long it took, and return the rows per second of the clock."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{name}: {wall:.1f} s of the clock, {cpu:.1f} s of our processor, {rows / wall:,.0f} rows/s")
    return rows / wall


def run(rows: int, policy: str) -> float:
    """Import, and look for likely ones behind; return the rows per second of the import."""
    from throughline.core.actor import Actor
    from throughline.core.records import registry
    from throughline.core.records.imports import operations, running
    from throughline.core.records.imports.guessing import mapping_of
    from throughline.core.records.imports.models import Import
    from throughline.core.records.matching import following
    from throughline.crm.people.models import Contact

    content, by, spec = people(rows), Actor.system(), registry.get("contact")

    def whole() -> None:
        made = operations.stage_file(spec=spec, content=content, file_name="people.csv", by=by, at=AT)
        operations.set_mapping(import_id=made.pk, mapping=mapping_of(made.mapping), policy=policy, by=by, at=AT)
        operations.begin_import(import_id=made.pk, by=by, at=AT)
        while running.advance_imports(at=AT):
            pass

    rate = clocked(f"{rows:,} rows x {len(HEADER)} columns, from the file to the last commit", rows, whole)
    made = Import.objects.get()
    print(f"  {made.status}: {made.created:,} created, {made.existing:,} known already, {made.refused:,} refused")
    some = list(Contact.objects.order_by("pk").values_list("pk", flat=True)[:BEHIND])
    clocked(f"likely ones behind, for {len(some):,}", len(some), lambda: following.refresh(spec=spec, ids=some, at=AT))
    return rate


def main() -> int:
    """Measure, and say whether the goal is met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--policy", default="skip")
    parser.add_argument("--profile", action="store_true")
    arguments = parser.parse_args()
    with scratch_database():
        print(machine())
        profiler = cProfile.Profile() if arguments.profile else None
        if profiler:
            profiler.enable()
        rate = run(arguments.rows, arguments.policy)
        if profiler:
            profiler.disable()
            pstats.Stats(profiler).sort_stats("tottime").print_stats(45)
    return 0 if rate >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
