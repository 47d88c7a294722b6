"""How late timers were, counted in ranges."""

from __future__ import annotations

import pytest

from throughline.core.procedures.lateness import BOUNDS, Lateness, together


@pytest.mark.req("N2")
class TestLateness:
    def test_without_timers_nothing_is_late(self) -> None:
        assert (Lateness().timers, Lateness().quantile(0.99)) == (0, 0.0)

    def test_a_bound_belongs_to_the_range_below_it(self) -> None:
        late = Lateness().with_more([0.0, BOUNDS[0], BOUNDS[0] + 0.001, 10_000])

        assert (late.counts[0], late.counts[1], late.counts[-1]) == (2, 1, 1)
        assert late.up_to[-1] == late.timers == 4

    def test_a_quantile_lies_in_its_range(self) -> None:
        late = Lateness().with_more([0.2] * 98 + [4.0, 4.0])

        assert 0.1 < late.quantile(0.5) <= 0.25
        assert 2.5 < late.quantile(0.99) <= 5.0

    def test_of_the_last_range_the_beginning_is_told(self) -> None:
        assert Lateness().with_more([5_000.0]).quantile(0.99) == BOUNDS[-1]

    def test_workers_are_added_up(self) -> None:
        one, two = Lateness().with_more([0.01]), Lateness().with_more([0.01, 7.0])

        assert together([one, two]) == Lateness().with_more([0.01, 0.01, 7.0])
        assert together([]) == Lateness()
