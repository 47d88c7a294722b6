"""What the commands on event logs share: their arguments, and reading the log."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from throughline.cli import say
from throughline.flow.mining.lifecycle import executions, has_lifecycle
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


Each = Literal["event", "work"]


def add_log_arguments(parser: argparse.ArgumentParser, *, each: Each) -> None:
    """Add the log and what its columns mean; ``each`` is what counts by default."""
    parser.add_argument("log", metavar="LOG", help="CSV, Parquet, XES or OCEL 2.0 (.json, .xml, .sqlite), also gzipped")
    columns = parser.add_argument_group("columns of the log (guessed when not given)")
    for role, meaning in ROLES.items():
        columns.add_argument(f"--{role}", metavar="COLUMN", help=meaning)
    columns.add_argument("--classifier", metavar="COLUMN+COLUMN", help="the columns that together name the activity")
    parser.add_argument(
        "--each", choices=("event", "work"), default=each,
        help="what counts where starts and completions are events of their own: every event, or each piece of work "
        f"once (default {each})",
    )  # fmt: skip
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
    log = reading.log
    if has_lifecycle(log):
        told = TOLD[arguments.each]
        log = replace(executions(log) if arguments.each == "work" else log, warnings=(*log.warnings, told))
    for warning in log.warnings:
        say(warning)
    return replace(reading, log=log)


TOLD = {
    "event": "Starts and completions are events of their own here and count both; --each work counts them together.",
    "work": "Starts and completions are events of their own here and count together; --each event counts them both.",
}
