"""
Dates, times and durations of FEEL.

Theory of operation. Python's own ``datetime`` cannot hold what DMN 1.5 (10.3.2.3) asks for: years beyond 9999 and
before 1, nanoseconds, a time of day that remembers the *name* of its zone, and two kinds of duration. So the values
here are two integers and a zone:

- a date is a day number (day 1 is 0001-01-01, as ``date.toordinal``): comparing and adding days is integer arithmetic;
- a time of day is nanoseconds since midnight plus a zone, a date and time is both;
- a zone is ``None`` (local), an ``int`` (seconds east of Greenwich) or a ``str`` (a name of the IANA data base);
- a days-and-time duration is nanoseconds, a years-and-months duration is months.

The Gregorian calendar repeats every 400 years, exactly 146,097 days. Every year outside 1..9999 is moved into that span
by whole cycles, and ``datetime.date`` does the rest.

``==`` on these values compares them part by part. Whether two instants in different zones are *equal in FEEL* is
decided in ``feel.compare``.
"""

from __future__ import annotations

import datetime as python
import re
from functools import lru_cache
from typing import TypeAlias
from zoneinfo import ZoneInfo

import msgspec

Zone: TypeAlias = "int | str | None"

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

DAYS_PER_CYCLE = 146_097
YEARS_PER_CYCLE = 400
LAST_PYTHON_DAY = python.date.max.toordinal()
LARGEST_YEAR = 999_999_999
LARGEST_OFFSET = 18 * 3600


class Date(msgspec.Struct, frozen=True, order=True):
    """A day of the proleptic Gregorian calendar. ``days``: day 1 is 0001-01-01."""

    days: int

    @classmethod
    def of(cls, year: int, month: int, day: int) -> Date:
        """Raises ValueError when there is no such day or the year lies beyond ±999,999,999."""
        return cls(day_number(year, month, day))

    @property
    def year(self) -> int:
        return civil(self.days)[0]

    @property
    def month(self) -> int:
        return civil(self.days)[1]

    @property
    def day(self) -> int:
        return civil(self.days)[2]

    @property
    def weekday(self) -> int:
        """1 (Monday) to 7 (Sunday)."""
        return (self.days - 1) % 7 + 1

    def __str__(self) -> str:
        year, month, day = civil(self.days)
        return f"{'-' if year < 0 else ''}{abs(year):04d}-{month:02d}-{day:02d}"


class Time(msgspec.Struct, frozen=True):
    """A time of day. ``nanos``: since midnight, 0 to below one day, on the clock of ``zone``."""

    nanos: int
    zone: Zone = None

    @classmethod
    def of(cls, hour: int, minute: int, second: int = 0, nano: int = 0, zone: Zone = None) -> Time:
        """Raises ValueError when a part is out of its bounds."""
        if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60 and 0 <= nano < SECOND):
            raise ValueError(f"Expected a time of day, but {hour}:{minute}:{second}.")
        return cls(hour * HOUR + minute * MINUTE + second * SECOND + nano, zone)

    @property
    def hour(self) -> int:
        return self.nanos // HOUR

    @property
    def minute(self) -> int:
        return self.nanos // MINUTE % 60

    @property
    def second(self) -> int:
        """Whole seconds; the fraction is in ``nanos``."""
        return self.nanos // SECOND % 60

    def __str__(self) -> str:
        return clock_text(self.nanos) + zone_text(self.zone)


