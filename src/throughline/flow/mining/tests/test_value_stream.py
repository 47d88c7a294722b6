from __future__ import annotations

import pytest

from throughline.flow.mining.tests.hand import log_of, log_with
from throughline.flow.mining.value_stream import Band, bottlenecks, usual_band, value_stream

HOUR = 3600.0
ROWS = [("x", "a", 0.0), ("x", "a", 1.0), ("x", "b", 5.0), ("x", "b", 6.0), ("x", "a", 8.0), ("x", "a", 9.0)]
STATES = ["start", "complete"] * 3
pytestmark = pytest.mark.req("I2", "A2")


class TestValueStream:
    def test_tells_lead_and_process_time_per_step(self) -> None:
        stream = value_stream(log_with(ROWS, lifecycle=STATES))

        a, b = sorted(stream.steps, key=lambda each: each.activity)
        assert (b.lead.mean, b.process.mean) == (5 * HOUR, 1 * HOUR)
        assert (a.lead.mean, a.process.mean, a.per_case) == ((1 + 3) / 2 * HOUR, 1 * HOUR, 2.0)

    def test_tells_the_figures_of_the_whole(self) -> None:
        stream = value_stream(log_with(ROWS, lifecycle=STATES), worth={"a": "yes", "b": "waste"})

        assert (stream.lead_seconds, stream.process_seconds) == (9 * HOUR, 3 * HOUR)
        assert stream.activity_ratio == pytest.approx(3 / 9)
        assert stream.value_ratio == pytest.approx(2 / 9)

    def test_counts_a_return_against_the_step_that_was_returned_to(self) -> None:
        stream = value_stream(log_of("aab", "ab"))

        share = {each.activity: each.complete_and_accurate for each in stream.steps}
        assert share == {"a": pytest.approx(2 / 3), "b": 1.0}
        assert stream.rolled_complete_and_accurate == pytest.approx(2 / 3)

    def test_never_guesses_process_times(self) -> None:
        stream = value_stream(log_of("ab"))

        assert (stream.process_seconds, stream.activity_ratio, stream.value_ratio) == (None, None, None)
        assert stream.lead_seconds == HOUR

    def test_puts_steps_in_their_usual_order(self) -> None:
        assert [each.activity for each in value_stream(log_of("cab", "cab", "cba")).steps] == ["c", "a", "b"]


class TestBottlenecks:
    def test_rank_by_total_time_and_not_by_mean(self) -> None:
        rows = [(f"c{n}", name, hours) for n in range(10) for name, hours in (("a", 0.0), ("b", 3.0))]

        often, rarely = bottlenecks(log_with([*rows, ("z", "a", 0.0), ("z", "c", 20.0)]))

        assert (often.flow.target, often.total_seconds) == ("b", 30 * HOUR)
        assert often.share == pytest.approx(0.6)
        assert (rarely.flow.target, rarely.flow.spans.mean) == ("c", 20 * HOUR)


class TestUsualBand:
    def test_is_around_the_median(self) -> None:
        band = usual_band([10, 11, 9, 10, 12, 8, 10, 10, 300])

        assert band is not None
        assert band.holds(13)
        assert not band.holds(20)

    def test_is_at_least_one_unit_wide_and_never_below_nothing(self) -> None:
        assert usual_band([0] * 10) == Band(0.0, 1.0)

    def test_is_not_told_from_little(self) -> None:
        assert usual_band([1, 2, 3]) is None
