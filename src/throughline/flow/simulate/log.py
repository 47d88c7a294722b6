"""
A replication as an event log: what mining reads, as if it had happened.

One row per begin and per end of a piece of work, in order of time: case, activity, moment, lifecycle, resource, and the
node it is drawn at. Work that was taken back has ``ate_abort`` (the lifecycle of XES, IEEE 1849) as its end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

import numpy as np

from throughline.flow.simulate.floor import DONE, FIELDS, SHARED, UNTOUCHED

if TYPE_CHECKING:
    import numpy.typing as npt

    from throughline.flow.simulate.floor import Records
    from throughline.flow.simulate.setting import Setting

    Whole = npt.NDArray[np.int64]

HEADER = ("case", "activity", "time", "lifecycle", "resource", "node")
START, COMPLETE, ABORT = "start", "complete", "ate_abort"
CHUNK = 50_000
"""So many rows are made at a time."""


def csv_text(setting: Setting, records: Records) -> Iterator[str]:
    """Give one replication as CSV, in pieces; moments are ISO 8601 in UTC with microseconds."""
    yield ",".join(HEADER) + "\n"
    stations = list(setting.stations.values())
    names = np.array([_quoted(each.name) for each in stations], dtype=object)
    nodes = np.array([_quoted(each.node) for each in stations], dtype=object)
    units = np.array([*(_quoted(each) for each in records.units), ""], dtype=object)
    origin = np.datetime64(setting.start.astimezone(UTC).replace(tzinfo=None), "us")
    for work, moments, ended in _in_order(_work(records)):
        times = np.datetime_as_string(origin + moments.astype("timedelta64[us]"), unit="us")
        lifecycle = np.where(ended, np.where(work[:, 7] == DONE, COMPLETE, ABORT), START)
        columns = (
            (work[:, 1] + 1).astype(str).tolist(),
            names[work[:, 0]].tolist(),
            np.char.add(times, "Z").tolist(),
            lifecycle.tolist(),
            units[_unit(work[:, 6])].tolist(),
            nodes[work[:, 0]].tolist(),
        )
        yield "\n".join(map(",".join, zip(*columns, strict=True))) + "\n"


def _work(records: Records) -> Whole:
    return np.frombuffer(records.work, dtype=np.int64).reshape(-1, FIELDS)


def _in_order(work: Whole) -> Iterator[tuple[Whole, Whole, npt.NDArray[np.bool_]]]:
    """Give begins and ends of work in order of time, in pieces: its row, the moment, whether it is the end."""
    begun = np.flatnonzero(work[:, 7] != UNTOUCHED)
    moments = np.concatenate([work[begun, 3], work[begun, 4]])
    which = np.concatenate([begun, begun])
    ends = np.arange(len(moments)) >= len(begun)
    order = np.lexsort((ends, which, moments))
    for first in range(0, len(order), CHUNK):
        part = order[first : first + CHUNK]
        yield work[which[part]], moments[part], ends[part]


def _unit(numbers: Whole) -> Whole:
    """Return the units that did the work (-1: nobody in particular), also where they shared their time."""
    return np.where(numbers <= SHARED, SHARED - numbers, numbers)


def _quoted(text: str) -> str:
    """Return a field of a CSV file (RFC 4180)."""
    return '"' + text.replace('"', '""') + '"' if any(each in text for each in ',"\r\n') else text


def executions(setting: Setting, records: Records) -> Sequence[tuple[int, str, int, int, str]]:
    """Return case, activity, start, complete (microseconds since the start) and resource of all work that was done."""
    stations = list(setting.stations.values())
    names = [*records.units, ""]
    work = _work(records)
    done = work[work[:, 7] == DONE]
    return [
        (row[1], stations[row[0]].name, row[3], row[4], names[unit])
        for row, unit in zip(done.tolist(), _unit(done[:, 6]).tolist(), strict=True)
    ]


def moment(setting: Setting, at: int) -> str:
    """Return an instant of the run as text."""
    return (setting.start + timedelta(microseconds=at)).isoformat(timespec="microseconds").replace("+00:00", "Z")
