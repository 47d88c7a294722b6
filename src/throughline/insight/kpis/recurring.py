"""
What became of the revenue that comes back every month: of the customers at the start of a period, at its end.

A subscription runs at the first instant of a day when it began before that day and does not end before it. What it came
to a month at a past instant is read out of the journal, which tells each change of its sum with the former one; without
a later change it is what the subscription says now. A customer is an organization; without one, whoever the contract is
made with; else the subscription stands for itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from throughline.core.journal.models import Entry
from throughline.core.records.walls import Opening
from throughline.insight.kpis.formulas import RecurringRevenue
from throughline.insight.kpis.measuring import Figure, Question, Window, currency_of, everybody, running_on

Customer = tuple[str, int]
Revenue = Mapping[Customer, Decimal]
NOTHING = Decimal(0)
REPRICED = "subscription.repriced"
"""The event that tells of another sum a month."""
READ_OF_JOURNAL = Opening(
    "journal_entry",
    ("id", "at", "event", "record_type", "record_id", "data"),
    f"event = '{REPRICED}' AND record_type = 'subscription'"
    " AND EXISTS (SELECT FROM contracts_subscription s WHERE s.id = journal_entry.record_id)",
)
"""What of the journal is read behind the second wall: the former sums of subscriptions that are seen."""


def gross_retention(asked: Question) -> Figure:
    """Return what is left of the revenue at the start, at most all of it."""
    found, customers = recurring(asked)
    left = found.start - found.contraction - found.churned
    return _figure(asked, found, customers, found.gross_retention, left)


def net_retention(asked: Question) -> Figure:
    """Return the same customers' revenue at the end over that at the start."""
    found, customers = recurring(asked)
    left = found.start + found.expansion - found.contraction - found.churned
    return _figure(asked, found, customers, found.net_retention, left)


def _figure(asked: Question, found: RecurringRevenue, customers: int, value: Decimal | None, left: Decimal) -> Figure:
    currency = currency_of(asked)
    others = everybody(asked).filter(running_on(_first(asked.window))).exclude(currency=currency).count()
    notes = [f"{currency} a month of {customers:,} customers at the start."] if customers else []
    if others:
        notes.append(f"{others:,} subscriptions in other currencies are not in it.")
    return Figure(value, round(left), round(found.start), note=" ".join(notes))


def recurring(asked: Question) -> tuple[RecurringRevenue, int]:
    """Return what became of the revenue of those who were customers at the start, and how many these were."""
    start, end = (_revenue(asked, day, at) for day, at in _ends(asked.window))
    return compared(start, end), len(start)


def compared(start: Revenue, end: Revenue) -> RecurringRevenue:
    """Return what became of the revenue at the start, customer by customer. Pure."""
    expansion = contraction = churned = NOTHING
    for customer, before in start.items():
        after = end.get(customer)
        if after is None:
            churned += before
        elif after < before:
            contraction += before - after
        else:
            expansion += after - before
    return RecurringRevenue(sum(start.values(), NOTHING), expansion, contraction, churned)


def _first(window: Window) -> date:
    return window.days[0]


def _ends(window: Window) -> Iterable[tuple[date, datetime]]:
    first, last = window.days
    return (first, window.since), (last + timedelta(days=1), window.until)


def _revenue(asked: Question, day: date, at: datetime) -> Revenue:
    """Return the revenue a month of each customer at the first instant of a day. Two queries."""
    running = everybody(asked).filter(running_on(day), currency=currency_of(asked))
    former = _former(at)
    found: dict[Customer, Decimal] = defaultdict(Decimal)
    rows = running.order_by().values_list("pk", "monthly", "organization_id", "contract__contact_id")
    for key, monthly, organization, contact in rows:
        found[_customer(key, organization, contact)] += former.get(key, monthly)
    return {customer: revenue for customer, revenue in found.items() if revenue}


def _customer(subscription: int, organization: int | None, contact: int | None) -> Customer:
    if organization is not None:
        return "organization", organization
    return ("contact", contact) if contact is not None else ("subscription", subscription)


def _former(at: datetime) -> Mapping[int, Decimal]:
    """Return what subscriptions came to a month at an instant, of those whose sum was changed since."""
    changes = Entry.objects.filter(event=REPRICED, record_type="subscription", at__gte=at).order_by("at", "id")
    found: dict[int, Decimal] = {}
    for key, data in changes.values_list("record_id", "data"):
        found.setdefault(key, Decimal(data["former"]))
    return found
