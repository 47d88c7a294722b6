"""
What customers bought: cohorts by the month of the first won deal, and groups by recency, frequency and money.

Bounds are fixed and shown, so that a customer does not change groups because others did. Recency: days since the last
won deal, up to 90, up to 365, more. Frequency: won deals in the last two years, four and more, two or three, one or
none. Money of a group is shown beside it and makes no group.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.records import registry
from throughline.crm.deals.models import Deal, StageKind
from throughline.crm.people.models import Organization

RECENT_DAYS, FORMER_DAYS = 90, 365
FREQUENT, REPEATED = 4, 2
WINDOW = timedelta(days=730)
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Purchase:
    """A won deal: of which customer, on which day of the asker, for how much (0 where no amount is known)."""

    customer: int
    day: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Purchases:
    """What was bought in one currency; ``others``: won deals in other ones, which count as bought, but for 0."""

    won: tuple[Purchase, ...]
    currency: str
    others: int

    def by_customer(self) -> dict[int, list[Purchase]]:
        """Return the purchases of each customer in the order of days."""
        found: dict[int, list[Purchase]] = defaultdict(list)
        for each in sorted(self.won, key=lambda purchase: purchase.day):
            found[each.customer].append(each)
        return found


def purchases(*, user: User) -> Purchases:
    """Return the won deals of organizations, as far as ``user`` sees both. One query."""
    deals, organizations = registry.get("deal"), registry.get("organization")
    seen = Organization.objects.filter(access.visible(organizations, user), deleted_at=None, sandbox=False)
    won = Deal.objects.filter(
        access.visible(deals, user),
        deleted_at=None,
        sandbox=False,
        stage__kind=StageKind.WON,
        closed_at__isnull=False,
        organization__in=seen.values("pk"),
    )
    rights = access.field_rights(user, deals)
    knows = rights.reads("amount") and rights.reads("stage") and rights.reads("organization")
    rows = list(won.values_list("organization_id", "closed_at", "amount", "currency")) if knows else []
    counted = Counter(row[3] for row in rows)
    currency = min(counted, key=lambda name: (-counted[name], name), default="EUR")
    zone = ZoneInfo(user.time_zone)
    made = (
        Purchase(customer, at.astimezone(zone).date(), (amount or Decimal(0)) if each == currency else Decimal(0))
        for customer, at, amount, each in rows
        if customer is not None and at is not None
    )
    return Purchases(tuple(made), currency, len(rows) - counted[currency])


# --- cohorts ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Cohort:
    """
    Customers whose first won deal was in ``month`` (its first day). ``stayed``: per month since, from 0, the share that
    bought in it or later; ``revenue``: what all of them had paid by its end. Months that are not over are left out.
    """

    month: date
    customers: tuple[int, ...]
    stayed: tuple[float, ...]
    revenue: tuple[Decimal, ...]


def cohorts(*, bought: Purchases, today: date, months: int = MONTHS) -> list[Cohort]:
    """Return the cohorts of the last ``months`` months, the oldest first. Pure."""
    firsts: dict[date, list[list[Purchase]]] = defaultdict(list)
    for own in bought.by_customer().values():
        firsts[own[0].day.replace(day=1)].append(own)
    newest = _number(today)
    return [
        _cohort(month, members, newest) for month, members in sorted(firsts.items()) if newest - _number(month) < months
    ]


def _cohort(month: date, members: Sequence[Sequence[Purchase]], newest: int) -> Cohort:
    born = _number(month)
    ages = range(min(MONTHS, max(newest - born, 1)))
    last = [_number(own[-1].day) - born for own in members]
    paid: dict[int, Decimal] = defaultdict(Decimal)
    for own in members:
        for each in own:
            paid[_number(each.day) - born] += each.amount
    return Cohort(
        month,
        tuple(own[0].customer for own in members),
        tuple(sum(each >= age for each in last) / len(members) for age in ages),
        tuple(sum((amount for at, amount in paid.items() if at <= age), Decimal(0)) for age in ages),
    )


def _number(day: date) -> int:
    return 12 * day.year + day.month


# --- recency, frequency, money ----------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Group:
    """Customers of one class of recency (0 recent … 2 long ago) and frequency (0 often … 2 once), with their money."""

    recency: int
    frequency: int
    customers: tuple[int, ...]
    revenue: Decimal


def groups(*, bought: Purchases, today: date) -> list[Group]:
    """Return the nine groups, empty ones too; the customers who paid most come first. Pure."""
    members: dict[tuple[int, int], list[tuple[Decimal, int]]] = defaultdict(list)
    for customer, own in bought.by_customer().items():
        days = (today - own[-1].day).days
        recency = 0 if days <= RECENT_DAYS else 1 if days <= FORMER_DAYS else 2
        times = sum(each.day > today - WINDOW for each in own)
        frequency = 0 if times >= FREQUENT else 1 if times >= REPEATED else 2
        members[recency, frequency].append((sum((each.amount for each in own), Decimal(0)), customer))
    return [_group(place, members[place]) for place in ((r, f) for r in range(3) for f in range(3))]


def _group(place: tuple[int, int], members: list[tuple[Decimal, int]]) -> Group:
    ranked = sorted(members, key=lambda each: (-each[0], each[1]))
    paid = sum((amount for amount, _customer in ranked), Decimal(0))
    return Group(*place, tuple(customer for _amount, customer in ranked), paid)


def today_of(user: User, at: datetime) -> date:
    """Return the asker's day."""
    return at.astimezone(ZoneInfo(user.time_zone)).date()
