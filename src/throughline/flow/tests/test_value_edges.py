"""Values and calendars where the ordinary ends: what is of no kind, out of bounds, or never open."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest

from throughline.flow.calendars import BusinessCalendar, NoWorkingTime
from throughline.flow.temporal import (
    Date,
    DateTime,
    DayTimeDuration,
    Time,
    YearMonthDuration,
    fixed_offset,
    parse_date,
    parse_date_time,
    parse_time,
)
from throughline.flow.values import Except, Function, Range, feel_text, from_json, from_python, to_json, to_python

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)


class Region(StrEnum):
    EUROPE = "EU"


class Amount(int):
    """A number of one's own kind."""


class TestParts:
    def test_of_a_date(self) -> None:
        day = parse_date("2026-03-01")

        assert (day.year, day.month, day.day, day.weekday) == (2026, 3, 1, 7)

    def test_of_a_time(self) -> None:
        time = parse_time("10:30:15")

        assert (time.hour, time.minute, time.second) == (10, 30, 15)

    def test_of_both(self) -> None:
        moment = parse_date_time("2026-03-01T10:30:15Z")

        assert (moment.date, moment.time) == (parse_date("2026-03-01"), parse_time("10:30:15Z"))

    def test_out_of_bounds_are_refused(self) -> None:
        with pytest.raises(ValueError, match="Expected a time of day, but 24:0:0"):
            Time.of(24, 0)


class TestZones:
    def test_a_zone_that_never_changed_has_one_offset(self) -> None:
        assert fixed_offset("Etc/UTC") == 0
        assert fixed_offset("Europe/Berlin") is None
        assert fixed_offset(3600) == 3600
        assert fixed_offset(None) is None

    @pytest.mark.parametrize("year", ["-5000", "0001", "9999", "12026"])
    def test_hold_in_years_that_python_does_not_know(self, year: str) -> None:
        local, utc = parse_date_time(f"{year}-07-01T12:00:00@Europe/Berlin"), parse_date_time(f"{year}-07-01T12:00:00Z")

        assert abs(local.instant - utc.instant) < 3 * 3600 * 10**9


class TestText:
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (Except(Decimal(5)), "(!= 5)"),
            (Range(Decimal(1), Decimal(2), True, False), "[1..2)"),
            ({"a b": [Decimal(1)]}, '{"a b": [1]}'),
            (YearMonthDuration(14), 'duration("P1Y2M")'),
        ],
    )
    def test_gives_the_value_again(self, value: Any, text: str) -> None:
        assert feel_text(value).replace("a b:", '"a b":') == text
        assert str(Range(Decimal(1), Decimal(2), True, False)) == "[1..2)"

    def test_of_a_function_that_was_not_written_in_feel_there_is_none(self) -> None:
        builtin = Function.of("f", ("n",), lambda n: n)

        with pytest.raises(ValueError, match="Expected a function written in FEEL, but f is built in"):
            feel_text(builtin)


class TestJson:
    def test_a_context_that_looks_like_our_own_mark_is_kept_apart(self) -> None:
        value: Any = {"$feel": "1 + 1"}

        assert from_json(to_json(value)) == value

    def test_a_function_keeps_its_name(self) -> None:
        assert to_json(Function.of("f", ("n",), lambda n: n)) == {"$feel": "f"}

    def test_what_is_no_json_is_refused(self) -> None:
        with pytest.raises(TypeError, match="Expected JSON, but set"):
            from_json({1})


class TestFromPython:
    @pytest.mark.parametrize(
        ("thing", "value"),
        [
            (Region.EUROPE, "EU"),
            (Amount(5), Decimal(5)),
            ((1, 2), [Decimal(1), Decimal(2)]),
            ({1: 2}, {"1": Decimal(2)}),
            (timedelta(hours=1), DayTimeDuration(3600 * 10**9)),
            (date(2026, 3, 1), Date.of(2026, 3, 1)),
        ],
    )
    def test_takes_what_stands_for_a_value(self, thing: Any, value: Any) -> None:
        assert from_python(thing) == value

    @pytest.mark.parametrize("thing", [Decimal("NaN"), Decimal("Infinity")])
    def test_refuses_what_is_no_number(self, thing: Decimal) -> None:
        with pytest.raises(ValueError, match="Expected a number, but"):
            from_python(thing)

    @pytest.mark.parametrize("thing", [1.5, object()])
    def test_refuses_what_has_no_value(self, thing: Any) -> None:
        with pytest.raises(TypeError):
            from_python(thing)


class TestToPython:
    @pytest.mark.parametrize(
        ("value", "thing"),
        [
            ([Decimal(1)], [Decimal(1)]),
            ({"a": "b"}, {"a": "b"}),
            (YearMonthDuration(14), "P1Y2M"),
            (Range(Decimal(1), Decimal(2), True, True), "[1..2]"),
            (DayTimeDuration(10**9), timedelta(seconds=1)),
        ],
    )
    def test_gives_the_nearest(self, value: Any, thing: Any) -> None:
        assert to_python(value) == thing

    def test_refuses_a_day_that_python_does_not_know(self) -> None:
        with pytest.raises(OverflowError):
            to_python(DateTime(10**9, 0, None))


class TestCalendarThatIsNeverOpen:
    def test_has_no_next_opening(self) -> None:
        with pytest.raises(NoWorkingTime, match="Expected working time within a century"):
            BusinessCalendar.of(zone="UTC", hours={}).next_open(MONDAY)

    def test_ends_its_search_where_time_does(self) -> None:
        with pytest.raises(NoWorkingTime):
            BusinessCalendar.of(zone="UTC", hours={}).next_open(datetime(9999, 12, 30, tzinfo=UTC))
