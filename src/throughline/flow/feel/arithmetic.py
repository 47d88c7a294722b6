"""
Addition, subtraction, multiplication, division, powers and the minus sign, for every pair of kinds that has one.

Theory of operation. One table per operator, from the types of both operands to a function (DMN 1.5, tables 56 to 62).
A pair that is not in the table has no result: ``compute`` says so with a sentence. A function raises ValueError or a
decimal exception when this very pair of values has no result (division by zero, a year beyond the calendar).

Adding a days-and-time duration to a date and time with a zone moves along the time line (the clock may jump); adding
months moves along the calendar and keeps the clock.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, DecimalException
from typing import Any

from throughline.flow.feel.errors import NoResult
from throughline.flow.feel.numbers import EXACT, NUMBERS
from throughline.flow.temporal import (
    DAY,
    LARGEST_YEAR,
    SECOND,
    Date,
    DateTime,
    DayTimeDuration,
    Time,
    YearMonthDuration,
    add_months,
    civil,
    fixed_offset,
)
from throughline.flow.values import Value, kind

LONGEST_MONTHS = 12 * 2 * (LARGEST_YEAR + 1)
LONGEST_NANOS = LONGEST_MONTHS * 31 * DAY
"""From the first day of the calendar to its last and more; without an end, durations could grow for ever."""


def compute(symbol: str, left: Value, right: Value) -> Any:
    """The result of the operator. Raises NoResult with a sentence for the warning."""
    operation = TABLES[symbol].get((type(left), type(right)))
    if operation is None:
        raise NoResult(f"Expected values that {symbol} can join, but {kind(left)} {symbol} {kind(right)}.")
    try:
        return within_bounds(operation(left, right))
    except NoResult:
        raise
    except (ValueError, OverflowError, DecimalException) as problem:
        raise NoResult(reason(symbol, right, problem)) from None


def within_bounds(result: Any) -> Any:
    """The result, when it is no duration that is longer than all of time. Raises NoResult."""
    if type(result) is DayTimeDuration and abs(result.nanos) > LONGEST_NANOS:
        raise NoResult("Expected a duration within the calendar, but it is longer.")
    if type(result) is YearMonthDuration and abs(result.months) > LONGEST_MONTHS:
        raise NoResult("Expected a duration within the calendar, but it is longer.")
    return result


def reason(symbol: str, right: Value, problem: Exception) -> str:
    if symbol == "/" and right == 0:
        return "Expected a divisor other than 0, but it is 0."
    if isinstance(problem, DecimalException):
        return f"Expected a result that a number can hold, but {symbol} leads beyond."
    return str(problem)


def negate(value: Value) -> Any:
    """``-value``. Raises NoResult."""
    if isinstance(value, Decimal):
        return NUMBERS.minus(value)
    if isinstance(value, DayTimeDuration):
        return DayTimeDuration(-value.nanos)
    if isinstance(value, YearMonthDuration):
        return YearMonthDuration(-value.months)
    raise NoResult(f"Expected a number or a duration after the minus sign, but {kind(value)}.")


# --- moving along calendar and clock ----------------------------------------------------------------------------------


def date_plus_months(date: Date, months: int) -> Date:
    return Date(add_months(date.days, months))


def date_plus_nanos(date: Date, nanos: int) -> Date:
    return Date(in_calendar(date.days + nanos // DAY))


def date_time_plus_months(moment: DateTime, months: int) -> DateTime:
    return DateTime(add_months(moment.days, months), moment.nanos, moment.zone)


def date_time_plus_nanos(moment: DateTime, nanos: int) -> DateTime:
    if isinstance(moment.zone, str):
        return DateTime.at_instant(moment.instant + nanos, moment.zone)
    total = moment.days * DAY + moment.nanos + nanos
    return DateTime(in_calendar(total // DAY), total % DAY, moment.zone)


def time_plus_nanos(time: Time, nanos: int) -> Time:
    return Time((time.nanos + nanos) % DAY, time.zone)


def in_calendar(days: int) -> int:
    if abs(civil(days)[0]) > LARGEST_YEAR:
        raise NoResult(f"Expected a date within ±{LARGEST_YEAR} years, but it lies beyond.")
    return days


def midnight_utc(date: Date) -> DateTime:
    return DateTime(date.days, 0, 0)


def date_times_apart(left: DateTime, right: DateTime) -> DayTimeDuration:
    if (left.zone is None) != (right.zone is None):
        raise NoResult("Expected both dates and times with a zone or both without, but only one has a zone.")
    if left.zone is None:
        return DayTimeDuration((left.days - right.days) * DAY + left.nanos - right.nanos)
    return DayTimeDuration(left.instant - right.instant)


def times_apart(left: Time, right: Time) -> DayTimeDuration:
    if left.zone == right.zone:
        return DayTimeDuration(left.nanos - right.nanos)
    offsets = fixed_offset(left.zone), fixed_offset(right.zone)
    if offsets[0] is None or offsets[1] is None:
        raise NoResult("Expected two times of one zone or with offsets, but they cannot be compared without a date.")
    return DayTimeDuration(left.nanos - right.nanos - (offsets[0] - offsets[1]) * SECOND)


# --- durations and numbers --------------------------------------------------------------------------------------------


def scaled(amount: int, factor: Decimal) -> int:
    """``amount * factor``, cut towards zero."""
    return int(EXACT.multiply(Decimal(amount), factor).to_integral_value("ROUND_DOWN", EXACT))


def shared(amount: int, divisor: Decimal) -> int:
    """``amount / divisor``, cut towards zero."""
    return int(NUMBERS.divide(Decimal(amount), divisor).to_integral_value("ROUND_DOWN", EXACT))


def ratio(left: int, right: int) -> Decimal:
    return NUMBERS.divide(Decimal(left), Decimal(right))


# --- the tables -------------------------------------------------------------------------------------------------------

Table = dict[tuple[type, type], Callable[[Any, Any], Any]]

ADD: Table = {
    (Decimal, Decimal): NUMBERS.add,
    (str, str): lambda left, right: left + right,
    (Date, YearMonthDuration): lambda date, duration: date_plus_months(date, duration.months),
    (Date, DayTimeDuration): lambda date, duration: date_plus_nanos(date, duration.nanos),
    (DateTime, YearMonthDuration): lambda moment, duration: date_time_plus_months(moment, duration.months),
    (DateTime, DayTimeDuration): lambda moment, duration: date_time_plus_nanos(moment, duration.nanos),
    (Time, DayTimeDuration): lambda time, duration: time_plus_nanos(time, duration.nanos),
    (DayTimeDuration, DayTimeDuration): lambda left, right: DayTimeDuration(left.nanos + right.nanos),
    (YearMonthDuration, YearMonthDuration): lambda left, right: YearMonthDuration(left.months + right.months),
}


def turned(operation: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda left, right: operation(right, left)


for _pair in [(Date, YearMonthDuration), (Date, DayTimeDuration), (Time, DayTimeDuration)]:
    ADD[_pair[1], _pair[0]] = turned(ADD[_pair])
for _pair in [(DateTime, YearMonthDuration), (DateTime, DayTimeDuration)]:
    ADD[_pair[1], _pair[0]] = turned(ADD[_pair])

SUBTRACT: Table = {
    (Decimal, Decimal): NUMBERS.subtract,
    (Date, Date): lambda left, right: DayTimeDuration((left.days - right.days) * DAY),
    (DateTime, DateTime): date_times_apart,
    (Date, DateTime): lambda left, right: date_times_apart(midnight_utc(left), right),
    (DateTime, Date): lambda left, right: date_times_apart(left, midnight_utc(right)),
    (Time, Time): times_apart,
    (Date, YearMonthDuration): lambda date, duration: date_plus_months(date, -duration.months),
    (Date, DayTimeDuration): lambda date, duration: date_plus_nanos(date, -duration.nanos),
    (DateTime, YearMonthDuration): lambda moment, duration: date_time_plus_months(moment, -duration.months),
    (DateTime, DayTimeDuration): lambda moment, duration: date_time_plus_nanos(moment, -duration.nanos),
    (Time, DayTimeDuration): lambda time, duration: time_plus_nanos(time, -duration.nanos),
    (DayTimeDuration, DayTimeDuration): lambda left, right: DayTimeDuration(left.nanos - right.nanos),
    (YearMonthDuration, YearMonthDuration): lambda left, right: YearMonthDuration(left.months - right.months),
}
MULTIPLY: Table = {
    (Decimal, Decimal): NUMBERS.multiply,
    (DayTimeDuration, Decimal): lambda duration, factor: DayTimeDuration(scaled(duration.nanos, factor)),
    (YearMonthDuration, Decimal): lambda duration, factor: YearMonthDuration(scaled(duration.months, factor)),
    (Decimal, DayTimeDuration): lambda factor, duration: DayTimeDuration(scaled(duration.nanos, factor)),
    (Decimal, YearMonthDuration): lambda factor, duration: YearMonthDuration(scaled(duration.months, factor)),
}
DIVIDE: Table = {
    (Decimal, Decimal): NUMBERS.divide,
    (DayTimeDuration, Decimal): lambda duration, divisor: DayTimeDuration(shared(duration.nanos, divisor)),
    (YearMonthDuration, Decimal): lambda duration, divisor: YearMonthDuration(shared(duration.months, divisor)),
    (DayTimeDuration, DayTimeDuration): lambda left, right: ratio(left.nanos, right.nanos),
    (YearMonthDuration, YearMonthDuration): lambda left, right: ratio(left.months, right.months),
}
POWER: Table = {(Decimal, Decimal): NUMBERS.power}
TABLES: dict[str, Table] = {"+": ADD, "-": SUBTRACT, "*": MULTIPLY, "/": DIVIDE, "**": POWER}
