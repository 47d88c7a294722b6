"""
What holds of deals, without a database: what a stage expects, what money follows from what, what has gone stale.

Amounts are exact decimals in the deal's currency, rounded half to even to cents where money is multiplied.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import Any

CENT = Decimal("0.01")
HUNDRED = Decimal(100)


class StageKind(StrEnum):
    """What it means for a deal to stand in a stage."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class ForecastCategory(StrEnum):
    """How surely a deal counts in a forecast."""

    PIPELINE = "Pipeline"
    BEST_CASE = "Best Case"
    COMMIT = "Commit"
    CLOSED = "Closed"
    OMITTED = "Omitted"


def cents(amount: Decimal) -> Decimal:
    """Return an amount of money in whole cents; exactly half a cent goes to the even one, so that sums do not drift."""
    return amount.quantize(CENT, ROUND_HALF_EVEN)


def expected_revenue(amount: Decimal | None, probability: int) -> Decimal | None:
    """Return the amount weighted by the probability in percent."""
    return None if amount is None else cents(amount * probability / HUNDRED)


def category_of(probability: int, kind: StageKind) -> ForecastCategory:
    """Return the category a deal has unless somebody says otherwise."""
    if kind is StageKind.WON:
        return ForecastCategory.CLOSED
    if kind is StageKind.LOST:
        return ForecastCategory.OMITTED
    return next(category for least, category in _CATEGORIES if probability >= least)


_CATEGORIES = ((90, ForecastCategory.COMMIT), (60, ForecastCategory.BEST_CASE), (0, ForecastCategory.PIPELINE))


@dataclass(frozen=True, slots=True)
class Line:
    """
    One line of what is offered. ``discount`` and ``tax`` are in percent.

    Raises:
        ValueError: quantity, price or percentages that no line can have.
    """

    quantity: Decimal
    unit_price: Decimal
    discount: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        """Refuse what no line can be."""
        if self.quantity <= 0:
            raise ValueError(f"A quantity is above 0, not {self.quantity}.")
        if self.unit_price < 0:
            raise ValueError(f"A price is 0 or above, not {self.unit_price}.")
        for name, percent in (("discount", self.discount), ("tax", self.tax)):
            if not 0 <= percent <= HUNDRED:
                raise ValueError(f"A {name} lies between 0 and 100 percent, not at {percent}.")

    @property
    def net(self) -> Decimal:
        """The price of the line after discount, before tax."""
        return cents(self.quantity * self.unit_price * (HUNDRED - self.discount) / HUNDRED)

    @property
    def gross(self) -> Decimal:
        """The price of the line after discount, with tax."""
        return self.net + cents(self.net * self.tax / HUNDRED)


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of lines: before discount, the discount, net, tax and gross."""

    subtotal: Decimal
    discount: Decimal
    net: Decimal
    tax: Decimal

    @property
    def gross(self) -> Decimal:
        """What is to be paid."""
        return self.net + self.tax


def totals(lines: Iterable[Line]) -> Totals:
    """Return the sums of lines, each line rounded for itself, so that the sums are what the lines add up to."""
    subtotal = net = tax = Decimal("0.00")
    for line in lines:
        subtotal += cents(line.quantity * line.unit_price)
        net += line.net
        tax += line.gross - line.net
    return Totals(subtotal, subtotal - net, net, tax)


def missing(required: Sequence[str], values: Mapping[str, Any]) -> list[str]:
    """Return which required fields are empty. A number of 0 is a value, an empty text or list is not."""
    return [name for name in required if values.get(name) in (None, "", [], {})]


def is_stale(entered_at: datetime | None, rots_after_days: int | None, at: datetime) -> bool:
    """Return whether a deal stands longer in its stage than the stage allows."""
    if entered_at is None or rots_after_days is None:
        return False
    return at - entered_at > timedelta(days=rots_after_days)


def days_between(earlier: datetime | None, later: datetime) -> int | None:
    """Return the whole days from one instant to another, None when the first is not known."""
    return None if earlier is None else max(0, (later - earlier).days)
