"""``throughline import undo``: what an import made goes into the bin, what it changed has its values back."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from throughline.cli import NO, OK, say
from throughline.cli.batch import write_json
from throughline.cli.database import product
from throughline.cli.import_runs import actor_named, add_person


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("number", metavar="NUMBER", type=int, help="the import, as its address and its result call it")
    parser.add_argument(
        "--along", action="store_true",
        help="also what it made beside its records (the persons behind enquiries), as far as nobody needs it",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print what was done as one JSON document")
    add_person(parser)


def run(arguments: argparse.Namespace) -> int:
    """Take it back; the exit status is 1 when something was changed since and stays."""
    with product():
        from throughline.core.actor import Actor
        from throughline.core.procedures.undoing import undo_import

        by = actor_named(arguments.person, Actor.system("throughline import"))
        undone = undo_import(import_id=arguments.number, by=by, at=datetime.now(UTC), along=arguments.along)
    if arguments.json:
        write_json({"import": undone.pk, "status": undone.status, "left": undone.left})
    else:
        stays = f"; {len(undone.left):,} things were changed since and stay" if undone.left else ""
        print(f"Import {undone.pk} of {undone.file_name} is taken back{stays}.")  # noqa: T201
        for each in undone.left:
            say(f"Line {each['line']}, {each['title']}: {each['sentence']}")
    return NO if undone.left else OK
