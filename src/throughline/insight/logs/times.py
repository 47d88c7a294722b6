"""
How times are written in a column, found out from its values.

Theory of operation. A small set of ways to write a date is joined with a small set of ways to write the time of day.
The way that reads every value of a sample wins; the whole column then shows how many values it does not read, and
those are tried in the other ways. Where day and month could be exchanged and no value decides it, the day is taken
first and that is said. Times without a zone are taken as UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache

DATES = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y%m%d",
         "%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d-%b-%Y", "%d %b %Y", "%b %d, %Y", "%d-%b-%y", "%d %B %Y",
         "%B %d, %Y")  # fmt: skip
CLOCKS = ("", " %H:%M:%S.%f", " %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p", "T%H:%M:%S.%f", "T%H:%M:%S", "T%H:%M",
          " %H.%M.%S", "%H%M%S", "T%H%M%S")  # fmt: skip
ZONES = ("", "%z", " %z")
EXCHANGED = {"%d/%m/%Y": "%m/%d/%Y", "%d-%m-%Y": "%m-%d-%Y", "%d/%m/%y": "%m/%d/%y"}
"""Ways in which day and month look alike: the one taken, and the other it might be."""

EPOCHS = {"seconds": 1, "milliseconds": 1_000, "microseconds": 1_000_000, "nanoseconds": 1_000_000_000}
"""Numbers since 1970, by how many there are to a second."""

_NUMBER = re.compile(r"\d{9,19}(\.\d+)?")


def formats() -> Iterable[str]:
    """Give every way of writing an instant, the most telling first."""
    for date in DATES:
        for clock in CLOCKS:
            for zone in ZONES if clock else ZONES[:1]:
                yield f"{date}{clock}{zone}"


def epoch_of(values: Sequence[str]) -> str | None:
    """Return the unit in which numbers count since 1970, if all values are such numbers between 1980 and 2100."""
    if not values or not all(_NUMBER.fullmatch(value) for value in values):
        return None
    least, most = min(map(float, values)), max(map(float, values))
    return next((unit for unit, size in EPOCHS.items() if 3.15e8 * size <= least and most <= 4.1e9 * size), None)


def reads_as_time(values: Sequence[str]) -> bool:
    """Say whether most values of a sample are times."""
    sample = list(values[:200])
    return bool(epoch_of(sample)) or bool(candidates(sample))


def candidates(values: Sequence[str]) -> list[str]:
    """Return the ways of writing that read most values of a sample, the one that reads most of them first."""
    sample = [tidy(value) for value in values[:200]]
    if not sample:
        return []
    likely = list(dict.fromkeys(form for value in sample for form in formats_by_shape().get(shape(value), ())))
    counted = [(sum(_reads(form, value) for value in sample), form) for form in likely]
    good = sorted((each for each in counted if each[0] * 2 > len(sample)), key=lambda each: -each[0])
    return [form for _, form in good]


def tidy(value: str) -> str:
    """Return a time as the formats expect it: one space at most, at most six digits of a second, ``Z`` as an offset."""
    value = re.sub(r"\s+", " ", value.strip())
    return re.sub(r"([.,]\d{6})\d+", r"\1", value).replace("Z", "+0000") if value else value


def shape(value: str) -> str:
    """Return a text with every number as ``0`` and every word as ``a``, which few ways of writing share."""
    value = re.sub(r"([+-]\d\d):(\d\d)$", r"\1\2", value)
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "0", value))


@cache
def formats_by_shape() -> dict[str, list[str]]:
    """The ways of writing by the shape that they give."""
    found: dict[str, list[str]] = {}
    for form in formats():
        found.setdefault(shape(_EXAMPLE.strftime(form)), []).append(form)
    return found


_EXAMPLE = datetime(2026, 1, 25, 21, 30, 15, 123456, tzinfo=UTC)


def _reads(form: str, value: str) -> bool:
    try:
        datetime.strptime(value, form)  # noqa: DTZ007  only whether it can be read
    except ValueError:
        return False
    return True


def iso_instant(value: str) -> datetime | None:
    """Return an XML dateTime as an instant, UTC where it has no zone; None when it is none."""
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)
