"""Reads an event log of any of the known kinds."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from throughline.flow.mining.log import EventLog
from throughline.insight.logs.columns import Columns
from throughline.insight.logs.delimited import read_delimited
from throughline.insight.logs.faults import LogUnreadable
from throughline.insight.logs.limits import Limits
from throughline.insight.logs.progress import LOADING, Progress

TABLES = {".csv", ".tsv", ".txt", ".parquet"}
OCEL = {".json": "json", ".jsonocel": "json", ".xmlocel": "xml", ".sqlite": "sqlite", ".db": "sqlite", ".ocel": ""}

CUT_OFF = "{name} is cut off or damaged: its compressed content ends too early. Copy it again."


@dataclass(frozen=True, slots=True)
class Reading:
    """A log, what kind of file it came from, and which of its columns mean what."""

    log: EventLog
    kind: str
    columns: Columns


def read_log(
    path: str | Path,
    columns: Columns | None = None,
    *,
    keep: Sequence[str] | None = None,
    limits: Limits | None = None,
    progress: Progress | None = None,
) -> Reading:
    """
    Read the event log in a file.

    ``columns``: what is known of the columns; of an OCEL log ``case`` is the type of object that is the case. ``keep``:
    which attributes to keep beside case, activity, time, resource and lifecycle; None keeps all. ``progress`` is kept
    true while it is read.

    Raises:
        LogUnreadable: it is no event log, or a damaged one; the message says so in one sentence.
    """
    file = Path(path)
    wanted, bounds, far = columns or Columns(), limits or Limits(), progress or Progress()
    try:
        kind = kind_of(file)
        if kind == "table":
            log, found = read_delimited(file, wanted, keep, bounds, far)
        elif kind == "xes":
            from throughline.insight.logs.xes import read_xes

            with opened(file) as stream:
                far.follow(part_read(stream, file))
                log, found = read_xes(stream, file.name, wanted, keep, limits=bounds, progress=far)
        else:
            from throughline.insight.logs.ocel import read_ocel

            log, found = read_ocel(file, kind, wanted, keep, limits=bounds, progress=far)
    except (EOFError, gzip.BadGzipFile, zlib.error) as problem:
        raise LogUnreadable(CUT_OFF.format(name=file.name)) from problem
    except OSError as problem:
        raise LogUnreadable(f"{path} cannot be read: {(problem.strerror or str(problem)).lower()}.") from problem
    far.events = log.events
    far.reach(LOADING)
    return Reading(log, kind, found)


def kind_of(path: Path) -> str:
    """Return ``table``, ``xes``, or one of the forms of OCEL: ``json``, ``xml``, ``sqlite``. Raises LogUnreadable."""
    suffixes = [each.lower() for each in path.suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    last = suffixes[-1] if suffixes else ""
    if last in TABLES:
        return "table"
    if last == ".xes":
        return "xes"
    if OCEL.get(last):
        return OCEL[last]
    return _kind_by_content(path)


def _kind_by_content(path: Path) -> str:
    with opened(path) as stream:
        begin = stream.read(4096)
    if begin.startswith(b"SQLite format 3"):
        return "sqlite"
    if begin.startswith(b"PAR1"):
        return "table"
    text = begin.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith(b"<"):
        return "xes" if b"<log" in begin and b"<object" not in begin else "xml"
    if text.startswith(b"{"):
        return "json"
    if not text:
        raise LogUnreadable(f"{path.name} is empty.")
    if b"\x00" in begin and not begin.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise LogUnreadable(f"{path.name} is no event log: it is neither CSV nor XES nor OCEL 2.0.")
    return "table"


def opened(path: Path) -> BinaryIO:
    """Open a file for reading, unpacked when it is compressed."""
    with path.open("rb") as raw:
        is_packed = raw.read(2) == b"\x1f\x8b"
    return cast(BinaryIO, gzip.open(path)) if is_packed else path.open("rb")


def part_read(stream: BinaryIO, path: Path) -> Callable[[], float]:
    """Return what tells the share of a file that was read from a stream of it, packed or not."""
    size = max(path.stat().st_size, 1)
    raw = cast(BinaryIO, getattr(stream, "fileobj", stream))
    return lambda: raw.tell() / size
