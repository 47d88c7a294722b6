from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from throughline.flow.calendars import BusinessCalendar
from throughline.flow.mining.business import business_time
from throughline.flow.mining.log import microseconds
from throughline.flow.mining.summary import summary
from throughline.flow.mining.tests.hand import log_with

OFFICE = BusinessCalendar.of(
    zone="Europe/Rome",
    hours={day: [["09:00", "12:30"], ["13:30", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
    holidays=["2026-04-06"],
)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))


class TestBusinessTime:
    @given(st.lists(st.tuples(MOMENTS, MOMENTS), min_size=1, max_size=8))
    def test_agrees_with_the_calendar_to_the_microsecond(self, pairs: list[tuple[datetime, datetime]]) -> None:
        begin = np.array([microseconds(a) for a, _ in pairs], dtype=np.int64)
        end = np.array([microseconds(b) for _, b in pairs], dtype=np.int64)

        found = business_time(OFFICE)(begin, end)

        assert found.tolist() == [OFFICE.working_between(a, b) // timedelta(microseconds=1) for a, b in pairs]

    def test_counts_in_every_figure_that_is_a_span(self) -> None:
        log = log_with([("x", "a", 0.0), ("x", "b", 24.0)])  # Monday 10:00 to Tuesday 10:00 in Rome

        found = summary(log, business_time(OFFICE))

        assert found["case_duration_s"]["mean"] == found["flows"][0]["median_s"] == 7 * 3600
