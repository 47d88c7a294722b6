"""
Working time between many pairs of instants at once.

Theory of operation. The open stretches of the calendar from the first to the last instant asked for are laid end to
end; the working time up to an instant is then one look-up in a sorted list, and between two instants a difference. It
agrees with :meth:`BusinessCalendar.working_between` to the microsecond.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from throughline.flow.calendars import DAY, BusinessCalendar, stretches_of
from throughline.flow.mining.flows import Elapsed
from throughline.flow.mining.log import Ints, instant, microseconds


def business_time(calendar: BusinessCalendar) -> Elapsed:
    """Return the clock that counts only the working time of ``calendar``."""

    def elapsed(begin: Ints, end: Ints) -> Ints:
        if not len(begin):
            return np.zeros(0, dtype=np.int64)
        first, last = min(begin.min(), end.min()), max(begin.max(), end.max())
        opens, closes = _stretches(calendar, int(first), int(last))
        return _worked(opens, closes, end) - _worked(opens, closes, begin)

    return elapsed


def _worked(opens: Ints, closes: Ints, at: Ints) -> Ints:
    """The working time from the first opening up to each instant."""
    if not len(opens):
        return np.zeros(len(at), dtype=np.int64)
    before = np.concatenate([[0], np.cumsum(closes - opens)])
    current = np.searchsorted(opens, at, side="right") - 1
    inside = np.minimum(at, closes[current]) - opens[current]
    return np.where(current < 0, 0, before[current] + inside)


def _stretches(calendar: BusinessCalendar, first: int, last: int) -> tuple[Ints, Ints]:
    day, end = _day(first, -DAY), _day(last, DAY)
    found: list[tuple[int, int]] = []
    while day <= end:
        for opens, closes in stretches_of(calendar.zone, calendar.hours_of(day), day):
            found.append((microseconds(opens), microseconds(closes)))
        day += DAY
    table = np.array(sorted(found), dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _day(at: int, margin: timedelta) -> date:
    """The day of an instant in UTC, and one more, since the local day may be a neighbour."""
    return (instant(at) + margin).date()
