"""Keeping prices: price books, rates of tax, rates of exchange."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.company.queries import base_currency
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.operations import Change, create_record, locked, update_record, write_changes
from throughline.core.records.text import clean
from throughline.core.refusals import Conflict, NotAllowed, Refusal
from throughline.crm.deals import events
from throughline.crm.deals.books import check_book, check_currency, require_prices
from throughline.crm.deals.models import ExchangeRate, Price, PriceBook, Product, TaxRate


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPrice:
    """What one unit of a product costs from a quantity on."""

    product_id: int
    amount: Decimal
    from_quantity: Decimal = Decimal(1)


@transaction.atomic
def save_price_book(
    *,
    name: str,
    currency: str,
    prices: Sequence[NewPrice],
    by: Actor,
    at: datetime,
    key: str = "",
    valid_from: date | None = None,
    valid_until: date | None = None,
) -> PriceBook:
    """
    Make a price book, or change the one with this key: its name, how long it holds, and all its prices.

    Raises:
        NotAllowed: the actor may not keep prices.
        Refusal: there cannot be such a price book; nothing was changed.
    """
    require_prices(by)
    spec = registry.get("price_book")
    values = {"name": name, "currency": currency, "valid_from": valid_from, "valid_until": valid_until}
    check_book(PriceBook(**{**values, "name": clean(name)}))
    known = PriceBook.objects.filter(key=key, deleted_at=None).first() if key else None
    if known is None:
        book: PriceBook = create_record(spec=spec, values={**values, "key": key} if key else values, by=by, at=at)
    else:
        book = update_record(spec=spec, record_id=known.pk, values=values, by=by, at=at)
    return set_prices(book_id=book.pk, prices=prices, by=by, at=at)


@transaction.atomic
def set_prices(
    *, book_id: int, prices: Sequence[NewPrice], by: Actor, at: datetime, version: int | None = None
) -> PriceBook:
    """
    Put these prices in place of all that a book has; those of products that the actor does not see, or that lie in the
    bin, stay.

    Raises:
        NotFound, NotAllowed: as for any change; or the actor may not keep prices.
        Conflict: somebody else changed the book since ``version``.
        Refusal: a price makes no sense.
    """
    require_prices(by)
    spec = registry.get("price_book")
    book: PriceBook = locked(spec, [book_id], by=by, action=access.EDIT)[book_id]
    if version is not None and version != book.version:
        raise Conflict("Somebody changed this price book meanwhile. Look at it and save again.")
    user = access.user_of(by)
    products = Product.objects.filter(deleted_at=None)
    if user is not None:
        kept = registry.get("product")
        if not access.field_rights(user, kept).reads("price"):
            raise NotAllowed("Your roles do not let you read prices, so they do not let you change them.")
        products = products.filter(access.visible(kept, user))
    _check_prices(prices, products)
    book.prices.filter(product__in=products).delete()
    Price.objects.bulk_create(
        Price(book=book, product_id=price.product_id, from_quantity=price.from_quantity, amount=price.amount)
        for price in prices
    )
    told = events.PricesSaved(
        key=book.key,
        name=book.name,
        currency=book.currency,
        prices=[[str(each.product_id), f"{each.from_quantity:f}", f"{each.amount:f}"] for each in prices],
    )
    write_changes(spec=spec, changes=[Change(book, set(), [told])], by=by, at=at)
    return book


def _check_prices(prices: Sequence[NewPrice], seen_products: QuerySet[Product]) -> None:
    products = seen_products.in_bulk({price.product_id for price in prices})
    seen = set()
    for place, price in enumerate(prices, start=1):
        if price.product_id not in products:
            raise Refusal("no_such_product", f"Price {place}: there is no such product. Choose one from the list.")
        if price.amount < 0 or price.from_quantity <= 0:
            raise Refusal("no_price", f"Price {place}: a price is 0 or above, a quantity above 0.")
        tier = (price.product_id, price.from_quantity)
        if tier in seen:
            raise Refusal(
                "price_twice", f"{products[price.product_id]} has two prices from {price.from_quantity:f} on."
            )
        seen.add(tier)


@transaction.atomic
def save_tax_rate(*, name: str, percent: Decimal, by: Actor, at: datetime) -> TaxRate:
    """
    Make a rate of tax, or change the one of this name.

    Raises:
        NotAllowed: the actor may not keep prices.
        Refusal: it has no name or no rate that there can be.
    """
    require_prices(by)
    if not clean(name):
        raise Refusal("nameless", "A tax rate needs a name.", "name")
    if not 0 <= percent <= 100:
        raise Refusal("no_percent", f"A tax lies between 0 and 100 percent, not at {percent}.", "percent")
    rate, _ = TaxRate.objects.update_or_create(name=clean(name), defaults={"percent": percent})
    told = events.TaxRateSaved(name=rate.name, percent=f"{percent:f}")
    journal.record(told, by=by, at=at, about=RecordRef("tax_rate", rate.pk))
    return rate


@transaction.atomic
def save_exchange_rate(*, currency: str, valid_from: date, rate: Decimal, by: Actor, at: datetime) -> ExchangeRate:
    """
    Say what one unit of a currency is worth in the company's from a day on.

    Raises:
        NotAllowed: the actor may not keep prices.
        Refusal: it is no currency, the company's own, or no rate that there can be.
    """
    require_prices(by)
    check_currency(currency)
    if currency.upper() == base_currency():
        raise Refusal("own_currency", f"{currency.upper()} is the company's currency and needs no rate.", "currency")
    if rate <= 0:
        raise Refusal("no_rate", f"A rate of exchange is above 0, not {rate}.", "rate")
    row, _ = ExchangeRate.objects.update_or_create(
        currency=currency.upper(), valid_from=valid_from, defaults={"rate": rate}
    )
    told = events.ExchangeRateSaved(currency=row.currency, valid_from=valid_from.isoformat(), rate=f"{rate:f}")
    journal.record(told, by=by, at=at, about=RecordRef("exchange_rate", row.pk))
    return row
