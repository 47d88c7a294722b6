"""Date and time functions (DMN 1.5, tables 77 and 79)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from throughline.flow.feel.builtins.signature import builtin
from throughline.flow.feel.errors import NoResult
from throughline.flow.feel.run import Run
from throughline.flow.temporal import Date, DateTime, add_months, civil, day_number, python_day

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def days_of(date: Any) -> int:
    """The day number of a date or date and time. Raises NoResult."""
    if isinstance(date, (Date, DateTime)):
        return date.days
    raise NoResult("Expected a date or a date and time, but it is something else.")


@builtin("now() -> date and time", needs_run=True)
def now(run: Run) -> DateTime:
    return moment(run)


@builtin("today() -> date", needs_run=True)
def today(run: Run) -> Date:
    return moment(run).date


def moment(run: Run) -> DateTime:
    if run.now is None:
        raise NoResult("Expected the evaluation to be told what time it is, but it was not.")
    return run.now


@builtin("day of year(date: any) -> number")
def day_of_year(date: Any) -> Decimal:
    days = days_of(date)
    return Decimal(days - day_number(civil(days)[0], 1, 1) + 1)


@builtin("day of week(date: any) -> string")
def day_of_week(date: Any) -> str:
    return WEEKDAYS[(days_of(date) - 1) % 7]


@builtin("month of year(date: any) -> string")
def month_of_year(date: Any) -> str:
    return MONTHS[civil(days_of(date))[1] - 1]


@builtin("week of year(date: any) -> number")
def week_of_year(date: Any) -> Decimal:
    """The number of the week in ISO 8601. The cycle of 400 years is whole weeks, so any year of it will do."""
    return Decimal(python_day(days_of(date)).isocalendar().week)


@builtin("last day of month(date: any) -> date")
def last_day_of_month(date: Any) -> Date:
    """An extension that several engines share."""
    year, month, _ = civil(days_of(date))
    return Date(add_months(day_number(year, month, 1), 1) - 1)
