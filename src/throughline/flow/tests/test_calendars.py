"""Working time around nights, weekends, holidays and the change of clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughline.flow.calendars import BusinessCalendar, NoWorkingTime

OSLO = ZoneInfo("Europe/Oslo")
OFFICE = BusinessCalendar.of(
    zone="Europe/Oslo",
    hours={day: [["09:00", "12:00"], ["13:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
    holidays=["2026-12-25", date(2026, 1, 1)],
    exceptions={"2026-12-24": [["09:00", "12:00"]]},
)
ALWAYS = BusinessCalendar.of(
    zone="Europe/Oslo", hours={day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
)


def oslo(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=OSLO)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


class TestAddWorking:
    def test_a_span_within_a_stretch_just_passes(self) -> None:
        assert OFFICE.add_working(oslo("2026-03-02T09:30"), hours(2)) == oslo("2026-03-02T11:30")

    def test_the_lunch_break_does_not_count(self) -> None:
        assert OFFICE.add_working(oslo("2026-03-02T11:00"), hours(2)) == oslo("2026-03-02T14:00")

    def test_a_full_day_is_over_when_the_office_closes(self) -> None:
        assert OFFICE.add_working(oslo("2026-03-02T09:00"), hours(7)) == oslo("2026-03-02T17:00")

    def test_what_starts_on_friday_evening_waits_for_monday(self) -> None:
        assert OFFICE.add_working(oslo("2026-03-06T18:00"), hours(1)) == oslo("2026-03-09T10:00")

    def test_a_holiday_and_a_short_day_are_respected(self) -> None:
        assert OFFICE.add_working(oslo("2026-12-24T11:00"), hours(2)) == oslo("2026-12-28T10:00")

    def test_no_time_leaves_the_start_as_it_is(self) -> None:
        assert OFFICE.add_working(oslo("2026-03-07T11:00"), hours(0)) == oslo("2026-03-07T11:00")

    def test_a_negative_span_goes_back(self) -> None:
        assert OFFICE.add_working(oslo("2026-03-09T10:00"), hours(-2)) == oslo("2026-03-06T16:00")

    def test_the_result_is_on_the_clock_of_the_start(self) -> None:
        result = OFFICE.add_working(datetime(2026, 3, 2, 8, 0, tzinfo=UTC), hours(1))

        assert result == oslo("2026-03-02T10:00")
        assert result.tzinfo is UTC

    def test_a_calendar_that_never_opens_is_refused(self) -> None:
        closed = BusinessCalendar.of(zone="Europe/Oslo", hours={})

        with pytest.raises(NoWorkingTime, match="within a century"):
            closed.add_working(oslo("2026-03-02T09:00"), hours(1))


class TestAroundTheChangeOfClocks:
    def test_the_day_in_spring_has_twenty_three_hours(self) -> None:
        assert ALWAYS.working_between(oslo("2026-03-29T00:00"), oslo("2026-03-30T00:00")) == hours(23)

    def test_the_day_in_autumn_has_twenty_five_hours(self) -> None:
        assert ALWAYS.working_between(oslo("2026-10-25T00:00"), oslo("2026-10-26T00:00")) == hours(25)

    def test_hours_that_are_skipped_are_not_worked(self) -> None:
        night = BusinessCalendar.of(zone="Europe/Oslo", hours={"sun": [["01:00", "04:00"]]})

        assert night.working_between(oslo("2026-03-29T00:00"), oslo("2026-03-30T00:00")) == hours(2)
        assert night.add_working(oslo("2026-03-29T00:00"), hours(2)) == oslo("2026-03-29T04:00")

    def test_hours_that_come_twice_are_worked_twice(self) -> None:
        night = BusinessCalendar.of(zone="Europe/Oslo", hours={"sun": [["01:00", "04:00"]]})

        assert night.working_between(oslo("2026-10-25T00:00"), oslo("2026-10-26T00:00")) == hours(4)


class TestWorkingBetween:
    def test_a_weekend_adds_nothing(self) -> None:
        assert OFFICE.working_between(oslo("2026-03-06T16:00"), oslo("2026-03-09T10:00")) == hours(2)

    def test_the_wrong_order_is_negative(self) -> None:
        assert OFFICE.working_between(oslo("2026-03-09T10:00"), oslo("2026-03-06T16:00")) == hours(-2)


class TestIsOpen:
    def test_the_opening_counts_and_the_closing_does_not(self) -> None:
        assert OFFICE.is_open(oslo("2026-03-02T09:00"))
        assert not OFFICE.is_open(oslo("2026-03-02T12:00"))


class TestNextOpen:
    def test_an_open_office_opens_now(self) -> None:
        assert OFFICE.next_open(oslo("2026-03-02T09:30")) == oslo("2026-03-02T09:30")

    def test_a_closed_office_opens_on_the_next_working_day(self) -> None:
        assert OFFICE.next_open(oslo("2026-12-24T12:00")) == oslo("2026-12-28T09:00")


class TestOf:
    @pytest.mark.parametrize(
        ("zone", "stretches"),
        [
            ("Europe/Nowhere", [["09:00", "17:00"]]),
            ("Europe/Oslo", [["17:00", "09:00"]]),
            ("Europe/Oslo", [["09:00", "13:00"], ["12:00", "17:00"]]),
            ("Europe/Oslo", [["9 o'clock", "17:00"]]),
            ("Europe/Oslo", [["09:00", "24:30"]]),
        ],
    )
    def test_what_cannot_be_is_refused(self, zone: str, stretches: list[list[str]]) -> None:
        with pytest.raises(ValueError, match="Expected"):
            BusinessCalendar.of(zone=zone, hours={"mon": stretches})

    def test_an_unknown_day_is_refused(self) -> None:
        with pytest.raises(ValueError, match="mon to sun"):
            BusinessCalendar.of(zone="Europe/Oslo", hours={"monday": [["09:00", "17:00"]]})


moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
spans = st.timedeltas(timedelta(0), timedelta(days=20))


@given(moments, spans)
def test_the_time_worked_until_the_result_is_the_span(start: datetime, span: timedelta) -> None:
    assert OFFICE.working_between(start, OFFICE.add_working(start, span)) == span


@given(moments, spans)
def test_going_back_undoes_going_forward(start: datetime, span: timedelta) -> None:
    there = OFFICE.add_working(start, span)

    assert OFFICE.working_between(OFFICE.add_working(there, -span), there) == span


@given(moments, moments, moments)
def test_working_time_adds_up(one: datetime, other: datetime, third: datetime) -> None:
    total = OFFICE.working_between(one, other) + OFFICE.working_between(other, third)

    assert total == OFFICE.working_between(one, third)
