"""The properties of temporal values and ranges: what may follow a dot (DMN 1.5, tables 64 to 67)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from throughline.flow.feel.numbers import NUMBERS
from throughline.flow.temporal import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    Date,
    DateTime,
    DayTimeDuration,
    Time,
    YearMonthDuration,
    civil,
    fixed_offset,
    offset_of_local,
)
from throughline.flow.values import Range

Property = Callable[[Any], Any]


def seconds(nanos: int) -> Decimal:
    """Seconds with their fraction; negative when ``nanos`` is."""
    return NUMBERS.divide(Decimal(nanos), Decimal(SECOND))


def signed(value: int, amount: int) -> Decimal:
    return Decimal(-amount if value < 0 else amount)


def time_offset(value: Time | DateTime) -> DayTimeDuration | None:
    if isinstance(value, DateTime):
        offset = offset_of_local(value.days, value.nanos, value.zone)
    else:
        offset = fixed_offset(value.zone)
    return None if offset is None else DayTimeDuration(offset * SECOND)


DATE_PROPERTIES: dict[str, Property] = {
    "year": lambda value: Decimal(civil(value.days)[0]),
    "month": lambda value: Decimal(civil(value.days)[1]),
    "day": lambda value: Decimal(civil(value.days)[2]),
    "weekday": lambda value: Decimal((value.days - 1) % 7 + 1),
}
TIME_PROPERTIES: dict[str, Property] = {
    "hour": lambda value: Decimal(value.nanos // HOUR),
    "minute": lambda value: Decimal(value.nanos // MINUTE % 60),
    "second": lambda value: seconds(value.nanos % MINUTE),
    "time offset": time_offset,
    "timezone": lambda value: value.zone if isinstance(value.zone, str) else None,
}
PROPERTIES: dict[type, dict[str, Property]] = {
    Date: DATE_PROPERTIES,
    Time: TIME_PROPERTIES,
    DateTime: DATE_PROPERTIES | TIME_PROPERTIES,
    YearMonthDuration: {
        "years": lambda value: signed(value.months, abs(value.months) // 12),
        "months": lambda value: signed(value.months, abs(value.months) % 12),
    },
    DayTimeDuration: {
        "days": lambda value: signed(value.nanos, abs(value.nanos) // DAY),
        "hours": lambda value: signed(value.nanos, abs(value.nanos) // HOUR % 24),
        "minutes": lambda value: signed(value.nanos, abs(value.nanos) // MINUTE % 60),
        "seconds": lambda value: seconds(abs(value.nanos) % MINUTE * (-1 if value.nanos < 0 else 1)),
    },
    Range: {
        "start": lambda value: value.start,
        "end": lambda value: value.end,
        "start included": lambda value: value.start_included,
        "end included": lambda value: value.end_included,
    },
}
