"""When timers fall due: durations, dates and cycles, on the elapsed and on a business clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from throughline.flow import values
from throughline.flow.calendars import BusinessCalendar
from throughline.flow.engine.state import Cycle
from throughline.flow.engine.tests.walking import NOW, Walk, draw, on_cycle, on_timer
from throughline.flow.engine.timers import BadTimer, TimerRule, due_at_of, first_due, next_due, shift
from throughline.flow.temporal import parse_date, parse_date_time, parse_duration

BERLIN = ZoneInfo("Europe/Berlin")
DAYS = ("mon", "tue", "wed", "thu", "fri")
OFFICE = BusinessCalendar.of(zone="Europe/Berlin", hours={day: [("09:00", "17:00")] for day in DAYS})
CLOSED = BusinessCalendar.of(zone="Europe/Berlin", hours={})

pytestmark = pytest.mark.req("B5")


def due(kind: Any, value: Any, *, clock: str = "elapsed", **calendars: BusinessCalendar) -> datetime:
    """Return when a timer of this value falls due first."""
    return first_due(TimerRule(kind, str(value), clock=clock), value, NOW, calendars)[0]


class TestDate:
    def test_with_a_zone_is_that_moment(self) -> None:
        assert due("date", "2026-03-01T09:00:00Z") == datetime(2026, 3, 1, 9, tzinfo=UTC)

    def test_without_a_zone_is_read_in_that_of_the_calendar(self) -> None:
        assert due("date", "2026-03-01T09:00:00", default=OFFICE) == datetime(2026, 3, 1, 9, tzinfo=BERLIN)

    def test_without_a_zone_or_a_calendar_is_utc(self) -> None:
        assert due("date", parse_date_time("2026-03-01T09:00:00")) == datetime(2026, 3, 1, 9, tzinfo=UTC)

    def test_that_is_a_day_is_its_beginning(self) -> None:
        assert due("date", parse_date("2026-03-01")) == datetime(2026, 3, 1, tzinfo=UTC)
        assert due("date", "2026-03-01") == datetime(2026, 3, 1, tzinfo=UTC)

    @pytest.mark.parametrize("value", ["tomorrow", None, values.Date(10**9)])
    def test_that_is_no_moment_of_a_calendar_is_refused(self, value: Any) -> None:
        with pytest.raises(BadTimer):
            due("date", value)


class TestDuration:
    def test_of_months_goes_by_the_calendar_and_stays_in_the_month(self) -> None:
        start = datetime(2026, 1, 31, 9, tzinfo=UTC)

        assert shift(start, values.YearMonthDuration(1), None) == datetime(2026, 2, 28, 9, tzinfo=UTC)

    def test_of_weeks_is_read(self) -> None:
        assert due("duration", "P2W") == NOW + timedelta(weeks=2)

    def test_may_be_given_as_a_moment(self) -> None:
        assert due("duration", "2026-03-01T09:00:00Z") == datetime(2026, 3, 1, 9, tzinfo=UTC)

    def test_on_a_business_clock_runs_while_it_is_open(self) -> None:
        assert due("duration", "PT9H", clock="business", default=OFFICE) == datetime(2026, 1, 6, 11, tzinfo=BERLIN)

    @pytest.mark.parametrize(
        ("value", "clock", "calendars", "reason"),
        [
            ("soon", "elapsed", {}, "soon.* is no duration such as PT24H"),
            ("P9999999D", "elapsed", {}, "outside the years 1 to 9999"),
            (values.YearMonthDuration(12 * 9000), "elapsed", {}, "outside the years 1 to 9999"),
            ("PT9H", "business", {}, "there is no business calendar 'default'"),
            ("PT9H", "business", {"default": CLOSED}, "the business calendar gives no end"),
        ],
    )
    def test_that_gives_no_moment_is_refused(
        self, value: Any, clock: str, calendars: dict[str, BusinessCalendar], reason: str
    ) -> None:
        with pytest.raises(BadTimer, match=reason):
            due("duration", value, clock=clock, **calendars)


class TestCycle:
    @pytest.mark.parametrize("value", ["PT1H", "R/PT1H", parse_duration("PT1H")])
    def test_without_a_number_goes_on_for_ever(self, value: Any) -> None:
        rule = TimerRule("cycle", "R/PT1H")
        when, cycle = first_due(rule, value, NOW, {})
        assert when == NOW + timedelta(hours=1)
        assert cycle == Cycle(-1, "PT1H")

        assert next_due(rule, cycle, when, {}) == (NOW + timedelta(hours=2), cycle)

    def test_with_a_number_ends_after_so_many(self) -> None:
        rule = TimerRule("cycle", "R2/PT1H")
        when, cycle = first_due(rule, rule.text, NOW, {})
        assert cycle is not None
        second = next_due(rule, cycle, when, {})
        assert second is not None

        assert second[0] == NOW + timedelta(hours=2)
        assert next_due(rule, second[1], second[0], {}) is None

    def test_with_a_beginning_counts_from_there(self) -> None:
        assert due("cycle", "R3/2026-02-01T00:00:00Z/PT1H") == datetime(2026, 2, 1, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("value", "reason"), [("hourly", "no repetition such as R3/PT1H"), ("R0/PT1H", "repeats no times")]
    )
    def test_that_is_none_is_refused(self, value: str, reason: str) -> None:
        with pytest.raises(BadTimer, match=reason):
            due("cycle", value)


class TestDueMomentOfWork:
    @pytest.mark.parametrize("nothing", [None, ""])
    def test_is_none_for_nothing(self, nothing: Any) -> None:
        assert due_at_of(nothing, NOW, "elapsed", "default", {}) is None

    def test_may_be_a_day(self) -> None:
        found = due_at_of(parse_date("2026-03-01"), NOW, "elapsed", "default", {"default": OFFICE})

        assert found == datetime(2026, 3, 1, tzinfo=BERLIN)


class TestInACase:
    def test_an_expression_that_gives_no_moment_is_an_incident(self) -> None:
        chart = draw(f"startEvent start\nintermediateCatchEvent wait {on_timer('lead.late')}\nstart > wait")

        walk = Walk(chart, facts={"lead": {"late": "soon"}}).start()

        assert walk.incident.node == "wait"
        assert "no duration such as PT24H" in walk.incident.message

    def test_a_cycle_at_a_border_that_does_not_interrupt_comes_again(self) -> None:
        chart = draw(f"""
            startEvent start
            userTask call
            boundaryEvent remind attachedToRef=call cancelActivity=false {on_cycle("R2/PT1H")}
            task nudge
            start > call
            remind > nudge
        """)

        walk = Walk(chart).start().pass_time(hours=5)

        assert walk.names == "start remind nudge remind nudge"

    def test_one_that_says_no_time_never_comes(self) -> None:
        chart = draw("startEvent start\nintermediateCatchEvent wait <timerEventDefinition/>\nstart > wait")

        walk = Walk(chart).start()

        assert (walk.waits, walk.waiting) == ([], "wait")
