"""
How fast a large file comes in: 100,000 contacts, and as many leads, of 12 columns, from the file to the last commit.

    DATABASE_URL=postgres://… python bench/import_rows.py [--rows 100000] [--type lead] [--policy skip] [--profile]

The wizard's own functions are used: the file is staged by COPY, its columns guessed, and a worker carries it out in
batches with a commit each; the external key, e-mail and mobile of every line are checked against what is kept, in
normal form. Every lead brings a person along, and its case is opened. What happens behind is measured by itself: that
search learns of the records, and over the first of them, that likely ones are looked for. Told are seconds of the
clock, and of the processor, here and in PostgreSQL, which share the machine. The exit is 1 below 5,000 rows per second
of the clock. ``bench/million.py`` does the same into a company of a million.
"""

from __future__ import annotations

import argparse
import cProfile
import csv
import io
import pstats
import random
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.stage import AT, Clock, machine, scratch_database

GOAL = 5_000
SEED = 11
BEHIND = 2_000
HEADERS: Mapping[str, tuple[str, ...]] = {
    "contact": (
        "Key", "First name", "Last name", "E-Mail", "Mobile", "Phone", "Job title", "City", "Birthday", "Country",
        "Source", "Language",
    ),
    "lead": (
        "Key", "First name", "Last name", "E-Mail", "Mobile", "Phone", "Job title", "Company", "First contact date",
        "Country", "Origin", "Language",
    ),
}  # fmt: skip


def people(count: int, type_: str, turn: int) -> bytes:
    """Return a file of made-up people; one in a hundred has the address of an earlier one of the same file."""
    chance = random.Random(SEED)
    syllables = ["ba", "ke", "li", "mo", "nu", "ra", "so", "ti", "ve", "wa", "xi", "yo"]
    mark = f"{type_[0]}{turn}"

    def name() -> str:
        return "".join(chance.choices(syllables, k=3)).title()

    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADERS[type_])
    for number in range(count):
        first, last = name(), name()
        owner = chance.randrange(number) if number and chance.random() < 0.01 else number
        area = 100 + 2 * turn + (type_ == "lead")
        writer.writerow([
            f"{mark}-{number}", first, last, f"{owner}.{mark}@example.com", f"+49 {area} {number:07}",
            f"0{area} {number:07}", chance.choice(("Buyer", "Engineer", "Director")), name(),
            f"{chance.randint(1990, 2005)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
            chance.choice(("Germany", "Taiwan", "Brazil")), chance.choice(("fair", "web")), chance.choice(("de", "en")),
        ])  # fmt: skip
    return out.getvalue().encode()


def bring_in(rows: int, policy: str, type_: str, profiled: Callable[[Callable[[], None]], None] | None = None) -> float:
    """Import, and do what is done behind; return the rows per second of the import."""
    from throughline.core.actor import Actor
    from throughline.core.records import registry, search
    from throughline.core.records.imports import operations, running
    from throughline.core.records.imports.guessing import mapping_of
    from throughline.core.records.imports.models import Import
    from throughline.core.records.matching import following
    from throughline.workers.main import settle_memory

    settle_memory()
    by, spec, clock = Actor.system(), registry.get(type_), Clock()
    content = people(rows, type_, Import.objects.count())
    began = spec.model._default_manager.order_by("-pk").values_list("pk", flat=True).first() or 0

    def carry_out() -> None:
        while running.advance_imports(at=AT):
            pass

    whole = f"{rows:,} {spec.plural.lower()}"
    staging, carrying = f"{whole}: staged, columns guessed", f"{whole}: carried out"
    with clock.part(staging):
        made = operations.stage_file(spec=spec, content=content, file_name="people.csv", by=by, at=AT)
        operations.set_mapping(import_id=made.pk, mapping=mapping_of(made.mapping), policy=policy, by=by, at=AT)
        operations.begin_import(import_id=made.pk, by=by, at=AT)
    with clock.part(carrying):
        (profiled or (lambda work: work()))(carry_out)
    made.refresh_from_db()
    rate = rows / clock.wall(staging, carrying)
    print(
        f"{whole}, from the file to the last commit: {rate:,.0f} rows/s of the clock, "
        f"{rows / clock.cpu(staging, carrying):,.0f} of the processors; "
        f"{made.created:,} created, {made.existing:,} known already, {made.refused:,} refused"
    )
    with clock.part(f"{whole}: search learns of them behind"):
        while search.feed_due():
            pass
    some = list(spec.model._default_manager.filter(pk__gt=began).order_by("pk").values_list("pk", flat=True)[:BEHIND])
    if spec.matching is not None:
        with clock.part(f"{BEHIND:,} of them: likely ones are looked for behind"):
            following.refresh(spec=spec, ids=some, at=AT)
    return rate


def main() -> int:
    """Measure, and say whether the goal is met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--type", choices=HEADERS, help="only this type")
    parser.add_argument("--policy", default="skip")
    parser.add_argument("--profile", action="store_true")
    arguments = parser.parse_args()
    profiler = cProfile.Profile()
    with scratch_database():
        from throughline.sample.load import found_company

        found_company(password="only here", at=AT)
        print(machine())
        rates = [
            bring_in(arguments.rows, arguments.policy, type_, profiler.runcall if arguments.profile else None)
            for type_ in ([arguments.type] if arguments.type else HEADERS)
        ]
    if arguments.profile:
        pstats.Stats(profiler).sort_stats("tottime").print_stats(45)
        pstats.Stats(profiler).sort_stats("cumulative").print_stats(60)
    return 0 if min(rates) >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
