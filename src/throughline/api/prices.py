"""Endpoints of price books beside those of any record: what products cost by one."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from throughline.api.shapes import KEY
from throughline.api.site import Answer, Call, Endpoint
from throughline.core.records import queries, registry
from throughline.core.records.walls import touched_by, walled
from throughline.crm.deals.models import Price
from throughline.crm.deals.price_lists import MOST, listed_prices
from throughline.crm.deals.pricing import NewPrice, set_prices

NUMBER = Annotated[str, Meta(pattern=r"^\d{1,11}(\.\d{1,3})?$")]
AMOUNT = Annotated[str, Meta(pattern=r"^\d{1,16}(\.\d{1,2})?$")]


class SentPrice(msgspec.Struct, forbid_unknown_fields=True):
    """What one unit of a product costs without tax, from a quantity on; numbers are text, as everywhere here."""

    product: KEY
    amount: AMOUNT
    from_quantity: NUMBER = "1"


class SentPrices(msgspec.Struct, forbid_unknown_fields=True):
    """All prices of a book. With the ``version`` of the book that was read, a change by somebody else is not lost."""

    prices: Annotated[list[SentPrice], Meta(max_length=MOST)]
    version: KEY | None = None


class ToldPrice(msgspec.Struct):
    """A price with the product it is of."""

    product: int
    code: str
    name: str
    from_quantity: str
    amount: str


class Prices(msgspec.Struct):
    """The prices of a book in its currency, by product and quantity."""

    currency: str
    version: int
    data: list[ToldPrice]


def list_prices(call: Call, book_id: int) -> Answer:
    """Return the prices of a book, of the products that both walls show."""
    call.reads("price_book")
    call.reads("product")
    book_spec, product_spec = registry.get("price_book"), registry.get("product")
    touched = {each.type: each for spec in (book_spec, product_spec) for each in touched_by(spec, call.user)}
    with walled(call.user, list(touched.values())):
        book = queries.get_record(spec=book_spec, user=call.user, record_id=book_id, trial=False)
        prices = [_told(price) for price in listed_prices(book, call.user)]
        return Answer(Prices(book.currency, book.version, prices))


def put_prices(call: Call, book_id: int, sent: SentPrices) -> Answer:
    """Put prices in place of all that a book has."""
    call.writes("price_book")
    prices = [
        NewPrice(product_id=each.product, amount=Decimal(each.amount), from_quantity=Decimal(each.from_quantity))
        for each in sent.prices
    ]
    book = set_prices(book_id=book_id, prices=prices, version=sent.version, by=call.by, at=call.at)
    return Answer(Prices(book.currency, book.version, [_told(price) for price in listed_prices(book, call.user)]))


def _told(price: Price) -> ToldPrice:
    quantity = f"{price.from_quantity.normalize():f}"
    return ToldPrice(price.product_id, price.product.code, price.product.name, quantity, f"{price.amount:f}")


def _prices(_user: Any) -> type[Prices]:
    return Prices


PRICES = (
    Endpoint(
        "GET", "price-books/<int:book_id>/prices", "prices", "List the prices of a price book", list_prices,
        "prices", told=_prices, refuses=(404,),
    ),
    Endpoint(
        "PUT", "price-books/<int:book_id>/prices", "put_prices", "Put prices in place of all of a price book",
        put_prices, "prices", shape=lambda _user: SentPrices, told=_prices, refuses=(404, 409, 422),
    ),
)  # fmt: skip
"""Endpoints about prices."""
