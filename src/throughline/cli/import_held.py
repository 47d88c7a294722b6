"""``throughline import held``: the lines of an import that were put aside, with the known record each may mean."""

from __future__ import annotations

import argparse

from throughline.cli import OK, say
from throughline.cli.batch import write_json
from throughline.cli.database import product
from throughline.cli.import_runs import actor_named, add_person


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("number", metavar="NUMBER", type=int, help="the import, as its address and its result call it")
    parser.add_argument("--json", action="store_true", help="print them as one JSON document")
    add_person(parser)


def run(arguments: argparse.Namespace) -> int:
    """List them."""
    with product():
        from throughline.core.actor import Actor
        from throughline.core.records.imports.operations import held_lines, own_import

        found = own_import(
            import_id=arguments.number, by=actor_named(arguments.person, Actor.system("throughline import"))
        )
        held = held_lines(found)
    if arguments.json:
        lines = [
            {
                "line": each.line,
                "cells": dict(zip(found.header, each.cells, strict=False)),
                "known": {"id": each.record_id, "number": each.number, "title": each.title},
            }
            for each in held
        ]
        write_json({"import": found.pk, "type": found.record_type, "held": lines})
        return OK
    for each in held:
        cells = ", ".join(cell for cell in each.cells if cell)
        print(f"Line {each.line}: {cells} — {each.number}, {each.title}?")  # noqa: T201
    if not held:
        say(f"Nothing waits for a decision in import {found.pk}.")
    return OK
