"""What became of revenue that comes back every month: counted by hand, and for whom it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from throughline.core.actor import Actor
from throughline.core.identity import operations as identity
from throughline.core.identity.models import User
from throughline.core.records import registry
from throughline.core.records.operations import create_record, delete_records, update_record
from throughline.core.tests.cast import Cast
from throughline.crm.contracts import operations as contracts
from throughline.insight.kpis.definitions import BY_KEY
from throughline.insight.kpis.formulas import RecurringRevenue
from throughline.insight.kpis.measuring import Figure, Question, Window, available, behind, measure, parted, trend
from throughline.insight.kpis.recurring import compared

pytestmark = [pytest.mark.django_db, pytest.mark.req("I1")]

DAY = timedelta(days=1)
MARCH = (date(2026, 3, 1), date(2026, 3, 31))
GROSS, NET = "gross-revenue-retention", "net-revenue-retention"


@dataclass
class Book:
    """Subscriptions of Maya's customers, made by operations."""

    cast: Cast
    at: datetime

    @property
    def maya(self) -> Actor:
        """Who owns them."""
        return Actor.user(self.cast.maya)

    def customer(self, name: str) -> int:
        """Return the key of a new organization."""
        made = create_record(spec=registry.get("organization"), values={"name": name}, by=self.maya, at=self.at)
        return int(made.pk)

    def pays(self, customer: int | None, amount: int, start: str = "2026-01-01", **values: Any) -> int:
        """Return the key of a new subscription, paid every month unless it is said."""
        given = {"name": "Care", "organization": customer, "amount": amount, "start_on": start, **values}
        made = create_record(spec=registry.get("subscription"), values=given, by=self.maya, at=self.at)
        return int(made.pk)

    def ends(self, subscription: int, on: date) -> None:
        """End a subscription; ``on`` is the last day that is paid."""
        contracts.end_subscription(subscription_id=subscription, reason="Price", end_on=on, by=self.maya, at=self.at)

    def costs(self, subscription: int, amount: int, at: datetime) -> None:
        """Change what a subscription costs."""
        spec, values = registry.get("subscription"), {"amount": amount}
        update_record(spec=spec, record_id=subscription, values=values, by=self.maya, at=at)


@pytest.fixture
def book(cast: Cast, at: datetime) -> Book:
    """Give the book with nothing in it."""
    return Book(cast, at)


@pytest.fixture
def march(book: Book) -> Book:
    """Five customers pay 1,000 a month at the start: one grows by 200, one shrinks by 30, one of 50 leaves."""
    grows, shrinks, leaves = (
        book.pays(book.customer(name), paid) for name, paid in (("A", 300), ("B", 250), ("C", 50))
    )
    book.pays(book.customer("D"), 300)
    book.pays(book.customer("E"), 1200, period="Yearly")
    book.costs(grows, 500, book.at + 8 * DAY)
    book.costs(shrinks, 220, book.at + 9 * DAY)
    book.ends(leaves, date(2026, 3, 20))
    return book


def asked(key: str, user: User, days: tuple[date, date] = MARCH, **where: str) -> Question:
    return Question(BY_KEY[key], user, Window.of_days(*days, ZoneInfo(user.time_zone)), where)


def value(key: str, user: User, days: tuple[date, date] = MARCH, **where: str) -> Figure:
    return measure(asked(key, user, days, **where))


