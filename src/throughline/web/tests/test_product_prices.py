"""What a product costs, on its page: by book, quantity and time, for everybody who sells it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from throughline.core.access.operations import save_role
from throughline.core.actor import Actor
from throughline.core.identity.models import Role
from throughline.core.records import registry
from throughline.core.records.operations import create_record, delete_records
from throughline.core.tests.cast import Cast
from throughline.crm.deals.models import PriceBook, Product
from throughline.crm.deals.pricing import NewPrice, save_price_book
from throughline.web.tests.conftest import SignIn, words_of

pytestmark = pytest.mark.req("D2")


@pytest.fixture
def product(cast: Cast, at: datetime) -> Product:
    """Give a pump with a list price, in a book that holds and one that is over."""
    by = Actor.user(cast.omar)
    made: Product = create_record(spec=registry.get("product"), values={"name": "Pump", "price": "120"}, by=by, at=at)
    for name, tiers, more in (
        ("Partners", (("1", "100"), ("10", "90")), {}),
        ("Last year", (("1", "77"),), {"valid_until": date(2025, 12, 31)}),
    ):
        prices = [
            NewPrice(product_id=made.pk, from_quantity=Decimal(least), amount=Decimal(cost)) for least, cost in tiers
        ]
        given: dict[str, Any] = {"name": name, "currency": "EUR", **more}
        save_price_book(prices=prices, by=by, at=at, **given)
    return made


class TestPage:
    """Of a product."""

    def test_a_seller_reads_the_prices_and_whether_they_hold(
        self, cast: Cast, product: Product, sign_in: SignIn
    ) -> None:
        page = words_of(sign_in(cast.maya).get(f"/products/{product.pk}/"))

        for said in ("Partners", "100.00", "90.00", "Last year", "77.00", "not now"):
            assert said in page, said

    def test_leads_to_the_book(self, cast: Cast, product: Product, sign_in: SignIn) -> None:
        page = words_of(sign_in(cast.omar).get(f"/products/{product.pk}/"))

        assert f'href="/price-books/{PriceBook.objects.get(key="partners").pk}/"' in page

    def test_names_no_book_from_the_bin(self, cast: Cast, product: Product, sign_in: SignIn, at: datetime) -> None:
        book = PriceBook.objects.get(key="partners")
        delete_records(spec=registry.get("price_book"), ids=[book.pk], by=Actor.user(cast.omar), at=at)

        assert "Partners" not in words_of(sign_in(cast.maya).get(f"/products/{product.pk}/"))

    @pytest.mark.req("L1")
    def test_who_may_not_read_prices_is_told_none(
        self, cast: Cast, product: Product, sign_in: SignIn, at: datetime
    ) -> None:
        role = Role.objects.get(key="sales")
        fields = {**role.permissions.get("fields", {}), "product": {"price": "hidden"}}
        by = Actor.user(cast.admin)
        save_role(key="sales", name="Sales", permissions={**role.permissions, "fields": fields}, by=by, at=at)

        page = words_of(sign_in(cast.maya).get(f"/products/{product.pk}/"))

        assert "Pump" in page
        assert "Partners" not in page
