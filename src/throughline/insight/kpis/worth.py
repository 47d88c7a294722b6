"""
What each deal brings to a figure of money: of all that were closed, so that the lost ones count as nothing.

Which ways money took can only be seen beside the ways on which it was lost; so a sum, a velocity and money per customer
are looked at over the won and the lost deals of the period, an average deal size over the won ones, a lifetime value
over the margins of the year that it rests on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Case, DecimalField, ExpressionWrapper, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from throughline.core.access import field_rights
from throughline.core.records import registry
from throughline.insight.kpis.composed import ACTIVE, COSTED, MARGIN
from throughline.insight.kpis.definitions import LOST, WON
from throughline.insight.kpis.measuring import Question, everybody, in_one_currency, records_of, within

MONEY = DecimalField(max_digits=18, decimal_places=6)
NOTHING = Value(0, output_field=MONEY)


def worths(asked: Question) -> QuerySet[Any] | None:
    """
    Return the deals behind a figure of money, each with its ``kpi_worth``; None when the asker may not see what that
    rests on.
    """
    return WORTHS[asked.kpi.key](asked)


def _closed(asked: Question) -> QuerySet[Any]:
    deals = within(in_one_currency(asked, everybody(asked)).filter(WON | LOST), "closed_at", asked.window)
    return _with(deals, _if(WON, Coalesce(F("amount"), NOTHING, output_field=MONEY)))


def _won(asked: Question) -> QuerySet[Any]:
    return _with(records_of(asked), F("amount"))


def _margins(asked: Question) -> QuerySet[Any] | None:
    if not field_rights(asked.user, registry.get("product")).reads("cost"):
        return None
    end = asked.window.until
    deals = in_one_currency(asked, everybody(asked)).filter(WON | LOST, closed_at__gte=end - ACTIVE, closed_at__lt=end)
    return _with(deals, _if(WON & COSTED, ExpressionWrapper(MARGIN, output_field=MONEY)))


def _with(deals: QuerySet[Any], worth: Any) -> QuerySet[Any]:
    found: QuerySet[Any] = deals.annotate(kpi_worth=worth)
    return found


def _if(condition: Q, worth: Any) -> Case:
    return Case(When(condition, then=worth), default=NOTHING, output_field=MONEY)


WORTHS: Mapping[str, Callable[[Question], QuerySet[Any] | None]] = {
    "revenue-won": _closed,
    "average-deal-size": _won,
    "sales-velocity": _closed,
    "revenue-per-customer": _closed,
    "lifetime-value": _margins,
}
"""How each figure of money is parted among deals."""
