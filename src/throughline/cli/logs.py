"""What the commands on event logs share: their arguments, and reading the log."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from throughline.cli import say
from throughline.insight.logs import Columns, LogUnreadable, Reading, read_log
from throughline.platform.faults import Fault

ROLES = {
    "case": "the case; of an OCEL log the type of object that is the case",
    "activity": "the activity",
    "time": "when it happened; of work with a beginning, when it ended",
    "resource": "who did it",
    "lifecycle": "the lifecycle: start, complete …",
    "start": "when work began",
    "enabled": "when work could have begun",
}


def add_log_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the log and what its columns mean."""
    parser.add_argument("log", metavar="LOG", help="CSV, Parquet, XES or OCEL 2.0 (.json, .xml, .sqlite), also gzipped")
    columns = parser.add_argument_group("columns of the log (guessed when not given)")
    for role, meaning in ROLES.items():
        columns.add_argument(f"--{role}", metavar="COLUMN", help=meaning)
    columns.add_argument("--classifier", metavar="COLUMN+COLUMN", help="the columns that together name the activity")
    columns.add_argument("--time-format", metavar="FORMAT", help="how times are written, such as '%%d.%%m.%%Y %%H:%%M'")


def read(arguments: argparse.Namespace, *, keep: Sequence[str] | None) -> Reading:
    """
    Read the log that the arguments name, and tell what was doubtful; ``keep``: which attributes, None is all.

    Raises:
        Fault: it cannot be read.
    """
    columns = Columns(
        **{role: getattr(arguments, role) for role in ROLES},
        classifier=tuple(part.strip() for part in (arguments.classifier or "").split("+") if part.strip()),
        time_format=arguments.time_format,
    )
    try:
        reading = read_log(Path(arguments.log), columns, keep=keep)
    except LogUnreadable as problem:
        raise Fault(str(problem)) from problem
    for warning in reading.log.warnings:
        say(warning)
    return reading
