"""The stop rule keeps its promise on generated cases, and finds what it was planned to find."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from throughline.insight.split_tests.sequential import Flags, Numbers, Plan, boundary, cases_needed, found, sequence

pytestmark = [pytest.mark.req("I6")]

RUNS, CASES = 600, 1_500


def drawn(seed: int, share: float, live: float, other: float, count: int = CASES) -> tuple[Numbers, Flags]:
    chance = np.random.default_rng(seed)
    is_other = chance.random(count) < share
    results = (chance.random(count) < np.where(is_other, other, live)).astype(np.float64)
    return results, is_other


class TestFound:
    @pytest.mark.parametrize(("share", "rate", "expected"), [(0.5, 0.3, 0.3), (0.2, 0.05, 0.05), (0.5, 0.5, 0.2)])
    def test_raises_no_more_false_alarms_than_stated_though_it_looks_after_every_case(
        self, share: float, rate: float, expected: float
    ) -> None:
        """The last example was planned with a wrong expectation: the promise does not hang on it."""
        plan = Plan(share, expected, 0.5, 0.05, CASES)

        alarms = 0
        for seed in range(RUNS):
            said = found(*drawn(seed, share, rate, rate), plan)
            assert said is not None
            alarms += said.is_settled

        assert alarms / RUNS <= 0.05

    def test_a_plain_test_looked_at_after_every_case_would_not_keep_it(self) -> None:
        """So the test above could fail."""
        alarms = 0
        for seed in range(RUNS):
            results, is_other = drawn(seed, 0.5, 0.3, 0.3)
            n, m = np.cumsum(is_other), np.cumsum(~is_other)
            a, b = np.cumsum(results * is_other)[100:] / n[100:], np.cumsum(results * ~is_other)[100:] / m[100:]
            z = np.abs(a - b) / np.sqrt(0.3 * 0.7 * (1 / n[100:] + 1 / m[100:]))
            alarms += bool((z > norm.ppf(0.975)).any())

        assert alarms / RUNS > 0.15

    def test_the_interval_holds_the_truth_at_all_times(self) -> None:
        plan = Plan(0.5, 0.3, 0.46, 0.05, CASES)
        missed = 0
        for seed in range(60):
            means, radii = sequence(*drawn(seed, 0.5, 0.3, 0.45), plan)
            missed += bool((np.abs(means - 0.15) > radii).any())

        assert missed <= 3

    def test_results_between_the_ends_work_as_well(self) -> None:
        plan = Plan(0.5, 0.5, 0.2, 0.05, 2_000)
        chance = np.random.default_rng(7)
        is_other = chance.random(2_000) < 0.5
        results = np.clip(chance.normal(np.where(is_other, 0.42, 0.5), 0.2), 0, 1)

        said = found(results, is_other, plan)

        assert said is not None
        assert said.is_settled
        assert said.low < -0.08 < said.high < 0

    def test_says_nothing_of_nothing(self) -> None:
        assert found(np.zeros(0), np.zeros(0, dtype=np.bool_), Plan(0.5, 0.5, 0.5, 0.05, 100)) is None


class TestCasesNeeded:
    @pytest.mark.parametrize(("live", "other", "share"), [(0.3, 0.4, 0.5), (0.1, 0.2, 0.5), (0.5, 0.35, 0.3)])
    def test_so_many_cases_find_the_difference_with_the_stated_power(
        self, live: float, other: float, share: float
    ) -> None:
        deviation = float(np.sqrt(live * (1 - live)))
        needed = cases_needed(
            other_share=share,
            expected=live,
            deviation=deviation,
            difference=other - live,
            alpha=0.05,
            power=0.8,
            other_deviation=float(np.sqrt(other * (1 - other))),
        )
        assert needed is not None
        plan = Plan(share, live, deviation, 0.05, needed)

        settled = 0
        for seed in range(300):
            said = found(*drawn(seed, share, live, other, needed), plan)
            assert said is not None
            settled += said.is_settled and (said.estimate > 0) == (other > live)

        assert settled / 300 >= 0.75

    def test_a_smaller_difference_needs_more(self) -> None:
        ten, five = (
            cases_needed(other_share=0.5, expected=0.3, deviation=0.458, difference=d, alpha=0.05, power=0.8)
            for d in (0.1, 0.05)
        )

        assert ten is not None
        assert five is not None
        assert 3 * ten < five < 5 * ten

    def test_says_when_no_number_is_enough(self) -> None:
        assert cases_needed(other_share=0.5, expected=0.3, deviation=0.46, difference=0, alpha=0.05, power=0.8) is None


class TestBoundary:
    def test_is_a_little_above_that_of_one_look(self) -> None:
        """At the spread it is tuned for: between once and twice the fixed-sample radius."""
        spread, alpha = 400.0, 0.025
        once = norm.ppf(1 - alpha) * np.sqrt(spread)

        always = boundary(np.array([spread]), alpha, 1.0, spread / 9.5)[0]

        assert once < always < 2 * once
