"""The calendar beyond Python's years, zones and the text of dates, times and durations."""

from __future__ import annotations

import datetime as python

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughline.flow.temporal import (
    DAYS_PER_CYCLE,
    Date,
    DateTime,
    civil,
    day_number,
    parse_date_time,
    parse_duration,
    parse_temporal,
)


class TestText:
    @pytest.mark.parametrize(
        "text",
        [
            "2026-03-01",
            "-0044-03-15",
            "12026-03-01",
            "10:30:00",
            "10:30:00.000000001Z",
            "10:30:00+02:45:55",
            "2026-03-01T10:30:00.5@Europe/Oslo",
            "-99999-12-31T23:59:59-11:00",
            "P1DT2H3M4.5S",
            "-P400D",
            "PT0S",
            "P1Y2M",
            "-P11M",
            "P0M",
        ],
    )
    def test_canonical_text_comes_back_as_it_was(self, text: str) -> None:
        assert str(parse_temporal(text)) == text

    @pytest.mark.parametrize(
        ("text", "canonical"),
        [("PT36H", "P1DT12H"), ("P13M", "P1Y1M"), ("P0D", "PT0S"), ("10:30:00z", "10:30:00Z"), ("PT1.50S", "PT1.5S")],
    )
    def test_other_text_becomes_canonical(self, text: str, canonical: str) -> None:
        assert str(parse_temporal(text)) == canonical

    @pytest.mark.parametrize(
        "text",
        [
            *("2026-3-1", "02026-03-01", "2026-02-30", "-0000-01-01", "+2026-03-01", "1000000000-01-01"),
            *("24:00:01", "10:60:00", "10:30", "10:30:00+18:01", "10:30:00+1:00", "10:30:00@Nowhere/City"),
            *("2026-03-01T", "2026-03-01 10:00:00", "10:30:00Z@Europe/Oslo", "10:30:00.0000000001"),
            *("P", "PT", "P1", "P1Y1D", "P1W", "PT1D", "P1DT", "1Y", "P-1D", "--P1D", "P1S", "\u0661\u0662:30:00"),
        ],
    )
    def test_what_is_none_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="Expected"):
            parse_temporal(text)


class TestZones:
    def test_a_skipped_hour_counts_as_if_the_clocks_had_not_moved(self) -> None:
        assert DateTime.at_instant(parse_date_time("2026-03-29T02:30:00@Europe/Oslo").instant, "Europe/Oslo") == (
            parse_date_time("2026-03-29T03:30:00@Europe/Oslo")
        )

    def test_the_same_instant_on_two_clocks(self) -> None:
        oslo = parse_date_time("2026-07-01T12:00:00@Europe/Oslo")

        assert str(DateTime.at_instant(oslo.instant, "America/New_York")) == "2026-07-01T06:00:00@America/New_York"
        assert str(DateTime.at_instant(oslo.instant, -3600)) == "2026-07-01T09:00:00-01:00"

    def test_a_local_time_has_no_instant(self) -> None:
        with pytest.raises(ValueError, match="it is local"):
            _ = parse_date_time("2026-07-01T12:00:00").instant


class TestDuration:
    def test_a_duration_of_centuries_is_exact(self) -> None:
        assert str(parse_duration("P36525D")) == "P36525D"


@given(st.dates())
def test_day_numbers_are_those_of_python(day: python.date) -> None:
    assert day_number(day.year, day.month, day.day) == day.toordinal()
    assert civil(day.toordinal()) == (day.year, day.month, day.day)


@given(st.integers(-(10**10), 10**10))
def test_every_day_has_one_number_and_repeats_after_four_hundred_years(days: int) -> None:
    year, month, day = civil(days)

    assert day_number(year, month, day) == days
    assert civil(days + DAYS_PER_CYCLE) == (year + 400, month, day)
    assert str(parse_temporal(str(Date(days)))) == str(Date(days))


@given(
    st.datetimes(python.datetime(1900, 1, 1), python.datetime(2100, 1, 1)),
    st.sampled_from(["Europe/Oslo", "Asia/Dhaka"]),
)
def test_instants_are_those_of_python(moment: python.datetime, zone: str) -> None:
    from zoneinfo import ZoneInfo

    aware = moment.replace(tzinfo=ZoneInfo(zone))
    value = parse_date_time(f"{moment.isoformat()}@{zone}")
    seconds, nanos = divmod(value.instant, 10**9)

    assert seconds - 719163 * 86400 == (aware - python.datetime(1970, 1, 1, tzinfo=python.UTC)) // python.timedelta(
        seconds=1
    )
    assert nanos == moment.microsecond * 1000
