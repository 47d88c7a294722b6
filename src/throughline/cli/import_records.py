"""``throughline import``: records of one type from a file, all or nothing. The same file again changes nothing."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from throughline.cli import OK, read_bytes, read_text, say
from throughline.cli.batch import write_json
from throughline.cli.database import product
from throughline.cli.import_people import import_people
from throughline.platform.faults import Fault

if TYPE_CHECKING:
    from throughline.core.records.importing import ImportReport
    from throughline.core.records.spec import RecordSpec

SHOWN_LINES = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("type", metavar="TYPE", help="in the singular: lead, contact, deal …, or person")
    parser.add_argument("file", metavar="FILE", help="a CSV table or workbook with a header row; - is standard input")
    parser.add_argument("--mapping", metavar="FILE", help="which column is which field, as YAML")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and change nothing")
    parser.add_argument("--json", action="store_true", help="print what was done as one JSON document")


def run(arguments: argparse.Namespace) -> int:
    """Import the file."""
    content = read_bytes(arguments.file)
    mapping = read_text(arguments.mapping) if arguments.mapping else None
    if arguments.type == "person":
        with product():
            import_people(content, mapping, Path(arguments.file).name, dry_run=arguments.dry_run, json=arguments.json)
        return OK
    with product():
        from throughline.core.actor import Actor, ActorKind
        from throughline.core.records.importing import import_rows
        from throughline.core.records.mapping import read_mapping

        name = Path(arguments.file).name
        report = import_rows(
            spec=type_named(arguments.type),
            content=content,
            by=Actor(ActorKind.IMPORT, name, name),
            at=datetime.now(UTC),
            mapping=read_mapping(mapping) if mapping is not None else None,
            file_name=name,
            dry_run=arguments.dry_run,
        )
    if arguments.json:
        write_json(report)
    else:
        _tell(report)
    return OK


def type_named(name: str) -> RecordSpec:
    """
    Return the record type of a name.

    Raises:
        Fault: there is none.
    """
    from throughline.core.records import registry

    known = {spec.type: spec for spec in registry.everything()}
    if name not in known:
        raise Fault(f'There is no record type "{name}". Known are {", ".join(sorted(known))}.')
    return known[name]


def _tell(report: ImportReport) -> None:
    verb = "would be created" if report.dry_run else "created"
    print(f"{report.type}: {report.lines} lines, {report.created} {verb}, {report.existing} known already.")  # noqa: T201
    for note in report.notes:
        say(note)
    for warning in report.warnings:
        say_of_lines(warning.message, warning.lines)


def say_of_lines(message: str, lines: Sequence[int]) -> None:
    """Say something about lines of a file, with the numbers of the first ones."""
    more = f" and {len(lines) - SHOWN_LINES} more" if len(lines) > SHOWN_LINES else ""
    say(f"{message} (lines {', '.join(map(str, lines[:SHOWN_LINES]))}{more})")
