"""``throughline import resume``: go on with an import after the last line that was carried out."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from throughline.cli.database import product
from throughline.cli.import_runs import actor_named, add_person, add_result, carry_on, expect_place, tell


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("number", metavar="NUMBER", type=int, help="the import, as its address and its result call it")
    add_person(parser)
    add_result(parser)


def run(arguments: argparse.Namespace) -> int:
    """Go on with it; of one that is done, tell what came of it."""
    expect_place(arguments)
    with product():
        from throughline.core.actor import Actor
        from throughline.core.records.imports.operations import resume_import

        by = actor_named(arguments.person, Actor.system("throughline import"))
        found = resume_import(import_id=arguments.number, by=by, at=datetime.now(UTC))
        carry_on(found)
        return tell(found, errors=arguments.errors, json=arguments.json)
