"""Figures that several reads make: velocity, customers and what they are worth, the promoter score."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Avg, Count, F, Q, QuerySet, Sum
from django.db.models.expressions import ExpressionWrapper
from django.db.models.fields import DecimalField

from throughline.core.access import field_rights
from throughline.core.records import registry
from throughline.crm.deals.models import Deal
from throughline.insight.kpis import formulas, recurring
from throughline.insight.kpis.definitions import LOST, WON, span_between
from throughline.insight.kpis.measuring import (
    UNKNOWN,
    Figure,
    Question,
    everybody,
    in_one_currency,
    money_note,
    population,
    within,
)
from throughline.insight.kpis.statistics import promoter_score, wilson

ACTIVE = timedelta(days=365)
"""A customer is active for so long after a won deal."""
DAY = Decimal(86_400)
COSTED = Q(product__price__gt=0, product__cost__isnull=False, amount__isnull=False)
"""Deals of which the costs of what was sold are known."""
MARGIN = F("amount") * (F("product__price") - F("product__cost")) / F("product__price")

Customer = tuple[str, int]


def velocity(asked: Question) -> Figure:
    """Return the money per day of a pipeline; all four factors of the same period."""
    deals = in_one_currency(asked, everybody(asked))
    closed = within(deals, "closed_at", asked.window)
    opened = within(deals, "created_at", asked.window).count()
    counts = closed.aggregate(won=Count("pk", filter=WON), lost=Count("pk", filter=LOST))
    means = closed.filter(WON).aggregate(size=Avg("amount"), cycle=Avg(span_between("created_at", "closed_at")))
    rate = formulas.closed_win_rate(won=counts["won"], lost=counts["lost"])
    note = money_note(asked)
    if rate is None or means["size"] is None or not means["cycle"]:
        return Figure(None, None, opened, note=note)
    days = Decimal(means["cycle"].total_seconds()) / DAY
    value = formulas.velocity(opportunities=opened, win_rate=rate, mean_won=means["size"], mean_cycle_days=days)
    return Figure(value, opened * rate * means["size"], opened, note=note)


def revenue_per_customer(asked: Question) -> Figure:
    """Return the revenue of the period per customer who bought in it."""
    deals = in_one_currency(asked, population(asked))
    total = deals.aggregate(total=Sum("amount"))["total"]
    buyers = len(_customers(deals))
    value = formulas.ratio(total, buyers) if total is not None else None
    return Figure(value, total, buyers, note=money_note(asked))


def retention(asked: Question) -> Figure:
    """Return which share of the customers at the start are still customers at the end."""
    return _staying(asked, stayed=True)


def churn(asked: Question) -> Figure:
    """Return which share of the customers at the start are no customers any more at the end."""
    return _staying(asked, stayed=False)


def _staying(asked: Question, *, stayed: bool) -> Figure:
    start, end = customers_at(asked, asked.window.since), customers_at(asked, asked.window.until)
    counted = len(start & end) if stayed else len(start - end)
    if not start:
        return Figure(None, 0, 0)
    return Figure(counted / len(start), counted, len(start), interval=wilson(counted, len(start)))


def customers_at(asked: Question, instant: datetime) -> set[Customer]:
    """Return who is a customer at an instant: with a won deal in the 365 days before it."""
    won = everybody(asked).filter(WON, closed_at__gte=instant - ACTIVE, closed_at__lt=instant)
    return _customers(won)


def _customers(deals: QuerySet[Deal]) -> set[Customer]:
    """Return the organizations, and the persons where there is no organization, of deals."""
    rows = deals.order_by().values_list("organization_id", "contact_id").distinct()
    return {
        ("organization", organization) if organization else ("contact", contact)
        for organization, contact in rows
        if organization or contact
    }


def lifetime_value(asked: Question) -> Figure:
    """Return the gross margin that a customer brings in all, where the costs of what was sold are known."""
    if not field_rights(asked.user, registry.get("product")).reads("cost"):
        return Figure(None, note="It rests on the costs of products, which your role does not see.")
    end = asked.window.until
    deals = in_one_currency(asked, everybody(asked)).filter(WON, closed_at__gte=end - ACTIVE, closed_at__lt=end)
    costed = deals.filter(COSTED)
    margin = ExpressionWrapper(MARGIN, output_field=DecimalField(max_digits=18, decimal_places=6))
    found = costed.aggregate(margin=Sum(margin), n=Count("pk"))
    before, now = customers_at(asked, end - ACTIVE), customers_at(asked, end)
    buyers = len(_customers(costed))
    if not found["n"] or not before:
        return UNKNOWN
    yearly = Decimal(found["margin"]) / buyers
    lost = formulas.customer_churn(at_start=len(before), left=len(before - now))
    value = formulas.lifetime_value(margin=yearly, churn=lost) if lost else None
    left_out = deals.count() - found["n"]
    note = f"{left_out:,} won deals without a product cost or an amount are not in it." if left_out else ""
    return Figure(value, yearly, buyers, note=note)


def nps(asked: Question) -> Figure:
    """Return the net promoter score of the last answers."""
    counts = population(asked).aggregate(
        answers=Count("pk"),
        promoters=Count("pk", filter=Q(nps_last__gte=9)),
        detractors=Count("pk", filter=Q(nps_last__lte=6)),
    )
    if not counts["answers"]:
        return UNKNOWN
    score = promoter_score(counts["promoters"], counts["detractors"], counts["answers"])
    note = f"± {score.half_width:.1f} points (95 %)"
    return Figure(score.score, counts["promoters"] - counts["detractors"], counts["answers"], note=note)


READERS: Mapping[str, Callable[[Question], Figure]] = {
    "velocity": velocity,
    "revenue_per_customer": revenue_per_customer,
    "retention": retention,
    "churn": churn,
    "lifetime_value": lifetime_value,
    "nps": nps,
    "gross_revenue_retention": recurring.gross_retention,
    "net_revenue_retention": recurring.net_retention,
}
"""How each ``Composed`` figure is read."""
