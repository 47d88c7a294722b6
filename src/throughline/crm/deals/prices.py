"""What things cost: price books with tiers, rates of tax, rates of exchange; and money in the company's currency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q

from throughline.core.company.queries import base_currency
from throughline.crm.deals.models import ExchangeRate, Price, PriceBook, Product
from throughline.crm.deals.rules import cents

# -- Prices ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """A price without tax, and the book that has it; None when it is the product's list price."""

    amount: Decimal
    book: PriceBook | None


def price_of(*, product: Product, quantity: Decimal, currency: str, on: date) -> Found | None:
    """
    Return what one unit of a product costs in a currency on a day, when so many are bought, or None.

    The first book that holds then and has a price decides, with its highest tier that the quantity reaches; without
    one the list price does, when it is in that currency.
    """
    prices = Price.objects.filter(in_use(on), book__currency=currency, product=product, from_quantity__lte=quantity)
    price = prices.select_related("book").order_by("book__position", "book_id", "-from_quantity").first()
    if price is not None:
        return Found(price.amount, price.book)
    if product.price is not None and product.currency == currency:
        return Found(product.price, None)
    return None


def in_use(on: date) -> Q:
    """Return what prices of books fulfil that hold on a day, and lie neither in the bin nor in a trial."""
    kept = Q(book__deleted_at=None, book__sandbox=False)
    begun = Q(book__valid_from=None) | Q(book__valid_from__lte=on)
    return kept & begun & (Q(book__valid_until=None) | Q(book__valid_until__gte=on))


# -- Money -------------------------------------------------------------------------------------------------------------


class Exchange:
    """Rates of exchange into the company's currency, read once. Immutable."""

    def __init__(self, rates: Mapping[str, Sequence[tuple[date, Decimal]]], base: str) -> None:
        self.base = base
        self._rates = {currency: sorted(dated, reverse=True) for currency, dated in rates.items()}

    def convert(self, amount: Decimal, currency: str, on: date) -> Decimal | None:
        """Return an amount in the company's currency at the rate of a day, in cents; None when there is no rate."""
        if currency == self.base:
            return amount
        rate = next((rate for since, rate in self._rates.get(currency, ()) if since <= on), None)
        return None if rate is None else cents(amount * rate)


def exchange(currencies: Iterable[str] | None = None) -> Exchange:
    """Return the rates of exchange, of all currencies unless some are named. One query."""
    rows = ExchangeRate.objects.all()
    if currencies is not None:
        rows = rows.filter(currency__in=list(currencies))
    rates: dict[str, list[tuple[date, Decimal]]] = {}
    for row in rows:
        rates.setdefault(row.currency, []).append((row.valid_from, row.rate))
    return Exchange(rates, base_currency())