class DateTime(msgspec.Struct, frozen=True):
    """A date and a time of day on the clock of ``zone``."""

    days: int
    nanos: int
    zone: Zone = None

    @property
    def date(self) -> Date:
        return Date(self.days)

    @property
    def time(self) -> Time:
        return Time(self.nanos, self.zone)

    @property
    def instant(self) -> int:
        """Nanoseconds since 0001-01-01T00:00:00Z minus one day. Raises ValueError for a local date and time."""
        offset = offset_of_local(self.days, self.nanos, self.zone)
        if offset is None:
            raise ValueError("Expected a date and time with a zone or offset, but it is local.")
        return self.days * DAY + self.nanos - offset * SECOND

    @classmethod
    def at_instant(cls, instant: int, zone: int | str) -> DateTime:
        """The clock of ``zone`` at that instant."""
        local = instant + offset_at_instant(instant, zone) * SECOND
        return cls(local // DAY, local % DAY, zone)

    def __str__(self) -> str:
        return f"{Date(self.days)}T{clock_text(self.nanos)}{zone_text(self.zone)}"


class DayTimeDuration(msgspec.Struct, frozen=True, order=True):
    """A duration of days, hours, minutes and seconds. ``nanos`` may be negative."""

    nanos: int

    @classmethod
    def of(cls, *, days: int = 0, hours: int = 0, minutes: int = 0, seconds: int = 0) -> DayTimeDuration:
        return cls(days * DAY + hours * HOUR + minutes * MINUTE + seconds * SECOND)

    def __str__(self) -> str:
        if self.nanos == 0:
            return "PT0S"
        sign, rest = ("-", -self.nanos) if self.nanos < 0 else ("", self.nanos)
        days, rest = divmod(rest, DAY)
        hours, rest = divmod(rest, HOUR)
        minutes, rest = divmod(rest, MINUTE)
        clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
        clock += f"{seconds_text(rest)}S" if rest else ""
        return f"{sign}P{f'{days}D' if days else ''}{f'T{clock}' if clock else ''}"


class YearMonthDuration(msgspec.Struct, frozen=True, order=True):
    """A duration of years and months. ``months`` may be negative."""

    months: int

    def __str__(self) -> str:
        if self.months == 0:
            return "P0M"
        years, months = divmod(abs(self.months), 12)
        return f"{'-' if self.months < 0 else ''}P{f'{years}Y' if years else ''}{f'{months}M' if months else ''}"


# --- the calendar -----------------------------------------------------------------------------------------------------


def day_number(year: int, month: int, day: int) -> int:
    """The number of a day; day 1 is 0001-01-01. Raises ValueError when there is no such day."""
    if not -LARGEST_YEAR <= year <= LARGEST_YEAR:
        raise ValueError(f"Expected a year within ±{LARGEST_YEAR}, but {year}.")
    cycles, within = divmod(year - 1, YEARS_PER_CYCLE)
    try:
        return python.date(within + 1, month, day).toordinal() + cycles * DAYS_PER_CYCLE
    except ValueError:
        raise ValueError(f"Expected a day of the calendar, but {year}-{month}-{day} is none.") from None


def civil(days: int) -> tuple[int, int, int]:
    """Year, month and day of a day number."""
    if 1 <= days <= LAST_PYTHON_DAY:
        day = python.date.fromordinal(days)
        return day.year, day.month, day.day
    cycles, within = divmod(days - 1, DAYS_PER_CYCLE)
    day = python.date.fromordinal(within + 1)
    return day.year + cycles * YEARS_PER_CYCLE, day.month, day.day


def add_months(days: int, months: int) -> int:
    """The same day that many months later, or the last day of that month when it is shorter."""
    year, month, day = civil(days)
    years, month = divmod(month - 1 + months, 12)
    year, month = year + years, month + 1
    return day_number(year, month, min(day, days_in_month(year, month)))


def days_in_month(year: int, month: int) -> int:
    return day_number(year + month // 12, month % 12 + 1, 1) - day_number(year, month, 1)


def months_between(start: int, end: int) -> int:
    """Whole months from one day number to another, towards zero, as ``java.time.Period.between``."""
    (year, month, day), (other_year, other_month, other_day) = civil(start), civil(end)
    months = (other_year - year) * 12 + other_month - month
    if months > 0 and other_day < day:
        return months - 1
    if months < 0 and other_day > day:
        return months + 1
    return months


# --- zones ------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1024)
def find_zone(name: str) -> ZoneInfo | None:
    """The zone of that IANA name, or None when there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # OSError: the name of a folder of the data base, such as "Europe"
        return None


def zone_named(name: str) -> ZoneInfo:
    zone = find_zone(name)
    if zone is None:
        raise ValueError(f"Expected the name of a time zone, but {name!r} is none.")
    return zone


def offset_of_local(days: int, nanos: int, zone: Zone) -> int | None:
    """Seconds east of Greenwich when the clock of ``zone`` shows that; None without a zone."""
    if zone is None or isinstance(zone, int):
        return zone
    local = python.datetime.combine(python_day(days), python.time()) + python.timedelta(seconds=nanos // SECOND)
    return whole_seconds(local.replace(tzinfo=zone_named(zone)).utcoffset())


def offset_at_instant(instant: int, zone: int | str) -> int:
    """Seconds east of Greenwich at that instant."""
    if isinstance(zone, int):
        return zone
    moment = python.datetime.combine(python_day(instant // DAY), python.time(), python.UTC)
    moment += python.timedelta(seconds=instant % DAY // SECOND)
    return whole_seconds(moment.astimezone(zone_named(zone)).utcoffset())


def fixed_offset(zone: Zone) -> int | None:
    """The offset of a zone that has never had another one, such as Etc/UTC; None for the others and without a zone."""
    if zone is None or isinstance(zone, int):
        return zone
    offset = zone_named(zone).utcoffset(None)
    return None if offset is None else whole_seconds(offset)


def python_day(days: int) -> python.date:
    """The day itself, or the same day of a year between 2 and 9998 when it lies outside what Python can hold."""
    year, month, day = civil(days)
    if year < 2:
        year = (year - 1) % YEARS_PER_CYCLE + 1 + YEARS_PER_CYCLE
    elif year > 9998:
        year = (year - 1) % YEARS_PER_CYCLE + 1 + 23 * YEARS_PER_CYCLE
    return python.date(year, month, day)


def whole_seconds(offset: python.timedelta | None) -> int:
    if offset is None:  # pragma: no cover - a named zone that is asked at a moment always has an offset
        raise ValueError("Expected the zone to have an offset, but it has none.")
    return offset.days * 86400 + offset.seconds


# --- text -------------------------------------------------------------------------------------------------------------

DATE = r"(-?(?:[1-9]\d{4,8}|\d{4}))-(\d\d)-(\d\d)"
CLOCK = r"(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?"
ZONE = r"(Z|z|[+-]\d\d:\d\d(?::\d\d)?|@[A-Za-z][A-Za-z0-9_+/-]*)?"
DATE_TEXT = re.compile(DATE, re.ASCII)
TIME_TEXT = re.compile(CLOCK + ZONE, re.ASCII)
DATE_TIME_TEXT = re.compile(DATE + "T" + CLOCK + ZONE, re.ASCII)
YEAR_MONTH_TEXT = re.compile(r"(-)?P(?=\d)(?:(\d{1,12})Y)?(?:(\d{1,12})M)?", re.ASCII)
DAY_TIME_TEXT = re.compile(
    r"(-)?P(?=\d|T\d)(?:(\d{1,15})D)?"
    r"(?:T(?=\d)(?:(\d{1,15})H)?(?:(\d{1,15})M)?(?:(\d{1,15})(?:\.(\d{0,9}))?S)?)?",
    re.ASCII,
)


def parse_date(text: str) -> Date:
    """Read ``2026-03-01`` (XML Schema, no zone). Raises ValueError."""
    if (match := DATE_TEXT.fullmatch(text)) is None or match[1] == "-0000":
        raise ValueError(f'Expected a date such as "2026-03-01", but "{text}".')
    return Date.of(int(match[1]), int(match[2]), int(match[3]))


def parse_time(text: str) -> Time:
    """Read ``10:30:00``, with an offset or ``@Zone/Name`` after it. Raises ValueError."""
    if (match := TIME_TEXT.fullmatch(text)) is None:
        raise ValueError(f'Expected a time such as "10:30:00", but "{text}".')
    nanos, _ = clock_nanos(*match.groups()[:4])
    return Time(nanos, parse_zone(match[5]))


def parse_date_time(text: str) -> DateTime:
    """Read ``2026-03-01T10:30:00``, with an offset or ``@Zone/Name`` after it; a date alone is its midnight.

    Raises ValueError.
    """
    if DATE_TEXT.fullmatch(text):
        return DateTime(parse_date(text).days, 0)
    if (match := DATE_TIME_TEXT.fullmatch(text)) is None or match[1] == "-0000":
        raise ValueError(f'Expected a date and time such as "2026-03-01T10:30:00", but "{text}".')
    nanos, next_day = clock_nanos(*match.groups()[3:7])
    return DateTime(day_number(int(match[1]), int(match[2]), int(match[3])) + next_day, nanos, parse_zone(match[8]))


def parse_duration(text: str) -> DayTimeDuration | YearMonthDuration:
    """Read ``P1DT2H`` or ``P1Y2M``. Raises ValueError, also for the two kinds mixed and for weeks."""
    if match := YEAR_MONTH_TEXT.fullmatch(text):
        months = int(match[2] or 0) * 12 + int(match[3] or 0)
        return YearMonthDuration(-months if match[1] else months)
    if match := DAY_TIME_TEXT.fullmatch(text):
        days, hours, minutes, seconds = (int(part or 0) for part in match.groups()[1:5])
        nanos = days * DAY + hours * HOUR + minutes * MINUTE + seconds * SECOND + fraction_nanos(match[6])
        return DayTimeDuration(-nanos if match[1] else nanos)
    raise ValueError(f'Expected a duration such as "P1DT2H" or "P1Y2M", but "{text}".')


def parse_temporal(text: str) -> Date | Time | DateTime | DayTimeDuration | YearMonthDuration:
    """Read the text of an ``@"..."`` literal (DMN 1.5, grammar rule 62). Raises ValueError."""
    if text.startswith(("P", "-P")):
        return parse_duration(text)
    if "T" in text.partition("@")[0]:
        return parse_date_time(text)
    return parse_time(text) if text[2:3] == ":" else parse_date(text)


def parse_zone(text: str | None) -> Zone:
    """Read ``Z``, ``+01:00``, ``-05:30:15`` or ``@Europe/Paris``. Raises ValueError."""
    if not text:
        return None
    if text in "Zz":
        return 0
    if text[0] == "@":
        zone_named(text[1:])
        return text[1:]
    hours, minutes, seconds = (int(part) for part in [*text[1:].split(":"), "0"][:3])
    offset = hours * 3600 + minutes * 60 + seconds
    if minutes > 59 or seconds > 59 or offset > LARGEST_OFFSET:
        raise ValueError(f"Expected an offset of at most 18 hours, but {text}.")
    return -offset if text[0] == "-" else offset


def clock_nanos(hour: str, minute: str, second: str, fraction: str | None) -> tuple[int, int]:
    """Nanoseconds since midnight, and 1 when it is the midnight that ends the day (24:00:00)."""
    if (hour, minute, second) == ("24", "00", "00") and not fraction_nanos(fraction):
        return 0, 1
    return Time.of(int(hour), int(minute), int(second), fraction_nanos(fraction)).nanos, 0


def fraction_nanos(digits: str | None) -> int:
    return int(digits.ljust(9, "0")) if digits else 0


def clock_text(nanos: int) -> str:
    hours, rest = divmod(nanos, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    seconds, fraction = divmod(rest, SECOND)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}" + (f".{fraction:09d}".rstrip("0") if fraction else "")


def seconds_text(nanos: int) -> str:
    seconds, fraction = divmod(nanos, SECOND)
    return f"{seconds}" + (f".{fraction:09d}".rstrip("0") if fraction else "")


def zone_text(zone: Zone) -> str:
    if zone is None:
        return ""
    if isinstance(zone, str):
        return f"@{zone}"
    if zone == 0:
        return "Z"
    minutes, seconds = divmod(abs(zone), 60)
    text = f"{'-' if zone < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"
    return text + (f":{seconds:02d}" if seconds else "")
