"""Price books with tiers and dates, and money in the company's currency."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from throughline.core.actor import Actor
from throughline.core.records import registry
from throughline.core.records.operations import create_record
from throughline.core.refusals import NotAllowed, Refusal
from throughline.core.tests.cast import Cast
from throughline.crm.deals import operations
from throughline.crm.deals.lines import NewLine
from throughline.crm.deals.models import Product
from throughline.crm.deals.prices import exchange, price_of
from throughline.crm.deals.pricing import NewPrice, save_exchange_rate, save_price_book, save_tax_rate

ON = date(2026, 3, 2)


@pytest.fixture
def product(cast: Cast, at: datetime) -> Product:
    """Give a product with a list price of 100 euros."""
    values = {"name": "GTX Pro", "price": "100", "currency": "EUR"}
    made: Product = create_record(spec=registry.get("product"), values=values, by=Actor.user(cast.omar), at=at)
    return made


def book(cast: Cast, at: datetime, product: Product, *tiers: tuple[str, str], **values: Any) -> None:
    """Make a price book with prices of one product by quantity."""
    prices = [
        NewPrice(product_id=product.pk, from_quantity=Decimal(least), amount=Decimal(amount)) for least, amount in tiers
    ]
    given = {"name": "Partners", "currency": "EUR", **values}
    save_price_book(prices=prices, by=Actor.user(cast.omar), at=at, **given)


@pytest.mark.req("D2")
class TestPriceOf:
    """What one unit costs."""

    def amount(self, product: Product, quantity: str, currency: str = "EUR", on: date = ON) -> Decimal | None:
        found = price_of(product=product, quantity=Decimal(quantity), currency=currency, on=on)
        return found.amount if found else None

    def test_without_a_book_the_list_price_counts_in_its_currency(self, product: Product) -> None:
        assert (self.amount(product, "1"), self.amount(product, "1", "USD")) == (Decimal(100), None)

    def test_the_highest_tier_that_is_reached_counts(self, cast: Cast, at: datetime, product: Product) -> None:
        book(cast, at, product, ("1", "95"), ("10", "90"), ("100", "80"))

        assert [self.amount(product, quantity) for quantity in ("1", "9.999", "10", "250")] == [95, 95, 90, 80]

    def test_below_the_first_tier_the_list_price_counts(self, cast: Cast, at: datetime, product: Product) -> None:
        book(cast, at, product, ("10", "90"))

        assert self.amount(product, "9") == Decimal(100)

    def test_a_book_holds_from_its_first_to_its_last_day(self, cast: Cast, at: datetime, product: Product) -> None:
        book(cast, at, product, ("1", "70"), valid_from=date(2026, 3, 1), valid_until=date(2026, 3, 31))

        days = [date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 1)]
        assert [self.amount(product, "1", on=day) for day in days] == [100, 70, 70, 100]

    def test_the_first_book_decides(self, cast: Cast, at: datetime, product: Product) -> None:
        book(cast, at, product, ("1", "90"), name="First")
        book(cast, at, product, ("1", "10"), name="Second")

        assert self.amount(product, "1") == Decimal(90)

    def test_lines_of_a_deal_take_their_price_from_the_book(self, cast: Cast, at: datetime, product: Product) -> None:
        book(cast, at, product, ("1", "95"), ("10", "90"))
        operations.ship_pipeline(by=Actor.system(), at=at)
        by = Actor.user(cast.maya)
        deal = create_record(spec=registry.get("deal"), values={"name": "Acme"}, by=by, at=at)
        lines = [NewLine(product_id=product.pk, quantity=Decimal(12))]

        operations.set_lines(deal_id=deal.pk, lines=lines, by=by, at=at)

        deal.refresh_from_db()
        assert deal.amount == Decimal("1080.00")


class TestKeepingPrices:
    """Price books, rates of tax and of exchange."""

    def test_sales_may_not(self, cast: Cast, at: datetime, product: Product) -> None:
        with pytest.raises(NotAllowed, match="do not let you keep prices"):
            save_tax_rate(name="Full", percent=Decimal(19), by=Actor.user(cast.maya), at=at)

    @pytest.mark.parametrize(
        ("values", "said"),
        [
            ({"currency": "Euro"}, '"Euro" is no currency'),
            ({"name": " "}, "needs a name"),
            ({"valid_from": date(2026, 2, 1), "valid_until": date(2026, 1, 1)}, "cannot end before it begins"),
        ],
    )
    def test_what_is_no_book_is_refused(
        self, cast: Cast, at: datetime, product: Product, values: dict[str, Any], said: str
    ) -> None:
        with pytest.raises(Refusal, match=said):
            book(cast, at, product, ("1", "10"), **values)

    def test_two_prices_from_one_quantity_are_refused(self, cast: Cast, at: datetime, product: Product) -> None:
        with pytest.raises(Refusal, match="two prices from 10 on"):
            book(cast, at, product, ("10", "90"), ("10", "80"))


class TestExchange:
    """Money in the company's currency."""

    def test_the_rate_of_the_day_counts(self, cast: Cast, at: datetime) -> None:
        by = Actor.user(cast.omar)
        for since, rate in ((date(2026, 1, 1), "0.9"), (date(2026, 3, 1), "0.95")):
            save_exchange_rate(currency="usd", valid_from=since, rate=Decimal(rate), by=by, at=at)

        rates = exchange()

        days = (date(2025, 12, 31), date(2026, 2, 28), ON)
        assert [rates.convert(Decimal(100), "USD", day) for day in days] == [None, Decimal(90), Decimal(95)]
        assert rates.convert(Decimal("1.23"), "EUR", ON) == Decimal("1.23")

    def test_the_companys_own_currency_has_no_rate(self, cast: Cast, at: datetime) -> None:
        with pytest.raises(Refusal, match="EUR is the company's currency"):
            save_exchange_rate(currency="EUR", valid_from=ON, rate=Decimal(1), by=Actor.user(cast.omar), at=at)
