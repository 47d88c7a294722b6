"""
Lines of what is offered, sold or billed: from what somebody typed to what is stored, the same for deals, quotes, bills.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from throughline.core import access
from throughline.core.actor import Actor
from throughline.core.records import registry
from throughline.core.records.text import clean
from throughline.core.refusals import Refusal
from throughline.crm.deals import rules
from throughline.crm.deals.models import Line, Product
from throughline.crm.deals.prices import price_of


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLine:
    """One line to be offered; price (out of the price books), tax and words come from the product when not said."""

    product_id: int | None = None
    description: str = ""
    quantity: Decimal = Decimal(1)
    unit_price: Decimal | None = None
    discount: Decimal = Decimal(0)
    tax: Decimal | None = None


def settle_lines(lines: Sequence[NewLine], *, currency: str, by: Actor, on: date) -> list[dict[str, Any]]:
    """
    Return the columns of stored lines in order, with the prices of a day.

    Raises:
        Refusal: a line makes no sense; its number is named.
    """
    products = _products(lines, by)
    return [_settled(place, line, products, currency, on) for place, line in enumerate(lines, start=1)]


def _products(lines: Sequence[NewLine], by: Actor) -> dict[int, Product]:
    spec = registry.get("product")
    wanted = {line.product_id for line in lines if line.product_id is not None}
    user = access.user_of(by)
    found = Product.objects.in_bulk(wanted)
    return {key: row for key, row in found.items() if user is None or access.can(user, access.VIEW, spec, row)}


def _settled(place: int, line: NewLine, products: dict[int, Product], currency: str, on: date) -> dict[str, Any]:
    product = products.get(line.product_id) if line.product_id is not None else None
    if line.product_id is not None and product is None:
        raise Refusal("no_such_product", f"Line {place}: there is no such product. Choose one from the list.")
    price = line.unit_price
    if price is None and product is not None and line.quantity > 0:
        found = price_of(product=product, quantity=line.quantity, currency=currency, on=on)
        price = found.amount if found else None
    if price is None:
        raise Refusal("no_price", f"Line {place} needs a price in {currency}.")
    described = clean(line.description) or (product.name if product else "")
    if not described:
        raise Refusal("no_description", f"Line {place} needs a product or a description.")
    tax = line.tax if line.tax is not None else product.tax if product else Decimal(0)
    _checked(place, line.quantity, price, line.discount, tax)
    return {
        "position": place,
        "product": product,
        "description": described[:500],
        "quantity": line.quantity,
        "unit_price": price,
        "discount": line.discount,
        "tax": tax,
    }


def _checked(place: int, quantity: Decimal, price: Decimal, discount: Decimal, tax: Decimal) -> rules.Line:
    try:
        return rules.Line(quantity, price, discount, tax)
    except ValueError as wrong:
        raise Refusal("no_line", f"Line {place}: {wrong}") from wrong


def as_rules(rows: Iterable[Line]) -> list[rules.Line]:
    """Return stored lines as values that can be summed."""
    return [rules.Line(row.quantity, row.unit_price, row.discount, row.tax) for row in rows]


def copied(rows: Iterable[Line]) -> list[dict[str, Any]]:
    """Return the columns of stored lines, to store them elsewhere: prices stay as they were agreed."""
    return [
        {
            "position": row.position,
            "product_id": row.product_id,
            "description": row.description,
            "quantity": row.quantity,
            "unit_price": row.unit_price,
            "discount": row.discount,
            "tax": row.tax,
        }
        for row in rows
    ]
