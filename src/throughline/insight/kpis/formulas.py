"""
Figures of money and customers by their definitions, exact (``Decimal``) where money is concerned. Pure.

A figure whose denominator is nothing is None: unknown, not zero. Definitions and vectors: docs/kpis.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

ONE, HUNDRED = Decimal(1), Decimal(100)


def ratio(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """Return part over whole, None when there is no whole."""
    return Decimal(part) / Decimal(whole) if whole else None


def closed_win_rate(*, won: int, lost: int) -> Decimal | None:
    """Return won over won and lost, all closed in the period; what is open does not count."""
    return ratio(won, won + lost)


def created_win_rate(*, won: int, created: int) -> Decimal | None:
    """Return the won ones of those created in the period over all created in it, open ones included."""
    return ratio(won, created)


def velocity(*, opportunities: int, win_rate: Decimal, mean_won: Decimal, mean_cycle_days: Decimal) -> Decimal | None:
    """Return the money per day that a pipeline gives: opportunities × win rate × mean won value ÷ mean cycle."""
    return ratio(opportunities * win_rate * mean_won, mean_cycle_days)


def customer_churn(*, at_start: int, left: int) -> Decimal | None:
    """
    Return which share of the customers there were at the start left in the period; those who came in it do not count.

    Raises:
        ValueError: more left than there were.
    """
    if left > at_start:
        raise ValueError(f"Expected at most {at_start} of those at the start to have left, but {left} are counted.")
    return ratio(left, at_start)


@dataclass(frozen=True, slots=True)
class RecurringRevenue:
    """
    Monthly recurring revenue of those who were customers at the start, and what became of it in the period.

    New business is no part of it.
    """

    start: Decimal
    expansion: Decimal = Decimal(0)
    contraction: Decimal = Decimal(0)
    churned: Decimal = Decimal(0)

    @property
    def gross_churn(self) -> Decimal | None:
        """Revenue lost over revenue at the start."""
        return ratio(self.churned + self.contraction, self.start)

    @property
    def gross_retention(self) -> Decimal | None:
        """What is left of the revenue at the start, at most 1."""
        return None if self.gross_churn is None else ONE - self.gross_churn

    @property
    def net_retention(self) -> Decimal | None:
        """The same customers' revenue at the end over that at the start; may be more than 1."""
        return ratio(self.start + self.expansion - self.contraction - self.churned, self.start)


def lifetime_value(*, margin: Decimal, churn: Decimal) -> Decimal | None:
    """Return the margin that a customer brings in all: gross margin per period ÷ churn per period."""
    return ratio(margin, churn)


def discounted_lifetime_value(*, margin: Decimal, churn: Decimal, discount: Decimal) -> Decimal:
    """Return the same in today's money: m · r ÷ (1 + d − r) with r = 1 − churn; first payment after one period."""
    kept = ONE - churn
    return margin * kept / (ONE + discount - kept)


def return_on_campaign(*, margin: Decimal, cost: Decimal) -> Decimal | None:
    """Return (attributed gross margin − cost) ÷ cost. On revenue it would be too good: see ``revenue_on_spend``."""
    return ratio(margin - cost, cost)


def revenue_on_spend(*, revenue: Decimal, cost: Decimal) -> Decimal | None:
    """Return attributed revenue ÷ cost."""
    return ratio(revenue, cost)


class Attribution(StrEnum):
    """Ways to share the credit for a deal among what led to it."""

    FIRST = "first"
    LAST = "last"
    LINEAR = "linear"
    U = "u"
    W = "w"
    FULL_PATH = "full_path"
    DECAY = "decay"


@dataclass(frozen=True, slots=True)
class Touch:
    """
    Something that brought a customer nearer. ``milestone``: ``lead`` or ``deal`` when it made one, else nothing.

    The opening of a mail is no touch: mail programs open by themselves.
    """

    at: datetime
    milestone: str = ""


HALF_LIFE_DAYS = 7


def credits_of(touches: Sequence[Touch], how: Attribution) -> list[float]:
    """
    Return the credit of each touch, in order of time; they add up to 1, or there are none.

    U gives 40 % to the first and the last, W 30 % to the first, the one that made the lead, and the one that made the
    deal; the full path adds the last: 22.5 % each. The rest is spread evenly over the others; where there is no other,
    the named ones share all in the same proportions. One touch may carry several names.
    """
    if not touches:
        return []
    weights = _WEIGHTS[how](touches) if how in _WEIGHTS else _positions(touches, *_POSITIONS[how])
    whole = sum(weights)
    return [each / whole for each in weights]


def _positions(touches: Sequence[Touch], named: Mapping[str, float], rest: float) -> list[float]:
    places = {
        "first": 0,
        "last": len(touches) - 1,
        **{each.milestone: place for place, each in enumerate(touches) if each.milestone},
    }
    weights = [0.0] * len(touches)
    held = set()
    for name, weight in named.items():
        if name in places:
            weights[places[name]] += weight
            held.add(places[name])
    others = [place for place in range(len(touches)) if place not in held]
    for place in others:
        weights[place] = rest / len(others)
    return weights


_POSITIONS: dict[Attribution, tuple[dict[str, float], float]] = {
    Attribution.U: ({"first": 0.4, "last": 0.4}, 0.2),
    Attribution.W: ({"first": 0.3, "lead": 0.3, "deal": 0.3}, 0.1),
    Attribution.FULL_PATH: ({"first": 0.225, "lead": 0.225, "deal": 0.225, "last": 0.225}, 0.1),
}


def _decay(touches: Sequence[Touch]) -> list[float]:
    last = touches[-1].at
    return [2 ** (-((last - each.at).total_seconds() / 86_400) / HALF_LIFE_DAYS) for each in touches]


_WEIGHTS = {
    Attribution.FIRST: lambda touches: [1.0] + [0.0] * (len(touches) - 1),
    Attribution.LAST: lambda touches: [0.0] * (len(touches) - 1) + [1.0],
    Attribution.LINEAR: lambda touches: [1.0] * len(touches),
    Attribution.DECAY: _decay,
}
