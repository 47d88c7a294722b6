"""``throughline mine``: what an event log holds."""

from __future__ import annotations

import argparse
import json
from typing import Any

import msgspec

from throughline.cli import OK, read_text
from throughline.cli.batch import parse, write_json
from throughline.cli.logs import add_log_arguments, read
from throughline.flow.calendars import BusinessCalendar
from throughline.flow.mining.business import business_time
from throughline.flow.mining.filters import AnyFilter, Having, NoSuchColumn, filtered
from throughline.flow.mining.flows import calendar_time
from throughline.flow.mining.log import EventLog
from throughline.flow.mining.summary import summary
from throughline.insight.logs import LogUnreadable, write_log
from throughline.platform.faults import Fault

SHOWN = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the log, what is asked of it and the forms of output."""
    add_log_arguments(parser, each="event")
    parser.add_argument(
        "--filter", action="append", default=[], metavar="JSON",
        help='keep a part, such as {"kind": "outcome", "ends": ["Closed"]}; may be repeated, applied in order',
    )  # fmt: skip
    parser.add_argument(
        "--calendar", metavar="FILE.json",
        help='count working time only: {"zone": "Europe/Rome", "hours": {"mon": [["09:00", "17:00"]]}, "holidays": []}',
    )  # fmt: skip
    parser.add_argument("-o", "--output", metavar="FILE", help="also write the log: .csv, .xes, .json, .xml, .sqlite")
    parser.add_argument("--json", action="store_true", help="print everything as one JSON document")


def run(arguments: argparse.Namespace) -> int:
    """Print the figures of a log."""
    filters = [_filter(text) for text in arguments.filter]
    elapsed = business_time(_calendar(arguments.calendar)) if arguments.calendar else calendar_time
    needed = [each.column for each in filters if isinstance(each, Having)]
    reading = read(arguments, keep=None if arguments.output else needed)
    try:
        log = filtered(reading.log, filters, elapsed)
    except (NoSuchColumn, ValueError) as problem:
        raise Fault(str(problem)) from problem
    if arguments.output:
        _write(log, arguments.output)
    figures = {**summary(log, elapsed), "columns": reading.columns.roles()}
    if arguments.json:
        write_json(figures)
    else:
        _print(figures)
    return OK


def _filter(text: str) -> AnyFilter:
    try:
        found: AnyFilter = msgspec.convert(parse(text, what="--filter"), AnyFilter, strict=False)
    except msgspec.ValidationError as problem:
        raise Fault(f"--filter cannot be read: {problem}.") from problem
    return found


def _calendar(path: str) -> BusinessCalendar:
    try:
        given = json.loads(read_text(path))
        return BusinessCalendar.of(
            zone=given.get("zone", "UTC"), hours=given["hours"], holidays=given.get("holidays", ())
        )
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise Fault(f"{path} is no calendar: {problem}.") from problem


def _write(log: EventLog, path: str) -> None:
    try:
        write_log(log, path)
    except LogUnreadable as problem:
        raise Fault(str(problem)) from problem
    except OSError as problem:
        raise Fault(f"{path} cannot be written: {(problem.strerror or str(problem)).lower()}.") from problem


def _print(figures: dict[str, Any]) -> None:
    duration = figures["case_duration_s"]
    lines = [
        f"{figures['cases']:,} cases, {figures['events']:,} events, {len(figures['activities'])} activities, "
        f"{figures['resources']} resources, {figures['variants']:,} variants.",
        f"From {figures['first']} to {figures['last']}.",
        f"A case takes {_spoken(duration['median'])} in the middle, {_spoken(duration['mean'])} on average; "
        f"95 of 100 take at most {_spoken(duration['p95'])}.",
        f"Rework: {figures['rework_events']:,} events in {figures['rework_cases']:,} cases. "
        f"Hand-overs: {figures['handovers']:,}.",
        "",
        "Most frequent ways:",
        *(f"  {way['count']:>8,}  {' > '.join(way['activities'])}" for way in figures["variant_list"][:SHOWN]),
        "",
        "Most frequent steps (median):",
        *(
            f"  {flow['count']:>8,}  {flow['from']} > {flow['to']} ({_spoken(flow['median_s'])})"
            for flow in figures["flows"][:SHOWN]
        ),
    ]
    print("\n".join(lines))  # noqa: T201


def _spoken(seconds: float | None) -> str:
    if seconds is None:
        return "no time"
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} seconds"
