"""
Lists beside Tryton's: our data beside their data, and a whole page of ours beside their data.

    DATABASE_URL=postgres://… python bench/list_beside.py [--leads 20000] [--rounds 5] [--times 10]

Both have as many leads in the same PostgreSQL, and are asked inside of their process, past their web server. Theirs
(``bench/peer_tryton.py``) is what its client asks for when somebody opens the list: 50 keys, how many there are, and 18
columns, as JSON-RPC, three requests. Ours is told thrice: what a program asks for the same, over REST in one request
(50 leads, of each as many columns, those that mean the same where we have them, and how many there are, behind the
second wall of the database); the same with all fields, and the number asked for by itself; and the page that a
browser only shows (frame, filters, table), which Tryton's client in the browser still has to make. Rounds alternate.
Told are medians of the wall clock and of the processor of the process that answers; the exit is 1 when the data or the
page is not three times as fast by the clock. ``bench/million.py`` does the same in its run, at its size.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING
from unittest.mock import patch

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.company import LEADS, company
from bench.pages import look
from bench.peers import peer
from bench.stage import machine, scratch_database

if TYPE_CHECKING:
    from throughline.core.identity.models import User

GOAL = 3.0
Cost = tuple[float, float]
"""Seconds of wall clock, and of the processor of the process that answers."""


COLUMNS = (
    "number", "external_id", "first_contact_on", "closed_at", "owner", "subject", "description", "contact", "name",
    "organization_name", "annual_revenue", "source", "status", "score", "title", "version", "updated_at", "created_at",
)  # fmt: skip
"""What stands for the columns of Tryton's list (``COLUMNS`` of ``peer_tryton.py``)."""
ASKED: dict[str, Sequence[str]] = {
    "data": (f"/api/v1/records/leads?limit=50&count=true&fields={','.join(COLUMNS)}",),
    "all fields": ("/api/v1/records/leads?limit=50", "/api/v1/records/leads/count"),
    "page": ("/leads/",),
}
BOUND = frozenset({"data", "page"})
"""What the goal is for."""


def beside(person: User, leads: int, rounds: int, times: int) -> bool | None:
    """Print what a list costs both, and return whether ours is fast enough; None when there is no peer here."""
    key = {"Authorization": f"Bearer {_key_of(person)}"}
    theirs_is = {"DATABASE_URL": _database_of_tryton(), "TRYTON_LEADS": str(leads)}
    with patch.dict(os.environ, theirs_is), peer("tryton") as tryton:
        if tryton is None:
            return None
        ours: dict[str, list[Cost]] = {name: [] for name in ASKED}
        theirs: list[Cost] = []
        for _ in range(rounds):
            for name, paths in ASKED.items():
                ours[name].append(_asked(person, paths, times, None if name == "page" else key))
            wall, processor = tryton.figures(times)
            theirs.append((wall / times, processor / times))
    their = _told("list of 50, Tryton, data", theirs)
    kept = True
    for name, costs in ours.items():
        wall, processor = _told(f"list of 50, ours, {name}", costs)
        ratio = their[0] / wall
        print(
            f"    {ratio:.1f} times as fast by the clock, {their[1] / processor:.1f} by the processor (goal {GOAL:g})"
        )
        kept &= ratio >= GOAL or name not in BOUND
    return kept


def _asked(person: User, paths: Sequence[str], times: int, headers: Mapping[str, str] | None = None) -> Cost:
    """Return what one list costs us: what is asked one after the other counts together."""
    looked = [look(person, path, times, headers) for path in paths]
    return (
        sum(median(sight.whole for sight in sights) for sights in looked),
        sum(median(sight.processor for sight in sights) for sights in looked),
    )


def _told(what: str, costs: Sequence[Cost]) -> Cost:
    wall, processor = (median(each[place] for each in costs) for place in (0, 1))
    print(f"{what:<32}{1000 * wall:7.1f} ms, processor of the process {1000 * processor:6.1f} ms", flush=True)
    return wall, processor


def _key_of(person: User) -> str:
    """Return a key of the person's for programs, which may ask as often as it likes."""
    from throughline.core.actor import Actor
    from throughline.core.identity import keys

    return keys.issue_key(
        user=person, name="bench", scopes=["read:*"], by=Actor.user(person), at=datetime.now(UTC), per_minute=10_000
    )[1]


def _database_of_tryton() -> str:
    """Return the address of Tryton's database beside this one, made now where it is not there."""
    from django.db import connection

    at = connection.settings_dict
    name = f"{at['NAME']}_tryton"
    server = f"postgresql://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}/".replace(":@", "@")
    with psycopg.connect(f"{server}postgres", autocommit=True) as server_connection:
        if not server_connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchall():
            server_connection.execute(f'CREATE DATABASE "{name}"')
    return server + name


def main() -> int:
    """Fill, compare, and say whether the goal is met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--leads", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--keep", action="store_true", help="leave the database for the next run, or use the one left")
    arguments = parser.parse_args()
    with scratch_database(keep=arguments.keep):
        people = company(arguments.leads / LEADS)
        print(machine())
        kept = beside(people["maya"], arguments.leads, arguments.rounds, arguments.times)
    return 1 if kept is False else 0


if __name__ == "__main__":
    sys.exit(main())
