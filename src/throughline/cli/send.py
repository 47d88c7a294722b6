"""``throughline send``: one message per row of a CSV file, to the cases that wait for it."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from throughline.cli import OK, say
from throughline.cli.batch import write_json
from throughline.cli.database import product, read_rows

if TYPE_CHECKING:
    from throughline.core.procedures.operations.messages import Sent


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("message", metavar="MESSAGE", help="the message's name, as in the drawing")
    parser.add_argument("file", metavar="FILE.csv", help="a table with a header row; - is standard input")
    parser.add_argument("--key", metavar="COLUMN", required=True, help="the column that names the waiting case")
    parser.add_argument("--id", metavar="COLUMN", default="", help="the column that names a row (default: its content)")
    parser.add_argument("--json", action="store_true", help="print what became of each row as one JSON document")


def run(arguments: argparse.Namespace) -> int:
    """Send the rows. Sending the same file again changes nothing."""
    rows = read_rows(arguments.file)
    with product():
        from throughline.core.actor import Actor, ActorKind
        from throughline.core.procedures.operations.messages import send_rows

        name = Path(arguments.file).name
        sent = send_rows(
            name=arguments.message,
            rows=rows,
            key=arguments.key,
            message_id=arguments.id,
            by=Actor(ActorKind.IMPORT, name, name),
            at=datetime.now(UTC),
        )
    if arguments.json:
        write_json(_document(sent))
    else:
        _tell(sent)
    return OK


def _document(sent: Sent) -> dict[str, Any]:
    return {
        "message": sent.name,
        "rows": len(sent.deliveries),
        "counts": sent.counts,
        "deliveries": [
            {
                "row": number,
                "key": delivery.key,
                "status": delivery.status,
                "cases": delivery.cases,
                "implausible": delivery.implausible,
            }
            for number, delivery in enumerate(sent.deliveries, 1)
        ],
    }


def _tell(sent: Sent) -> None:
    counts = ", ".join(f"{count} {status}" for status, count in sorted(sent.counts.items()))
    print(f"{sent.name}: {len(sent.deliveries)} rows, {counts}.")  # noqa: T201
    for number, delivery in enumerate(sent.deliveries, 1):
        for expectation in delivery.implausible:
            say(f"Row {number} ({delivery.key}): {expectation}")
