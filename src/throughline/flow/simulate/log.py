"""
A replication as an event log: what mining reads, as if it had happened.

One row per begin and per end of a piece of work, in order of time: case, activity, moment, lifecycle, resource, and the
node it is drawn at. Work that was taken back has ``ate_abort`` (the lifecycle of XES, IEEE 1849) as its end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from throughline.flow.simulate.floor import DONE, FIELDS, UNTOUCHED

if TYPE_CHECKING:
    from throughline.flow.simulate.floor import Records
    from throughline.flow.simulate.setting import Setting

HEADER = ("case", "activity", "time", "lifecycle", "resource", "node")
Row = tuple[str, str, str, str, str, str]


def rows(setting: Setting, records: Records) -> Iterator[Row]:
    """Give the rows of one replication; moments are ISO 8601 in UTC with microseconds."""
    stations = list(setting.stations.values())
    work = np.frombuffer(records.work, dtype=np.int64).reshape(-1, FIELDS)
    begun = np.flatnonzero(work[:, 7] != UNTOUCHED)
    moments = np.concatenate([work[begun, 3], work[begun, 4]])
    which = np.concatenate([begun, begun])
    ends = np.concatenate([np.zeros(len(begun), dtype=np.int64), np.ones(len(begun), dtype=np.int64)])
    for place in np.lexsort((ends, which, moments)).tolist():
        row, at = work[which[place]], int(moments[place])
        station, case, _, _, _, _, unit, how = row.tolist()
        yield (
            str(case + 1),
            stations[station].name,
            moment(setting, at),
            _lifecycle(bool(ends[place]), how),
            records.units[unit] if unit >= 0 else "",
            stations[station].node,
        )


def _lifecycle(ended: bool, how: int) -> str:
    if not ended:
        return "start"
    return "complete" if how == DONE else "ate_abort"


def moment(setting: Setting, at: int) -> str:
    """Return an instant of the run as text."""
    return (setting.start + timedelta(microseconds=at)).isoformat(timespec="microseconds").replace("+00:00", "Z")


def table(setting: Setting, records: Records) -> Sequence[tuple[int, str, int, int, str]]:
    """Return case, activity, start, complete (microseconds) and resource of all work that was done."""
    stations = list(setting.stations.values())
    work = np.frombuffer(records.work, dtype=np.int64).reshape(-1, FIELDS)
    return [
        (case, stations[station].name, begun, ended, records.units[unit] if unit >= 0 else "")
        for station, case, _, begun, ended, _, unit, how in work.tolist()
        if how == DONE
    ]
