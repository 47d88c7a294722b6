"""What the cells of a file mean: numbers, days, instants, or plain text."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal

Cell = None | Decimal | date | datetime | str

_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?")
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_DAY_FIRST = re.compile(r"(\d\d?)[-./](\d\d?)[-./](\d{4})")
_CLOCK = re.compile(r"(.+?)[ T](\d\d?):(\d\d)(?::(\d\d))?")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?")


def read_cell(text: str | None) -> Cell:
    """
    Return the value of a cell: None for an empty one, a number, a day, an instant, else the text as it stands.

    Where day and month are open (``05-03-2018``) the day comes first. A number with leading zeros is a key, and so
    text. A day with midnight (``2018-03-05 00:00:00``) is a day; a day with a time but no zone (``05-03-2018 19:58``)
    is an instant without a zone.
    """
    trimmed = (text or "").strip()
    if not trimmed:
        return None
    if _NUMBER.fullmatch(trimmed):
        return Decimal(trimmed)
    return _day(trimmed) or _instant(trimmed) or _day_and_time(trimmed) or trimmed


def read_cell_of(column: str, text: str | None) -> Cell:
    """
    Return the value of a cell; in a column called ``…_date`` or ``…_on`` a time of day is left out: it holds days.
    """
    value = read_cell(text)
    if isinstance(value, datetime) and column.lower().endswith(("_date", "_on")):
        return value.date()
    return value


def _day(text: str) -> date | None:
    found = _DATE.fullmatch(text)
    if found is not None:
        return _date(int(found[1]), int(found[2]), int(found[3]))
    found = _DAY_FIRST.fullmatch(text)
    return None if found is None else _date(int(found[3]), int(found[2]), int(found[1]))


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _instant(text: str) -> date | datetime | None:
    if not _INSTANT.fullmatch(text):
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    if instant.tzinfo is None and instant.hour == instant.minute == instant.second == 0:
        return instant.date()
    return instant


def _day_and_time(text: str) -> date | datetime | None:
    found = _CLOCK.fullmatch(text)
    day = None if found is None else _day(found[1])
    if found is None or day is None:
        return None
    hour, minute, second = int(found[2]), int(found[3]), int(found[4] or 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    return datetime(day.year, day.month, day.day, hour, minute, second)  # noqa: DTZ001 (the file names no zone)
