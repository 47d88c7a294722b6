"""Conversion functions (DMN 1.5, table 72): dates, times and durations from text and parts, numbers from text, text."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from throughline.flow.feel.builtins.signature import builtin
from throughline.flow.feel.builtins.whole import whole
from throughline.flow.feel.errors import NoResult
from throughline.flow.feel.numbers import EXACT, NUMBERS
from throughline.flow.feel.run import Run
from throughline.flow.temporal import (
    LARGEST_OFFSET,
    SECOND,
    Date,
    DateTime,
    DayTimeDuration,
    Time,
    YearMonthDuration,
    months_between,
    parse_date,
    parse_date_time,
    parse_duration,
    parse_time,
)
from throughline.flow.values import Except, Function, Range, Value, feel_text, key_text, number_text, string_literal

NUMBER = re.compile(r"-?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
GROUPINGS = (" ", ",", ".", None)
POINTS = (".", ",", None)


@builtin("date(from: string) -> date")
def date_from_text(text: str) -> Date:
    return parse_date(text)


@builtin("date(from: any) -> date")
def date_from_moment(moment: Any) -> Date:
    if isinstance(moment, (Date, DateTime)):
        return Date(moment.days)
    raise NoResult("Expected text, a date or a date and time, but it is something else.")


@builtin("date(year: number, month: number, day: number) -> date")
def date_from_parts(year: Decimal, month: Decimal, day: Decimal) -> Date:
    return Date.of(whole(year), whole(month), whole(day))


@builtin("date and time(from: string) -> date and time")
def date_and_time_from_text(text: str) -> DateTime:
    return parse_date_time(text)


@builtin("date and time(from: date) -> date and time")
def date_and_time_from_date(date: Date) -> DateTime:
    return DateTime(date.days, 0, 0)


@builtin("date and time(from: date and time) -> date and time")
def date_and_time_from_itself(moment: DateTime) -> DateTime:
    return moment


@builtin("date and time(date: any, time: time) -> date and time")
def date_and_time_from_both(date: Any, time: Time) -> DateTime:
    if not isinstance(date, (Date, DateTime)):
        raise NoResult("Expected a date or a date and time, but it is something else.")
    return DateTime(date.days, time.nanos, time.zone)


@builtin("time(from: string) -> time")
def time_from_text(text: str) -> Time:
    return parse_time(text)


@builtin("time(from: any) -> time")
def time_from_moment(moment: Any) -> Time:
    if isinstance(moment, (Time, DateTime)):
        return Time(moment.nanos, moment.zone)
    if isinstance(moment, Date):
        return Time(0, 0)
    raise NoResult("Expected text, a time or a date and time, but it is something else.")


@builtin("time(hour: number, minute: number, second: number, [offset: days and time duration?]) -> time")
def time_from_parts(hour: Decimal, minute: Decimal, second: Decimal, offset: DayTimeDuration | None) -> Time:
    nanos = int(EXACT.multiply(second, Decimal(SECOND)))
    zone = None if offset is None else offset.nanos // SECOND
    if zone is not None and abs(zone) > LARGEST_OFFSET:
        raise NoResult(f"Expected an offset of at most 18 hours, but {offset}.")
    if second < 0:
        raise NoResult("Expected seconds from 0 to 59, but they are negative.")
    return Time.of(whole(hour), whole(minute), nanos // SECOND, nanos % SECOND, zone)


@builtin("duration(from: string) -> Any")
def duration_from_text(text: str) -> DayTimeDuration | YearMonthDuration:
    return parse_duration(text)


@builtin("duration(from: days and time duration) -> Any")
@builtin("duration(from: years and months duration) -> Any")
def duration_from_itself(duration: Any) -> Any:
    return duration


@builtin("years and months duration(from: any, to: any) -> years and months duration")
def years_and_months_duration(start: Any, end: Any) -> YearMonthDuration:
    if not isinstance(start, (Date, DateTime)) or not isinstance(end, (Date, DateTime)):
        raise NoResult("Expected two dates or dates and times, but there is something else.")
    return YearMonthDuration(months_between(start.days, end.days))


@builtin("number(from: string, [grouping separator: string?], [decimal separator: string?]) -> number")
def number(text: str, grouping: str | None, point: str | None) -> Decimal:
    if grouping not in GROUPINGS or point not in POINTS or (grouping is not None and grouping == point):
        raise NoResult("Expected a grouping separator of space, comma or point and another decimal separator.")
    if grouping:
        text = text.replace(grouping, "")
    if point == ",":
        if "." in text:
            raise NoResult("Expected the decimal separator to be a comma, but there is a point.")
        text = text.replace(",", ".")
    if not NUMBER.fullmatch(text):
        raise NoResult(f'Expected a number, but "{text}".')
    return NUMBERS.create_decimal(text)


@builtin("number(from: number) -> number")
def number_from_itself(number: Decimal) -> Decimal:
    return number


@builtin("string(from: any) -> string", needs_run=True)
def string(run: Run, value: Any) -> str | None:
    """The value as text; a string stays as it is, inside lists and contexts it is in quotes."""
    run.weigh(value)
    return value if value is None or isinstance(value, str) else text_of(value)


def text_of(value: Value) -> str:
    if isinstance(value, str):
        return string_literal(value)
    if isinstance(value, Decimal):
        return number_text(value)
    if isinstance(value, list):
        return f"[{', '.join(map(text_of, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key_text(key)}: {text_of(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (Range, Except)):
        return feel_text(value)
    if isinstance(value, Function):
        return value.source or value.name
    return feel_text(value) if value is None or isinstance(value, bool) else str(value)
