"""
A first look at a file: what it is, which columns it has, what stands in them, and which of them seem to mean what.

It reads some of the beginning only, so that a person can confirm the columns before all of it is read. Of an
object-centric log the question is which type of object is the case.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from throughline.insight.logs import xes
from throughline.insight.logs.columns import Columns
from throughline.insight.logs.delimited import look_at_table
from throughline.insight.logs.faults import LogUnreadable
from throughline.insight.logs.limits import Limits
from throughline.insight.logs.ocel import object_types
from throughline.insight.logs.reading import CUT_OFF, kind_of, opened
from throughline.insight.logs.traces import traces

ROWS = 5
EVENTS_OF_XES = 200


@dataclass(frozen=True, slots=True)
class Look:
    """
    What a first look found. ``kind``: ``table``, ``xes`` or ``objects``. ``names``: the columns, attributes or object
    types there are; ``rows``: some events, a value per name, None where one lacks it; ``columns``: what is taken for
    what; ``doubts``: what was guessed, a sentence each.
    """

    kind: str
    names: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    columns: Columns
    doubts: tuple[str, ...] = ()


def look_at(path: str | Path, columns: Columns | None = None, *, limits: Limits | None = None) -> Look:
    """
    Look at the beginning of the event log in a file.

    Raises:
        LogUnreadable: it is no event log, or a damaged one; the message says so in one sentence.
    """
    file, wanted, bounds = Path(path), columns or Columns(), limits or Limits()
    try:
        kind = kind_of(file)
        if kind == "table":
            return _table(file, wanted, bounds)
        return _xes(file, bounds) if kind == "xes" else _objects(file, kind, bounds)
    except (EOFError, zlib.error) as problem:
        raise LogUnreadable(CUT_OFF.format(name=file.name)) from problem
    except OSError as problem:
        raise LogUnreadable(f"{file.name} cannot be read: {(problem.strerror or str(problem)).lower()}.") from problem


def _table(file: Path, wanted: Columns, limits: Limits) -> Look:
    names, rows, columns, doubts = look_at_table(file, wanted, limits)
    return Look("table", tuple(names), tuple(rows[:ROWS]), columns, tuple(doubts))


def _xes(file: Path, limits: Limits) -> Look:
    with opened(file) as stream:
        events = list(islice(_first_events(stream, file.name, limits), EVENTS_OF_XES))
    if not events:
        raise LogUnreadable(f"{file.name} holds no events.")
    names = tuple(Counter(name for event in events for name in event))
    rows = tuple(tuple(event.get(name) for name in names) for event in events[:ROWS])
    usual = Columns(case=xes.NAME, activity=xes.NAME, time=xes.TIME, resource=xes.RESOURCE, lifecycle=xes.LIFECYCLE)
    absent = {role: None for role, name in usual.roles().items() if role != "case" and name not in names}
    return Look("xes", names, rows, replace(usual, **absent))  # type: ignore[arg-type]  # roles are words or None


def _first_events(stream: BinaryIO, name: str, limits: Limits) -> Iterator[dict[str, str]]:
    for trace in traces(stream, name, limits):
        yield from trace.events


def _objects(file: Path, kind: str, limits: Limits) -> Look:
    types = object_types(file, kind, limits)
    rows = tuple((str(count),) for count in types.values())
    return Look("objects", tuple(types), rows, Columns(case=next(iter(types))))
