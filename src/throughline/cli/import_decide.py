"""``throughline import decide``: what lines that were put aside are, said by a person; they are carried out at once."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime

from throughline.cli.database import product
from throughline.cli.import_runs import actor_named, add_person, add_result, expect_place, tell
from throughline.platform.faults import Fault

POLICIES = ("update", "create", "skip")
"""What a line is carried out by: the known record is filled and changed, another one is made, it is left out."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("number", metavar="NUMBER", type=int, help="the import, as its address and its result call it")
    parser.add_argument(
        "--lines", required=True, metavar="LINES",
        help="which lines: 3,8-12 or all; `throughline import held` lists those that wait",
    )  # fmt: skip
    parser.add_argument(
        "--policy", required=True, choices=POLICIES,
        help="fill and change the known record, make another one, or leave the line out",
    )  # fmt: skip
    add_person(parser)
    add_result(parser)


def run(arguments: argparse.Namespace) -> int:
    """Decide, and tell where the import stands."""
    expect_place(arguments)
    with product():
        from throughline.core.actor import Actor
        from throughline.core.records.imports.operations import decide_held, held_lines, own_import

        by = actor_named(arguments.person, Actor.system("throughline import"))
        held = [each.line for each in held_lines(own_import(import_id=arguments.number, by=by))]
        decided = decide_held(
            import_id=arguments.number,
            lines=_lines(arguments.lines, held),
            policy=arguments.policy,
            by=by,
            at=datetime.now(UTC),
        )
        return tell(decided, errors=arguments.errors, json=arguments.json)


def _lines(text: str, held: Sequence[int]) -> Sequence[int]:
    """
    Return the lines that are meant: of a range those that wait.

    Raises:
        Fault: it names no lines, or none waits.
    """
    if not held:
        raise Fault("No line of this import waits for a decision.")
    if text.strip() == "all":
        return held
    found: set[int] = set()
    for part in text.split(","):
        first, dash, last = (each.strip() for each in part.partition("-"))
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise Fault(f"Lines are numbers as in 3,8-12, or all; “{part.strip()}” is none of these.")
        found |= {line for line in held if int(first) <= line <= int(last)} if dash else {int(first)}
    if not found:
        raise Fault(f"No line of {text} waits for a decision.")
    return sorted(found)
