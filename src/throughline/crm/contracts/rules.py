"""What holds of contracts and subscriptions, without a database: days that follow from days, money per month."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from throughline.crm.deals.rules import cents


class Period(StrEnum):
    """How often something is paid."""

    MONTHLY = "Monthly"
    QUARTERLY = "Quarterly"
    YEARLY = "Yearly"


MONTHS = {Period.MONTHLY: 1, Period.QUARTERLY: 3, Period.YEARLY: 12}


def per_month(amount: Decimal, period: str) -> Decimal:
    """Return what an amount per period comes to a month (MRR), in cents."""
    return cents(amount / MONTHS[Period(period)])


def months_later(on: date, months: int) -> date:
    """Return the same day so many months later; the last of the month where there is no such day."""
    index = on.year * 12 + on.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(on.day, calendar.monthrange(year, month + 1)[1]))


def last_day(start: date, months: int) -> date:
    """Return the last day of a term that begins on ``start``."""
    return months_later(start, months) - timedelta(days=1)


def notice_day(end: date | None, notice_days: int) -> date | None:
    """Return the last day on which notice can be given, None for what has no end."""
    return None if end is None else end - timedelta(days=notice_days)
