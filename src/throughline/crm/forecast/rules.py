"""Months, quarters, and where one should be today; without a database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from throughline.crm.deals.rules import ForecastCategory, cents

ZERO = Decimal("0.00")
OPEN = (ForecastCategory.COMMIT, ForecastCategory.BEST_CASE, ForecastCategory.PIPELINE)


def month_of(on: date) -> date:
    """Return the first day of the month of a day."""
    return on.replace(day=1)


def months_on(month: date, number: int) -> date:
    """Return the first day of the month that lies so many months later (or earlier)."""
    index = month.year * 12 + month.month - 1 + number
    return date(index // 12, index % 12 + 1, 1)


@dataclass(frozen=True, slots=True)
class Period:
    """Some whole months: a month, a quarter. ``last`` is its last day."""

    first: date
    months: int

    @classmethod
    def around(cls, on: date, months: int) -> Period:
        """Return the period of 1, 3 or 12 months of the year in which a day lies."""
        return cls(date(on.year, (on.month - 1) // months * months + 1, 1), months)

    @property
    def last(self) -> date:
        """The last day."""
        return months_on(self.first, self.months) - timedelta(days=1)

    @property
    def next(self) -> Period:
        """The period that follows."""
        return Period(months_on(self.first, self.months), self.months)

    @property
    def previous(self) -> Period:
        """The period before."""
        return Period(months_on(self.first, -self.months), self.months)

    def holds(self, on: date | None) -> bool:
        """Return whether a day lies in it."""
        return on is not None and self.first <= on <= self.last


def working_days(first: date, last: date) -> int:
    """Return the days from Monday to Friday between two days, both included."""
    if last < first:
        return 0
    weeks, rest = divmod((last - first).days + 1, 7)
    return weeks * 5 + sum((first.weekday() + each) % 7 < 5 for each in range(rest))


def pace(target: Decimal, period: Period, today: date) -> Decimal:
    """Return where one should be at the end of ``today``: the share of the working days that have passed."""
    whole = working_days(period.first, period.last)
    passed = working_days(period.first, min(today, period.last))
    return cents(target * passed / whole)


@dataclass(frozen=True, slots=True)
class Told:
    """What is foretold of a period: what closed, what is committed with it, and what is likely by probability."""

    closed: Decimal
    commit: Decimal
    best_case: Decimal
    pipeline: Decimal
    weighted_open: Decimal

    @property
    def committed(self) -> Decimal:
        """What closed and what somebody promised."""
        return self.closed + self.commit

    @property
    def weighted(self) -> Decimal:
        """What closed, and what is open times its probability."""
        return self.closed + self.weighted_open


def tell(cells: Iterable[tuple[str, Decimal, Decimal]]) -> Told:
    """Add up cells: category, amount, weighted amount."""
    sums: dict[str, Decimal] = {}
    weighted = ZERO
    for category, amount, share in cells:
        sums[category] = sums.get(category, ZERO) + amount
        if category in OPEN:
            weighted += share
    return _told(sums, weighted)


def _told(sums: Mapping[str, Decimal], weighted: Decimal) -> Told:
    def of(category: ForecastCategory) -> Decimal:
        return sums.get(category.value, ZERO)

    return Told(
        of(ForecastCategory.CLOSED),
        of(ForecastCategory.COMMIT),
        of(ForecastCategory.BEST_CASE),
        of(ForecastCategory.PIPELINE),
        weighted,
    )


def accuracy(foretold: Decimal, became: Decimal) -> int | None:
    """Return how near a forecast came, in percent: 100 is exact, 0 as far off as what it became; None for nothing."""
    if not became:
        return None
    return max(0, int((1 - abs(foretold - became) / became) * 100))
