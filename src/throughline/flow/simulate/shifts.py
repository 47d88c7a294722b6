"""
Business calendars on the simulator's clock: whole microseconds since the origin, looked up instead of worked out.

The open stretches of a :class:`~throughline.flow.calendars.BusinessCalendar` are listed day by day as far as a run has
come, with the working time before each. Finding the end of a piece of work is then one search in a list, and working
time inside any window one subtraction. What a calendar means (zones, summer time, holidays) stays its own business.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from throughline.flow.calendars import LONGEST_SEARCH, NoWorkingTime, stretches_of
from throughline.flow.temporal import zone_named

if TYPE_CHECKING:
    import numpy.typing as npt

    from throughline.flow.calendars import BusinessCalendar

MICROSECOND = timedelta(microseconds=1)
DAY = timedelta(days=1)


class Shifts:
    """One calendar seen from ``origin`` (aware)."""

    __slots__ = ("_before", "_calendar", "_closes", "_day", "_far", "_opens", "_origin", "_worked")

    def __init__(self, calendar: BusinessCalendar, origin: datetime) -> None:
        self._calendar = calendar
        self._origin = origin
        self._day: date = origin.astimezone(zone_named(calendar.zone)).date() - DAY
        self._opens: list[int] = []
        self._closes: list[int] = []
        self._before: list[int] = []
        """Working time before each stretch."""
        self._worked = 0
        self._far = 0
        """No stretch that begins before this instant is missing."""

    def _look_ahead(self) -> None:
        """List more stretches: at least one, and about a month of days."""
        known = self._worked
        for number in range(LONGEST_SEARCH):
            for opens, closes in stretches_of(self._calendar.zone, self._calendar.hours_of(self._day), self._day):
                begin, end = (opens - self._origin) // MICROSECOND, (closes - self._origin) // MICROSECOND
                if end > 0:
                    self._add(max(begin, 0), end)
            self._day += DAY
            if number >= 31 and self._worked > known:
                break
        else:
            raise NoWorkingTime(f"Expected working time within a century of {self._origin}, but there is none.")
        midnight = datetime(self._day.year, self._day.month, self._day.day, tzinfo=UTC)
        self._far = (midnight - DAY - self._origin) // MICROSECOND

    def _add(self, begin: int, end: int) -> None:
        if self._closes and self._closes[-1] == begin:  # a night that is worked through is one stretch
            self._closes[-1] = end
            self._worked += end - begin
            return
        self._opens.append(begin)
        self._closes.append(end)
        self._before.append(self._worked)
        self._worked += end - begin

    def _stretch(self, at: int) -> int:
        """Return the stretch in which an instant lies, or the last one before it (-1: there is none)."""
        while at >= self._far:
            self._look_ahead()
        return bisect_right(self._opens, at) - 1

    def is_open(self, at: int) -> bool:
        """Say whether work is done at an instant."""
        place = self._stretch(at)
        return place >= 0 and at < self._closes[place]

    def next_open(self, at: int) -> int:
        """Return the instant itself when work is done then, else the next opening. Raises NoWorkingTime."""
        place = self._stretch(at)
        if place >= 0 and at < self._closes[place]:
            return at
        while place + 1 >= len(self._opens):
            self._look_ahead()
        return self._opens[place + 1]

    def stretch_at(self, at: int) -> tuple[int, int]:
        """Return the open stretch around an instant as far as it is known; an empty one when it is closed."""
        place = self._stretch(at)
        return (self._opens[place], self._closes[place]) if place >= 0 else (0, 0)

    def worked_by(self, at: int) -> int:
        """Return the working time from the origin to an instant."""
        place = self._stretch(at)
        if place < 0:
            return 0
        return self._before[place] + min(at, self._closes[place]) - self._opens[place]

    def finish(self, at: int, work: int) -> int:
        """Return the first instant by which so much has been worked since ``at``. Raises NoWorkingTime."""
        if not work:
            return at
        goal = self.worked_by(at) + work
        while goal > self._worked:
            self._look_ahead()
        place = bisect_right(self._before, goal - 1) - 1
        return self._opens[place] + goal - self._before[place]

    def worked_by_each(self, instants: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the working time from the origin to each of these instants."""
        if not instants.size:
            return instants
        self._stretch(int(instants.max()))
        opens, closes, before = (np.asarray(each) for each in (self._opens, self._closes, self._before))
        if not opens.size:
            return np.zeros_like(instants)
        places = np.searchsorted(opens, instants, side="right") - 1
        inside = np.minimum(instants, closes[places]) - opens[places] + before[places]
        return np.where(places >= 0, inside, 0)
