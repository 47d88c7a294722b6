"""Adding up how all deals stand, in the company's currency: what a snapshot keeps, and what is shown of today."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncDate, TruncMonth

from throughline.crm.deals.models import Deal, ForecastCategory, StageKind
from throughline.crm.deals.prices import Exchange, exchange

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Measured:
    """The sum of deals that have all this in common; see ``models.Cell``."""

    owner_id: int | None
    team_id: int | None
    pipeline: str
    category: str
    month: date | None
    currency: str
    deals: int
    amount: Decimal
    weighted: Decimal


def measure(at: datetime) -> list[Measured]:
    """
    Return the sums of all deals as they stand: open ones by expected close, those won since last year by their close.

    Sums of open deals count at the rate of today, of won ones at that of the day they closed. Two queries.
    """
    rates = exchange()
    found: dict[tuple[Any, ...], Measured] = {}
    for each in (*_open(at, rates), *_won(at, rates)):
        key = (each.owner_id, each.team_id, each.pipeline, each.category, each.month, each.currency)
        known = found.get(key)
        found[key] = each if known is None else _together(known, each)
    return [found[key] for key in sorted(found, key=repr)]


def _together(one: Measured, other: Measured) -> Measured:
    return replace(
        one,
        deals=one.deals + other.deals,
        amount=one.amount + other.amount,
        weighted=one.weighted + other.weighted,
    )


def _open(at: datetime, rates: Exchange) -> Iterator[Measured]:
    shown = Deal.objects.filter(closed_at=None, deleted_at=None, sandbox=False)
    live = shown.exclude(forecast_category=ForecastCategory.OMITTED).annotate(month=TruncMonth("expected_close_on"))
    kinds = ("owner_id", "team_id", "pipeline_id", "forecast_category", "month", "currency")
    grouped = live.order_by().values_list(*kinds)
    rows = grouped.annotate(deals=Count("*"), amount=Sum("amount"), weighted=Sum("expected_revenue"))
    for owner, team, pipeline, category, month, currency, deals, amount, weighted in rows:
        cell = Measured(owner, team, pipeline, category, month, currency, deals, amount or ZERO, weighted or ZERO)
        yield _converted(cell, rates, at.date())


def _won(at: datetime, rates: Exchange) -> Iterator[Measured]:
    since = at.replace(year=at.year - 1, month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    won = Deal.objects.filter(Q(stage__kind=StageKind.WON), closed_at__gte=since, deleted_at=None, sandbox=False)
    kinds = ("owner_id", "team_id", "pipeline_id", "on", "currency")
    grouped = won.annotate(on=TruncDate("closed_at")).order_by().values_list(*kinds)
    for owner, team, pipeline, on, currency, deals, amount in grouped.annotate(deals=Count("*"), amount=Sum("amount")):
        total = amount or ZERO
        closed, month = ForecastCategory.CLOSED.value, on.replace(day=1)
        yield _converted(Measured(owner, team, pipeline, closed, month, currency, deals, total, total), rates, on)


def _converted(cell: Measured, rates: Exchange, on: date) -> Measured:
    """Return a cell in the company's currency; without a rate it stays in its own."""
    amount = rates.convert(cell.amount, cell.currency, on)
    weighted = rates.convert(cell.weighted, cell.currency, on)
    if amount is None or weighted is None:
        return cell
    return replace(cell, currency=rates.base, amount=amount, weighted=weighted)
