"""
The list page beside Tryton's: a whole page of ours (frame, filters, table) beside the data of a list of theirs.

    DATABASE_URL=postgres://… python bench/list_beside.py [--leads 20000] [--rounds 5] [--times 10]

Both have as many leads in the same PostgreSQL, and are asked inside of their process, past their web server. Ours
gives HTML that a browser only shows; theirs (``bench/peer_tryton.py``) gives data, of which its client in the browser
still makes a page, which is not counted. Rounds alternate. Told are medians of the wall clock and of the processor of
the process that answers; the exit is 1 when ours is not three times as fast by the clock.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.company import LEADS
from bench.million import company
from bench.pages import look
from bench.peers import peer
from bench.stage import machine, scratch_database

if TYPE_CHECKING:
    from throughline.core.identity.models import User

GOAL = 3.0


def beside(person: User, leads: int, rounds: int, times: int) -> float | None:
    """Print what a list costs both, and return how many times as fast ours is; None when there is no peer here."""
    address = _database_of_tryton()
    os.environ |= {"DATABASE_URL": address, "TRYTON_LEADS": str(leads)}
    with peer("tryton") as tryton:
        if tryton is None:
            return None
        ours, theirs = [], []
        for _ in range(rounds):
            ours += [(sight.whole, sight.processor) for sight in look(person, "/leads/", times)]
            theirs.append([seconds / times for seconds in tryton.figures(times)])
    wall, processor = (median(each[place] for each in ours) for place in (0, 1))
    their_wall, their_cpu = (median(each[place] for each in theirs) for place in (0, 1))
    print(f"list of 50, ours, a whole page:  {1000 * wall:7.1f} ms, processor here {1000 * processor:6.1f} ms")
    print(f"list of 50, Tryton, data only:   {1000 * their_wall:7.1f} ms, processor there {1000 * their_cpu:5.1f} ms")
    ratio = their_wall / wall
    print(f"{ratio:.1f} times as fast by the clock, {their_cpu / processor:.1f} by the processor (goal {GOAL:g})")
    return ratio


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
        ratio = beside(people["maya"], arguments.leads, arguments.rounds, arguments.times)
    return 0 if ratio is None or ratio >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
