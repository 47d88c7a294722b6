"""The vectors that were computed by hand or published; sources in the definitions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from throughline.insight.kpis import formulas
from throughline.insight.kpis.formulas import Attribution, RecurringRevenue, Touch, credits_of
from throughline.insight.kpis.lifetime import (
    Buying,
    History,
    Spending,
    TooLittle,
    correlation,
    fit_buying,
    fit_spending,
)
from throughline.insight.kpis.statistics import (
    newcombe,
    promoter_score,
    size_per_arm,
    size_per_arm_by_arcsine,
    two_shares,
    welch,
    wilson,
)

pytestmark = pytest.mark.req("I1")


def rounded(interval: object, digits: int = 1) -> tuple[float, float]:
    return round(100 * interval.low, digits), round(100 * interval.high, digits)  # type: ignore[attr-defined]


class TestWinRates:
    def test_created_and_closed_tell_different_things_of_the_same_hundred(self) -> None:
        created = formulas.created_win_rate(won=3, created=100)
        closed = formulas.closed_win_rate(won=3, lost=7)

        assert (created, closed) == (Decimal("0.03"), Decimal("0.3"))

    def test_nothing_closed_is_unknown_and_not_zero(self) -> None:
        assert formulas.closed_win_rate(won=0, lost=0) is None


class TestVelocity:
    def test_is_money_per_day(self) -> None:
        found = formulas.velocity(
            opportunities=40, win_rate=Decimal("0.25"), mean_won=Decimal(25_000), mean_cycle_days=Decimal(90)
        )

        assert found is not None
        assert round(found, 2) == Decimal("2777.78")


class TestCsat:
    def test_five_of_twenty_with_wilsons_interval(self) -> None:
        assert rounded(wilson(5, 20)) == (11.2, 46.9)

    def test_all_of_few_is_not_certain(self) -> None:
        assert wilson(3, 3).low < 0.5
        assert wilson(3, 3).high == 1.0

    def test_nobody_has_no_share(self) -> None:
        with pytest.raises(ValueError, match="at least one"):
            wilson(0, 0)


class TestNps:
    def test_half_promoters_and_a_fifth_detractors_of_four_hundred(self) -> None:
        found = promoter_score(200, 80, 400)

        assert round(found.score, 6) == 30
        assert round(found.half_width, 2) == 7.65

    def test_refuses_more_than_answered(self) -> None:
        with pytest.raises(ValueError, match="parts of the 10"):
            promoter_score(8, 5, 10)


class TestChurn:
    def test_divides_by_those_at_the_start(self) -> None:
        found = formulas.customer_churn(at_start=550, left=50)

        assert found is not None
        assert round(found * 100, 2) == Decimal("9.09")

    def test_refuses_to_count_those_who_came_later(self) -> None:
        with pytest.raises(ValueError, match="at most 10"):
            formulas.customer_churn(at_start=10, left=11)


class TestRevenueRetention:
    def test_gross_never_exceeds_one_and_net_may(self) -> None:
        found = RecurringRevenue(Decimal(1000), expansion=Decimal(200), contraction=Decimal(30), churned=Decimal(50))

        assert found.gross_churn == Decimal("0.08")
        assert found.gross_retention == Decimal("0.92")
        assert found.net_retention == Decimal("1.12")

    def test_is_unknown_without_a_start(self) -> None:
        assert RecurringRevenue(Decimal(0)).net_retention is None


class TestLifetimeValue:
    def test_simple_and_discounted(self) -> None:
        margin, churn = Decimal(100), Decimal("0.2")

        assert formulas.lifetime_value(margin=margin, churn=churn) == 500
        found = formulas.discounted_lifetime_value(margin=margin, churn=churn, discount=Decimal("0.1"))
        assert round(found, 2) == Decimal("266.67")  # 100 × 0.8 / 0.3

    def test_without_churn_is_unknown(self) -> None:
        assert formulas.lifetime_value(margin=Decimal(100), churn=Decimal(0)) is None


CDNOW = Buying(r=0.243, alpha=4.414, a=0.793, b=2.426)


class TestBuying:
    def test_the_customer_of_the_paper(self) -> None:
        customer = History(2, 30.43, 38.86)

        assert round(CDNOW.expected(customer, 39), 3) == 1.226
        assert abs(CDNOW.alive(customer) - 0.727) < 0.001

    def test_who_never_came_again_counts_as_alive(self) -> None:
        assert CDNOW.alive(History(0, 0, 38.86)) == 1.0

    def test_finds_the_parameters_a_company_was_made_with(self) -> None:
        customers = company(CDNOW, count=6000, seed=11)

        found = fit_buying(customers)

        # The likelihood is flat, so what counts is what follows: no worse than the truth, and the same forecast.
        assert found.log_likelihood(customers) >= CDNOW.log_likelihood(customers)
        expected = sum(found.expected(each, 39) for each in customers)
        assert expected == pytest.approx(sum(CDNOW.expected(each, 39) for each in customers), rel=0.06)

    def test_says_when_there_is_too_little(self) -> None:
        with pytest.raises(TooLittle, match="Fewer than 30"):
            fit_buying([History(1, 2, 10)] * 29)


def company(truth: Buying, *, count: int, seed: int) -> list[History]:
    """Make customers who behave as the model says, known for 27 to 39 weeks."""
    chance = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        rate, leaves = chance.gamma(truth.r, 1 / truth.alpha), chance.beta(truth.a, truth.b)
        age, now, last, times = chance.uniform(27, 39), 0.0, 0.0, 0
        while True:
            now += chance.exponential(1 / max(rate, 1e-12))
            if now > age:
                break
            times, last = times + 1, now
            if chance.random() < leaves:
                break
        made.append(History(times, last, age))
    return made


class TestSpending:
    def test_the_vector_of_the_paper(self) -> None:
        found = Spending(6.249, 3.745, 15.448).expected(1, 30)

        assert found == pytest.approx(31.58, abs=0.01)

    def test_finds_the_parameters_a_company_was_made_with(self) -> None:
        chance = np.random.default_rng(5)
        truth = Spending(6.249, 3.745, 15.448)
        rates = chance.gamma(truth.q, 1 / truth.v, size=8000)
        frequency = chance.integers(1, 8, size=8000)
        means = chance.gamma(truth.p * frequency, 1 / (rates * frequency))

        found = fit_spending(frequency.tolist(), means.tolist())

        assert found.expected(1, 30) == pytest.approx(truth.expected(1, 30), rel=0.05)
        assert abs(correlation(frequency.tolist(), means.tolist())) < 0.05


class TestCampaigns:
    def test_return_is_on_margin_and_not_on_revenue(self) -> None:
        margin, revenue, cost = Decimal(300), Decimal(1000), Decimal(200)

        assert formulas.return_on_campaign(margin=margin, cost=cost) == Decimal("0.5")
        assert formulas.revenue_on_spend(revenue=revenue, cost=cost) == 5

    def test_without_cost_is_unknown(self) -> None:
        assert formulas.return_on_campaign(margin=Decimal(1), cost=Decimal(0)) is None


START = datetime(2026, 3, 1, tzinfo=UTC)


def way(*milestones: str) -> list[Touch]:
    return [Touch(START + timedelta(days=7 * place), name) for place, name in enumerate(milestones)]


class TestCredits:
    @pytest.mark.parametrize("how", list(Attribution))
    @pytest.mark.parametrize("touches", [way(""), way("", ""), way("", "lead", "", "deal", ""), way("lead", "deal")])
    def test_add_up_to_one(self, how: Attribution, touches: list[Touch]) -> None:
        assert sum(credits_of(touches, how)) == pytest.approx(1)

    @pytest.mark.parametrize(
        ("how", "expected"),
        [
            (Attribution.FIRST, [1, 0, 0, 0, 0]),
            (Attribution.LAST, [0, 0, 0, 0, 1]),
            (Attribution.LINEAR, [0.2] * 5),
            (Attribution.U, [0.4, 0.2 / 3, 0.2 / 3, 0.2 / 3, 0.4]),
            (Attribution.W, [0.3, 0.3, 0.05, 0.3, 0.05]),
            (Attribution.FULL_PATH, [0.225, 0.225, 0.1, 0.225, 0.225]),
            (Attribution.DECAY, [1 / 31, 2 / 31, 4 / 31, 8 / 31, 16 / 31]),
        ],
    )
    def test_of_five_touches_a_week_apart(self, how: Attribution, expected: list[float]) -> None:
        found = credits_of(way("", "lead", "", "deal", ""), how)

        assert found == pytest.approx(expected)

    def test_without_a_middle_the_ends_share_all(self) -> None:
        assert credits_of(way("", ""), Attribution.U) == pytest.approx([0.5, 0.5])

    def test_nothing_led_to_it(self) -> None:
        assert credits_of([], Attribution.LINEAR) == []


@pytest.mark.req("I6")
class TestDifference:
    def test_of_two_hundred_and_two_hundred_fifty_of_a_thousand(self) -> None:
        tested = two_shares(200, 1000, 250, 1000)

        assert round(tested.statistic, 3) == 2.677
        assert round(tested.p, 4) == 0.0074
        assert rounded(newcombe(200, 1000, 250, 1000)) == (1.3, 8.6)

    def test_nothing_in_both_says_nothing(self) -> None:
        assert two_shares(0, 10, 0, 20).p == 1.0

    def test_of_means_by_welch(self) -> None:
        found = welch([3.0, 4.0, 1.0, 2.1], [490.2, 340.0, 433.9])

        assert found.difference == pytest.approx(418.842, abs=1e-3)
        assert found.p == pytest.approx(0.010751561149785, abs=1e-9)  # published with several programs
        assert not found.interval.holds(0)

    def test_needs_two_values_on_each_side(self) -> None:
        with pytest.raises(ValueError, match="two values"):
            welch([1.0], [1.0, 2.0])


@pytest.mark.req("I6")
class TestSize:
    def test_from_ten_to_twelve_percent(self) -> None:
        assert size_per_arm(0.10, 0.12) == 3841
        assert size_per_arm_by_arcsine(0.10, 0.12) in (3835, 3836)

    def test_equal_shares_need_no_size(self) -> None:
        with pytest.raises(ValueError, match="different"):
            size_per_arm(0.1, 0.1)


@pytest.mark.req("I6")
class TestPeeking:
    def test_each_further_look_adds_false_alarms(self) -> None:
        found = {looks: false_alarms(looks) for looks in (1, 2, 5, 10, 20)}

        expected = {1: 0.05, 2: 0.082, 5: 0.141, 10: 0.193, 20: 0.247}
        assert found == pytest.approx(expected, abs=0.012)


def false_alarms(looks: int, runs: int = 20_000) -> float:
    """Return how often somebody who looks so many times, evenly, at two equal arms sees a difference once."""
    chance = np.random.default_rng(looks)
    steps = chance.standard_normal((runs, looks)).cumsum(axis=1)
    z = steps / np.sqrt(np.arange(1, looks + 1))
    return float((np.abs(z) > 1.959964).any(axis=1).mean())
