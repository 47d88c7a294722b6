"""Numbers by chance: each distribution is the one it is called, and the same seed gives the same numbers."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

from throughline.flow.simulate.chance import CHUNK, Draws, generator, spans, uniforms
from throughline.flow.simulate.distributions import (
    Constant,
    Distribution,
    Empirical,
    Exponential,
    Gamma,
    Lognormal,
    Normal,
    Triangular,
    Uniform,
)
from throughline.flow.simulate.student import below, interval, quantile

COUNT = 20_000
CRITICAL = 1.63 / math.sqrt(COUNT)
"""The distance that a true distribution exceeds once in a hundred times (Kolmogorov)."""

UNIT_NORMAL = NormalDist()


def _lognormal(x: float) -> float:
    variance = math.log1p(0.25)
    return UNIT_NORMAL.cdf((math.log(x) - (math.log(60) - variance / 2)) / math.sqrt(variance))


def _triangular(x: float) -> float:
    return x * x / 1_200 if x < 20 else 1 - (60 - x) ** 2 / 2_400


SHAPES = [
    (Exponential(60), lambda x: 1 - math.exp(-x / 60)),
    (Normal(60, 10), lambda x: UNIT_NORMAL.cdf((x - 60) / 10)),
    (Lognormal(60, 30), _lognormal),
    (Gamma(60, 60 / math.sqrt(2)), lambda x: 1 - math.exp(-x / 30) * (1 + x / 30)),
    (Uniform(20, 40), lambda x: (x - 20) / 20),
    (Triangular(0, 20, 60), _triangular),
    (Empirical((0.0,), (), (10.0,)), lambda x: x / 10),
]


class TestDistribution:
    @pytest.mark.parametrize(("distribution", "exact"), SHAPES, ids=lambda each: type(each).__name__)
    def test_is_the_one_it_is_called(self, distribution: Distribution, exact: object) -> None:
        assert callable(exact)
        numbers = np.sort(distribution.sample(generator(1, 0, "test"), COUNT))

        levels = np.array([exact(float(each)) for each in numbers])

        steps = np.arange(COUNT + 1) / COUNT
        assert max(np.abs(levels - steps[1:]).max(), np.abs(levels - steps[:-1]).max()) < CRITICAL

    @pytest.mark.parametrize("distribution", [each for each, _ in SHAPES], ids=lambda each: type(each).__name__)
    def test_has_the_mean_it_says(self, distribution: Distribution) -> None:
        numbers = distribution.sample(generator(1, 0, "test"), COUNT)

        assert float(numbers.mean()) == pytest.approx(
            distribution.mean, abs=4 * float(numbers.std()) / math.sqrt(COUNT)
        )

    def test_given_by_mean_and_deviation_has_them(self) -> None:
        for distribution in (Uniform.around(60, 5), Triangular.around(60, 5), Lognormal(60, 5), Gamma(60, 5)):
            numbers = distribution.sample(generator(1, 0, "test"), COUNT)
            assert float(numbers.mean()) == pytest.approx(60, abs=0.2)
            assert float(numbers.std()) == pytest.approx(5, rel=0.05)

    def test_weighs_what_was_seen(self) -> None:
        numbers = Empirical((1.0, 5.0), (1.0, 3.0)).sample(generator(1, 0, "test"), COUNT)

        assert float((numbers == 5.0).mean()) == pytest.approx(0.75, abs=0.02)
        assert set(numbers.tolist()) == {1.0, 5.0}

    def test_scales_the_same_numbers_with_its_mean(self) -> None:
        slow, fast = (Exponential(mean).sample(generator(1, 0, "test"), 100) for mean in (60, 30))

        assert np.allclose(slow, 2 * fast)


class TestSpans:
    def test_cuts_durations_at_nothing(self) -> None:
        numbers = spans(Normal(1, 10))(generator(1, 0, "test"), 1_000)

        assert min(numbers) == 0
        assert all(isinstance(each, int) for each in numbers)

    def test_counts_microseconds(self) -> None:
        assert spans(Constant(1.5))(generator(1, 0, "test"), 2) == [1_500_000, 1_500_000]


class TestDraws:
    def test_gives_a_case_its_number_whoever_comes_before(self) -> None:
        one, other = (Draws(7, 0, "step", 1_000, uniforms) for _ in range(2))
        ascending = [one.take(case) for case in range(1_000)]

        descending = [other.take(case) for case in reversed(range(1_000))]

        assert descending == ascending[::-1]

    def test_gives_each_visit_a_number_of_its_own(self) -> None:
        draws = Draws(7, 0, "step", 2 * CHUNK, uniforms)

        visits = [[draws.take(case) for case in (0, 1, CHUNK)] for _ in range(3)]

        assert len({number for visit in visits for number in visit}) == 9

    def test_differs_by_seed_replication_and_purpose(self) -> None:
        draws = [Draws(*key, 10, uniforms) for key in [(7, 0, "a"), (8, 0, "a"), (7, 1, "a"), (7, 0, "b")]]

        assert len({each.take(3) for each in draws}) == 4


class TestStudent:
    @pytest.mark.parametrize(
        ("freedom", "exact"), [(1, 12.7062047), (2, 4.3026527), (9, 2.2621572), (19, 2.0930241), (1_000, 1.9623391)]
    )
    def test_knows_the_tables(self, freedom: int, exact: float) -> None:
        assert quantile(0.975, freedom) == pytest.approx(exact, abs=1e-7)
        assert below(-exact, freedom) == pytest.approx(0.025, abs=1e-8)

    def test_spans_the_mean(self) -> None:
        found = interval([1.0, 2.0, 3.0])

        assert found is not None
        assert found[0] == pytest.approx(2 - 4.3026527 / math.sqrt(3))
        assert found[1] == pytest.approx(2 + 4.3026527 / math.sqrt(3))

    def test_says_nothing_of_one_number(self) -> None:
        assert interval([1.0]) is None
