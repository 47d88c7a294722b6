"""
``throughline sample``: make the sample company anew, load it, take it away.

Making it lets a year and a half pass on a virtual clock in a scratch database beside the one in use, which takes some
three quarters of an hour; the result is one file that comes with the product. Only developers need that, after a change
of what the company does or when the file no longer fits the tables.
"""

from __future__ import annotations

import argparse
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from throughline.cli import OK, say
from throughline.cli.database import bring_up_to_date, product
from throughline.platform.address import DatabaseAddress
from throughline.platform.surroundings import entered

ENDS_AT = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
"""Until when the history goes that is kept, a Friday evening: loading moves it by weeks."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what can be asked for."""
    words = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    make = words.add_parser("make", help="make the company by running its procedures, and keep it in a file")
    make.add_argument("file", metavar="FILE", nargs="?", help="where to (default: into this package)")
    make.add_argument(
        "--size", choices=("believable", "small"), default="believable", help="how large (default: %(default)s)"
    )
    make.add_argument(
        "--until", metavar="MOMENT", type=datetime.fromisoformat, default=ENDS_AT, help="when the history ends"
    )
    load = words.add_parser("load", help="load the kept company into an installation in which nobody has begun to work")
    load.add_argument("--password", help="with which its people sign in (default: one that is made and printed)")
    words.add_parser("remove", help="take the company away, with all that was entered beside it")


def run(arguments: argparse.Namespace) -> int:
    """Do what is asked for."""
    return {"make": _make, "load": _load, "remove": _remove}[arguments.what](arguments)


def _make(arguments: argparse.Namespace) -> int:
    began = time.monotonic()
    with entered(say), _scratch():
        import django

        django.setup()
        bring_up_to_date()
        from throughline.sample import kept
        from throughline.sample.making import SIZES, make_company

        size = SIZES[arguments.size]
        kept.number_from(kept.FIRST_ID)
        make_company(size=size, password=None, at=arguments.until)
        target = Path(arguments.file) if arguments.file else Path(kept.__file__).with_name("company.xz")
        draft = target.with_suffix(".part")
        with draft.open("wb") as file:
            begins_at = arguments.until - timedelta(weeks=size.weeks)
            label = kept.write(file, begins_at=begins_at, ends_at=arguments.until)
        draft.replace(target)
        seconds, size_mb = time.monotonic() - began, target.stat().st_size / 1e6
        say(f"Kept {label.rows:,} rows in {target.name} ({size_mb:.1f} MB) after {seconds / 60:.0f} minutes.")
    return OK


@contextmanager
def _scratch() -> Iterator[None]:
    """Use a database of its own beside the one in use, for the length of the block."""
    import psycopg
    from django.db import connections

    here = os.environ["DATABASE_URL"]
    name = f"sample_{secrets.token_hex(4)}"
    beside, _, query = here.partition("?")
    stem = beside.rpartition("/")[0]
    with psycopg.connect(DatabaseAddress.parse(here).url, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        os.environ["DATABASE_URL"] = f"{stem}/{name}{'?' + query if query else ''}"
        try:
            yield
        finally:
            os.environ["DATABASE_URL"] = here
            connections.close_all()
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _load(arguments: argparse.Namespace) -> int:
    with product():
        from throughline.core.actor import Actor
        from throughline.sample.company import FIRST_SIGN_IN, load_company

        password = arguments.password or secrets.token_urlsafe(9)
        began = time.monotonic()
        load_company(by=Actor.system("throughline sample"), at=datetime.now(UTC), password=password)
        say(f"Loaded the sample company in {time.monotonic() - began:.1f} s.")
        print(f"{FIRST_SIGN_IN} with the password {password}")  # noqa: T201
    return OK


def _remove(_arguments: argparse.Namespace) -> int:
    with product():
        from throughline.core.actor import Actor
        from throughline.sample.company import remove_company

        remove_company(by=Actor.system("throughline sample"), at=datetime.now(UTC))
        say("The sample company is gone.")
    return OK
