"""The prices of a price book, through the interface."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import pytest

from throughline.api.tests.conftest import Program
from throughline.core.access.operations import save_role
from throughline.core.actor import Actor
from throughline.core.identity.models import Role
from throughline.core.records import registry
from throughline.core.records.operations import create_record
from throughline.core.tests.cast import Cast
from throughline.crm.deals.models import PriceBook, Product
from throughline.crm.deals.pricing import NewPrice, save_price_book

pytestmark = [pytest.mark.req("J7"), pytest.mark.req("D2")]


@pytest.fixture
def product(cast: Cast, at: datetime) -> Product:
    """Give a product."""
    values = {"name": "Pump", "code": "P-1", "price": "100"}
    made: Product = create_record(spec=registry.get("product"), values=values, by=Actor.user(cast.omar), at=at)
    return made


@pytest.fixture
def book(cast: Cast, product: Product, at: datetime) -> PriceBook:
    """Give a book with one price."""
    prices = [NewPrice(product_id=product.pk, amount=Decimal(90))]
    return save_price_book(name="Partners", currency="EUR", prices=prices, by=Actor.user(cast.omar), at=at)


class TestPrices:
    def test_are_listed_and_put_whole(
        self, cast: Cast, program_of: Callable[..., Program], book: PriceBook, product: Product
    ) -> None:
        omar, path = program_of(cast.omar), f"price-books/{book.pk}/prices"
        listed = omar.get(path)
        tiers = [
            {"product": product.pk, "amount": "85.5"},
            {"product": product.pk, "amount": "80", "from_quantity": "10"},
        ]

        put = omar.ask("PUT", path, {"prices": tiers, "version": listed["version"]})
        late = omar.ask("PUT", path, {"prices": [], "version": listed["version"]})

        assert listed["data"] == [
            {"product": product.pk, "code": "P-1", "name": "Pump", "from_quantity": "1", "amount": "90.00"}
        ]
        assert put.status_code == 200
        assert [(row["from_quantity"], row["amount"]) for row in omar.get(path)["data"]] == [
            ("1", "85.50"),
            ("10", "80.00"),
        ]
        assert late.status_code == 409

    @pytest.mark.parametrize(
        ("price", "status"),
        [
            ({"product": 999_999, "amount": "1"}, 422),
            ({"product": 1, "amount": "-1"}, 422),
            ({"product": 1, "amount": 1.5}, 422),
        ],
    )
    def test_senseless_ones_are_refused_and_nothing_is_lost(
        self, cast: Cast, program_of: Callable[..., Program], book: PriceBook, price: dict[str, object], status: int
    ) -> None:
        omar, path = program_of(cast.omar), f"price-books/{book.pk}/prices"

        answer = omar.ask("PUT", path, {"prices": [price]})

        assert answer.status_code in (status, 400)
        assert len(omar.get(path)["data"]) == 1

    @pytest.mark.req("L1")
    def test_who_may_not_keep_or_read_prices_does_neither(
        self, cast: Cast, maya: Program, program_of: Callable[..., Program], book: PriceBook, at: datetime
    ) -> None:
        path = f"price-books/{book.pk}/prices"
        reader = program_of(cast.omar, "read:price_book", "read:product")

        assert [row["amount"] for row in maya.get(path)["data"]] == ["90.00"]
        assert maya.ask("PUT", path, {"prices": []}).status_code == 403
        assert reader.ask("PUT", path, {"prices": []}).status_code == 403
        assert program_of(cast.omar, "read:price_book").ask("GET", path).status_code == 403
        assert program_of(cast.hana).ask("GET", path).status_code == 404

        role = Role.objects.get(key="sales")
        fields = {**role.permissions.get("fields", {}), "product": {"price": "hidden"}}
        permissions = {**role.permissions, "fields": fields}
        save_role(key="sales", name="Sales", permissions=permissions, by=Actor.user(cast.admin), at=at)

        assert maya.get(path)["data"] == []
        assert book.prices.count() == 1
