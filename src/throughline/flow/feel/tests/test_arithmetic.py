"""What the operators join, against the tables of the standard and against Python."""

from __future__ import annotations

import datetime as python
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughline.flow.feel import compile_expression
from throughline.flow.feel.numbers import NUMBERS
from throughline.flow.feel.tests.evaluating import text_of, warnings_of
from throughline.flow.values import Date, DateTime, DayTimeDuration, YearMonthDuration, from_python, to_python


class TestTemporalArithmetic:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ('@"2021-01-31" + @"P1M"', 'date("2021-02-28")'),
            ('@"2020-02-29" + @"P1Y"', 'date("2021-02-28")'),
            ('@"2021-01-01" - @"-P1M"', 'date("2021-02-01")'),
            ('@"-2021-01-01" - @"P1D"', 'date("-2022-12-31")'),
            ('@"2021-01-02" - @"PT1H"', 'date("2021-01-01")'),
            ('@"PT36H" + @"2021-01-01"', 'date("2021-01-02")'),
            ('@"2021-01-01" - @"2020-12-30"', 'duration("P2D")'),
            ('@"23:30:00" + @"PT1H"', 'time("00:30:00")'),
            ('@"10:00:00+01:00" - @"10:00:00Z"', 'duration("-PT1H")'),
            ('@"P1Y" + @"P2M"', 'duration("P1Y2M")'),
            ('@"P1Y11M" * -2.5', 'duration("-P4Y9M")'),
            ('@"P10Y11M" / 2.5', 'duration("P4Y4M")'),
            ('@"P1D" / @"PT6H"', "4"),
            ('@"P1D" / 0', "null"),
            ('@"2021-01-02T00:00:00Z" - @"2021-01-01"', 'duration("P1D")'),
            ('@"2021-01-02T00:00:00" - @"2021-01-01"', "null"),
            ('@"2021-01-02T00:00:00" - @"2021-01-02T00:00:00Z"', "null"),
            ('@"999999999-12-31" + @"P1D"', "null"),
            ('-@"P1D"', 'duration("-P1D")'),
            ("-true", "null"),
        ],
    )
    def test_the_tables_of_the_standard_hold(self, text: str, value: str) -> None:
        assert text_of(text) == value

    def test_hours_move_along_the_time_line_and_months_along_the_calendar(self) -> None:
        before = '@"2026-03-28T12:00:00@Europe/Oslo"'

        assert text_of(f'{before} + @"PT24H"') == 'date and time("2026-03-29T13:00:00@Europe/Oslo")'
        assert text_of(f'{before} + @"P1M"') == 'date and time("2026-04-28T12:00:00@Europe/Oslo")'


class TestWarnings:
    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ('1 + "a"', "Expected values that + can join, but number + string."),
            ("1 / 0", "Expected a divisor other than 0, but it is 0."),
            ("null - 3", "Expected values that - can join, but null - number."),
            ("9e6000 * 9e6000", "Expected a result that a number can hold, but * leads beyond."),
            ('1 < "a"', "Expected values of one kind, but number < string."),
            ("[3..1]", "Expected the ends of a range in order, but the first is greater."),
            ('@"999999999-06-30" + @"P1Y"', "Expected a year within ±999999999, but 1000000000."),
        ],
    )
    def test_a_null_says_why(self, text: str, message: str) -> None:
        assert warnings_of(text) == [message]


numbers = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=6)
days = st.dates()
SUM, DIFFERENCE, PRODUCT, QUOTIENT = (compile_expression(f"a {operator} b") for operator in "+-*/")


@given(numbers, numbers)
def test_numbers_are_joined_as_decimal_does_with_thirty_four_digits(a: Decimal, b: Decimal) -> None:
    context = {"a": a, "b": b}

    assert SUM.evaluate(context) == NUMBERS.add(a, b)
    assert DIFFERENCE.evaluate(context) == NUMBERS.subtract(a, b)
    assert PRODUCT.evaluate(context) == NUMBERS.multiply(a, b)
    assert QUOTIENT.evaluate(context) == (NUMBERS.divide(a, b) if b else None)


@given(days, st.timedeltas(python.timedelta(days=-3000), python.timedelta(days=3000)))
def test_dates_move_as_python_moves_them(day: python.date, span: python.timedelta) -> None:
    whole_days = python.timedelta(days=span.days)
    moved = SUM.evaluate({"a": from_python(day), "b": from_python(whole_days)})

    assert isinstance(moved, Date)
    assert moved.days == day.toordinal() + span.days


@given(
    st.datetimes(python.datetime(1, 2, 1), python.datetime(9998, 1, 1)),
    st.timedeltas(python.timedelta(days=-20), python.timedelta(days=20)),
)
def test_local_times_move_as_python_moves_them(moment: python.datetime, span: python.timedelta) -> None:
    moved = SUM.evaluate({"a": from_python(moment), "b": from_python(span)})

    assert to_python(moved) == moment + span


@given(st.integers(-(10**6), 10**6), st.integers(-(10**5), 10**5))
def test_adding_a_duration_and_taking_it_away_gives_the_moment_back(days_: int, hours: int) -> None:
    moment = DateTime(days_, 0, "Europe/Oslo" if days_ % 2 else 3600)
    span = DayTimeDuration.of(hours=hours)
    there = SUM.evaluate({"a": moment, "b": span})
    back = DIFFERENCE.evaluate({"a": there, "b": span})

    assert isinstance(back, DateTime)
    assert back.instant == moment.instant


@given(st.integers(-(10**7), 10**7), st.integers(-5000, 5000))
def test_months_and_years_are_the_same_twelve_times(days_: int, years: int) -> None:
    by_years = SUM.evaluate({"a": Date(days_), "b": YearMonthDuration(12 * years)})
    first = Date(days_)

    assert isinstance(by_years, Date)
    assert (by_years.year, by_years.month) == (first.year + years, first.month)
