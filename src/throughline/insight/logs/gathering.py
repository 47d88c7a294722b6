"""Events gathered one by one into the columns of a log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from throughline.flow.mining.log import EPOCH, EventLog, Words, ordered
from throughline.insight.logs.faults import LogUnreadable
from throughline.insight.logs.limits import Limits
from throughline.insight.logs.times import iso_instant


class Gathering:
    """
    Columns that grow. What an event lacks is counted and, where an event cannot do without it, the event left out.
    """

    def __init__(self, name: str, limits: Limits) -> None:
        self.name = name
        self.limits = limits
        self.cases: list[str] = []
        self.activities: list[str | None] = []
        self.times: list[str | None] = []
        self.columns: dict[str, list[str | None]] = {}
        self.warnings: list[str] = []

    def __len__(self) -> int:
        return len(self.cases)

    def check_size(self) -> None:
        """Raise LogUnreadable when there are more events than are read at once."""
        if len(self.cases) > self.limits.events:
            raise LogUnreadable(
                f"{self.name} has more than {self.limits.events:,} events, which is more than is read at once. "
                "Take a part of it, such as one year."
            )

    def add(self, case: str, activity: str | None, time: str | None, columns: dict[str, str | None]) -> None:
        """Add one event."""
        for name in columns:
            if name not in self.columns:
                self.columns[name] = [None] * len(self.cases)
        for name, values in self.columns.items():
            values.append(columns.get(name))
        self.cases.append(case)
        self.activities.append(activity)
        self.times.append(time)

    def log(self) -> EventLog:
        """Return the log of what was gathered. Raises LogUnreadable when no event has activity and time."""
        case, activity = Words.of(self.cases), Words.of(self.activities)
        at, unread = _instants(self.times)
        usable = (activity.codes >= 0) & (at != _NONE)
        self._tell(int((activity.codes < 0).sum()), "no activity")
        self._tell(sum(not time for time in self.times) if unread else 0, "no time")
        self._tell(unread - sum(not time for time in self.times) if unread else 0, "a time that cannot be read")
        if not usable.any():
            raise LogUnreadable(f"{self.name} holds no event with case, activity and time.")
        columns = {name: Words.of(values) for name, values in self.columns.items()}
        if not usable.all():
            chosen = np.flatnonzero(usable)
            case, activity, at = case.at(chosen), activity.at(chosen), at[chosen]
            columns = {name: column.at(chosen) for name, column in columns.items()}
        return ordered(case, activity, at, columns, warnings=self.warnings)

    def _tell(self, count: int, what: str) -> None:
        if count:
            events, was, has = ("event", "was", "has") if count == 1 else ("events", "were", "have")
            self.warnings.append(f"{count:,} {events} {has} {what} and {was} left out.")


_NONE = np.int64(np.iinfo(np.int64).min)


def _instants(times: Sequence[str | None]) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], int]:
    """The times as microseconds since 1970, and how many could not be read."""
    at = np.fromiter((_microseconds(time) for time in times), dtype=np.int64, count=len(times))
    return at, int(np.count_nonzero(at == _NONE))


def _microseconds(time: str | None) -> int:
    try:
        span = datetime.fromisoformat(time) - EPOCH  # type: ignore[arg-type]
    except (TypeError, ValueError):
        read = iso_instant(time) if time else None
        if read is None:
            return int(_NONE)
        span = read - EPOCH
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds
