"""
Working time: when an office is open, and how much of it lies between two instants.

Theory of operation. A calendar is weekly hours on the clock of a zone, minus holidays, with other hours on single
days. Each local day becomes stretches of real time: both ends of its hours are turned into instants, and only
instants are added and compared. So a night shift over the change to summer time is an hour shorter, and eight working
hours are eight real hours. A local time that the clocks skip counts as if they had not moved yet; one that they show
twice is the first.

``add_working`` gives the first instant by which that much time has been worked: eight hours from nine, in an office
open from nine to five, are over at five, not at nine the next day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise

import msgspec

from throughline.flow.temporal import zone_named

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = timedelta(days=1)
NOTHING = timedelta(0)
LONGEST_SEARCH = 366 * 100

Hours = tuple[tuple[int, int], ...]
"""
The open stretches of one day, in order: minutes since local midnight, the end excluded, 1440 being the next midnight.
"""


Stretches = tuple[tuple[datetime, datetime], ...]


class NoWorkingTime(ValueError):
    """The calendar is closed for longer than anybody waits: the search for working time found no end."""


class BusinessCalendar(msgspec.Struct, frozen=True):
    """
    When work is done. ``week``: the hours of Monday to Sunday; ``exceptions``: other hours of single days, none for a
    holiday. Made by ``of``, which checks the parts.
    """

    zone: str
    week: tuple[Hours, Hours, Hours, Hours, Hours, Hours, Hours]
    exceptions: dict[date, Hours] = {}

    @classmethod
    def of(
        cls,
        *,
        zone: str,
        hours: Mapping[str, Iterable[Sequence[str]]],
        holidays: Iterable[date | str] = (),
        exceptions: Mapping[date | str, Iterable[Sequence[str]]] | None = None,
    ) -> BusinessCalendar:
        """
        Make a calendar from text: ``hours={"mon": [["09:00", "17:00"]], ...}``, days in ISO form.

        Raises ValueError when the zone is unknown, a day or time cannot be read, or hours overlap.
        """
        zone_named(zone)
        if unknown := set(hours) - set(WEEKDAYS):
            raise ValueError(f"Expected the days mon to sun, but {', '.join(sorted(unknown))}.")
        first, second, third, fourth, fifth, sixth, seventh = (read_hours(hours.get(day, ())) for day in WEEKDAYS)
        days = {read_day(day): read_hours(stretches) for day, stretches in (exceptions or {}).items()}
        closed: dict[date, Hours] = {read_day(day): () for day in holidays}
        return cls(zone, (first, second, third, fourth, fifth, sixth, seventh), closed | days)

    def hours_of(self, day: date) -> Hours:
        return self.exceptions.get(day, self.week[day.weekday()])

    def add_working(self, start: datetime, duration: timedelta) -> datetime:
        """
        The first instant by which ``duration`` has been worked since ``start``; back in time when it is negative.

        ``start`` is aware; the result is on its clock. Raises NoWorkingTime when there is not enough within a century.
        """
        left = abs(duration)
        if not left:
            return start
        backward = duration < NOTHING
        at = start.astimezone(UTC)
        for opens, closes in self._stretches(at, backward=backward):
            length = closes - opens
            if left <= length:
                return (closes - left if backward else opens + left).astimezone(start.tzinfo)
            left -= length
        raise NoWorkingTime(f"Expected {abs(duration)} of working time within a century of {start}, but there is less.")

    def working_between(self, start: datetime, end: datetime) -> timedelta:
        """The working time from one aware instant to another; negative when ``end`` comes first."""
        if end < start:
            return -self.working_between(end, start)
        worked, stop = NOTHING, end.astimezone(UTC)
        for opens, closes in self._stretches(start.astimezone(UTC), backward=False, last=self._local_day(stop)):
            if opens >= stop:
                break
            worked += min(closes, stop) - opens
        return worked

    def is_open(self, at: datetime) -> bool:
        """Whether work is done at that aware instant."""
        moment = at.astimezone(UTC)
        return any(opens <= moment < closes for opens, closes in self._day(self._local_day(moment)))

    def next_open(self, at: datetime) -> datetime:
        """The instant itself when work is done then, else the next opening. Raises NoWorkingTime."""
        for opens, _ in self._stretches(at.astimezone(UTC), backward=False):
            return opens.astimezone(at.tzinfo)
        raise NoWorkingTime(f"Expected working time within a century of {at}, but there is none.")

    def _stretches(
        self, at: datetime, *, backward: bool, last: date | None = None
    ) -> Iterator[tuple[datetime, datetime]]:
        """The open stretches from ``at`` on, day by day, cut off at ``at``; the other way when ``backward``."""
        day, step = self._local_day(at), -DAY if backward else DAY
        for _ in range(LONGEST_SEARCH):
            found = self._day(day)
            for opens, closes in reversed(found) if backward else found:
                first, end = (opens, min(closes, at)) if backward else (max(opens, at), closes)
                if first < end:
                    yield first, end
            if day == last:
                return
            try:
                day += step
            except OverflowError:
                return

    def _local_day(self, at: datetime) -> date:
        return at.astimezone(zone_named(self.zone)).date()

    def _day(self, day: date) -> Stretches:
        return stretches_of(self.zone, self.hours_of(day), day)


@lru_cache(maxsize=16384)
def stretches_of(zone: str, hours: Hours, day: date) -> Stretches:
    """The open stretches of a local day as instants in UTC. A stretch that the clocks skip is left out."""
    clock = zone_named(zone)
    ends = [[local_instant(day, minutes).replace(tzinfo=clock).astimezone(UTC) for minutes in pair] for pair in hours]
    return tuple((opens, closes) for opens, closes in ends if opens < closes)


def local_instant(day: date, minutes: int) -> datetime:
    return datetime.combine(day, time()) + timedelta(minutes=minutes)


def read_hours(stretches: Iterable[Sequence[str]]) -> Hours:
    """Hours from pairs such as ``["09:00", "17:00"]``, in order. Raises ValueError when they overlap."""
    hours = sorted((read_minutes(opens), read_minutes(closes)) for opens, closes in stretches)
    if any(opens >= closes for opens, closes in hours) or any(one[1] > other[0] for one, other in pairwise(hours)):
        raise ValueError(f"Expected hours that end after they begin and do not overlap, but {hours}.")
    return tuple(hours)


def read_minutes(text: str) -> int:
    """Minutes since midnight of ``HH:MM``; ``24:00`` is the end of the day. Raises ValueError."""
    hour, colon, minute = text.partition(":")
    if not (colon and hour.isascii() and minute.isascii() and hour.isdigit() and minute.isdigit()):
        raise ValueError(f'Expected a time such as "09:00", but "{text}".')
    minutes = int(hour) * 60 + int(minute)
    if int(minute) > 59 or minutes > 24 * 60:
        raise ValueError(f'Expected a time from "00:00" to "24:00", but "{text}".')
    return minutes


def read_day(day: date | str) -> date:
    return date.fromisoformat(day) if isinstance(day, str) else day