class TestRetention:
    def test_the_vector_of_the_definition(self, march: Book) -> None:
        gross, net = value(GROSS, march.cast.maya), value(NET, march.cast.maya)

        assert (gross.value, gross.numerator, gross.denominator) == (Decimal("0.92"), 920, 1000)
        assert (net.value, net.numerator, net.denominator) == (Decimal("1.12"), 1120, 1000)
        assert gross.note == "EUR a month of 5 customers at the start."

    def test_who_becomes_a_customer_in_the_period_does_not_count(self, march: Book) -> None:
        march.pays(march.customer("New"), 5_000, start="2026-03-01")

        assert value(NET, march.cast.maya).value == Decimal("1.12")

    def test_the_last_day_is_paid(self, book: Book) -> None:
        book.ends(book.pays(book.customer("A"), 100), date(2026, 3, 31))

        assert value(GROSS, book.cast.maya).value == 0
        assert value(GROSS, book.cast.maya, (date(2026, 3, 1), date(2026, 3, 30))).value == 1
        assert value(GROSS, book.cast.maya, (date(2026, 4, 1), date(2026, 4, 30))).value is None

    def test_one_subscription_for_another_is_no_loss(self, book: Book) -> None:
        customer = book.customer("A")
        book.ends(book.pays(customer, 100), date(2026, 3, 10))
        book.pays(customer, 150, start="2026-03-11")

        assert value(GROSS, book.cast.maya).value == 1
        assert value(NET, book.cast.maya).value == Decimal("1.5")

    def test_what_it_cost_then_is_what_counts(self, march: Book) -> None:
        february = (date(2026, 2, 1), date(2026, 2, 28))
        april = (date(2026, 4, 1), date(2026, 4, 30))

        assert value(NET, march.cast.maya, february).value == 1
        assert value(NET, march.cast.maya, april).denominator == 1120

    def test_money_is_that_of_one_currency(self, march: Book) -> None:
        march.pays(march.customer("Over there"), 900, currency="USD")

        found = value(GROSS, march.cast.maya)

        assert found.denominator == 1000
        assert "1 subscriptions in other currencies are not in it." in found.note

    def test_the_bin_counts_nowhere(self, march: Book) -> None:
        gone = march.pays(march.customer("Gone"), 900)
        delete_records(spec=registry.get("subscription"), ids=[gone], by=march.maya, at=march.at)

        assert value(GROSS, march.cast.maya).denominator == 1000

    def test_without_an_organization_a_subscription_stands_for_itself(self, book: Book) -> None:
        book.pays(None, 100)
        book.ends(book.pays(None, 100), date(2026, 3, 10))

        assert value(GROSS, book.cast.maya).value == Decimal("0.5")

    def test_nothing_at_the_start_is_unknown_and_not_zero(self, book: Book) -> None:
        assert value(GROSS, book.cast.maya).value is None
        assert value(NET, book.cast.maya).value is None

    def test_goes_month_by_month_and_by_owner(self, march: Book) -> None:
        maya = march.cast.maya
        quarter = (date(2026, 2, 1), date(2026, 4, 30))

        months = trend(asked(NET, maya, quarter), "month")
        owners = parted(asked(NET, maya), "owner")

        assert [figure.value for _day, figure in months] == [1, Decimal("1.12"), 1]
        assert [(label, figure.value) for label, _word, figure in owners] == [(maya.name, Decimal("1.12"))]

    def test_the_records_behind_it_are_those_of_the_start(self, march: Book) -> None:
        march.pays(march.customer("New"), 5_000, start="2026-03-02")

        rows, count = behind(asked(GROSS, march.cast.maya))

        assert (len(rows), count) == (5, 5)

    @pytest.mark.req("L1")
    def test_who_does_not_see_them_has_no_figure(self, march: Book) -> None:
        assert value(GROSS, march.cast.ines).value is None


class TestPage:
    def test_says_what_it_is_of_and_leads_to_the_subscriptions(self, march: Book) -> None:
        browser = Client()
        browser.force_login(march.cast.maya, backend="allauth.account.auth_backends.AuthenticationBackend")

        page = browser.get(f"/insight/figures/{NET}/?since=2026-03-01&until=2026-03-31&by=owner").content.decode()

        assert "112.0 %" in page.replace("\N{NO-BREAK SPACE}", " ")
        assert "1,120 of 1,000" in page
        assert "EUR a month of 5 customers at the start." in page
        assert page.count('href="/subscriptions/') >= 5

    @pytest.mark.req("L1")
    def test_a_role_that_does_not_read_the_sum_has_no_such_figure(self, march: Book) -> None:
        role = identity.create_role(
            key="reporter", name="Reporter",
            permissions={"records": {"*": {"view": "all"}}, "fields": {"subscription": {"monthly": "hidden"}},
                         "abilities": ["reports.see"]},
            by=Actor.system(), at=march.at,
        )  # fmt: skip
        rita = identity.create_user(
            email="rita@example.com", name="Rita", teams=[], roles=[role], by=Actor.system(), at=march.at
        )

        assert {GROSS, NET} <= {kpi.key for kpi in available(march.cast.maya)}
        assert not {GROSS, NET} & {kpi.key for kpi in available(rita)}


class TestCompared:
    def test_customers_are_compared_one_by_one(self) -> None:
        start = {("organization", 1): Decimal(100), ("organization", 2): Decimal(100), ("organization", 3): Decimal(50)}
        end = {("organization", 1): Decimal(150), ("organization", 2): Decimal(60), ("organization", 9): Decimal(999)}

        found = compared(start, end)

        assert found == RecurringRevenue(Decimal(250), Decimal(50), Decimal(40), Decimal(50))
