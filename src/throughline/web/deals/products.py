"""What the pages of products and price books show beyond that of any record: what a product costs by which book."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from throughline.core import access
from throughline.core.records import registry
from throughline.core.records.queries import RecordPage
from throughline.crm.deals.models import PriceBook, Product
from throughline.crm.quotes.letter import money, plain_number
from throughline.web.answers import Asked
from throughline.web.parts import Tone
from throughline.web.records.present import url_of

PRICES = 200
"""So many prices of a book are shown on its page."""


def product_panel(request: Asked, found: RecordPage) -> Mapping[str, Any]:
    """Return the panel of a product's page; no prices for who may not read its list price. One query."""
    product: Product = found.record
    if not access.field_rights(request.user, found.spec).reads("price"):
        return {"template": "deals/_product.html", "prices": []}
    books = registry.get("price_book")
    seen = books.model._default_manager.filter(access.visible(books, request.user), deleted_at=None, sandbox=False)
    rows = product.prices.filter(book__in=seen).select_related("book")
    return {
        "template": "deals/_product.html",
        "prices": [
            {
                "book": price.book.name,
                "url": url_of(books, price.book_id),
                "from": plain_number(price.from_quantity),
                "unit": product.unit,
                "amount": money(price.amount, price.book.currency),
                "valid_from": price.book.valid_from,
                "valid_until": price.book.valid_until,
                "tone": _tone(price.book, request),
            }
            for price in rows.order_by("book__position", "book_id", "from_quantity")
        ],
    }


def price_book_panel(request: Asked, found: RecordPage) -> Mapping[str, Any]:
    """
    Return the panel of a price book's page: what products that one may see cost. Two queries.

    Who may not read list prices is told no others.
    """
    book: PriceBook = found.record
    products = registry.get("product")
    may = bool(found.can.get(access.EDIT)) and access.allows(request.user, access.MANAGE_PRICES)
    panel = {
        "template": "deals/_price_book.html",
        "tone": _tone(book, request),
        "prices_url": reverse("web:price_book_prices", args=[book.pk]) if may else "",
    }
    if not access.field_rights(request.user, products).reads("price"):
        return {**panel, "prices": [], "is_hidden": True}
    seen = Product.objects.filter(access.visible(products, request.user), deleted_at=None, sandbox=False)
    rows = book.prices.filter(product__in=seen).select_related("product")
    shown = list(rows[: PRICES + 1])
    return {
        **panel,
        "prices": [
            {
                "product": price.product.name,
                "url": url_of(products, price.product_id),
                "from": plain_number(price.from_quantity),
                "unit": price.product.unit,
                "amount": money(price.amount, book.currency),
                "list_price": money(price.product.price, price.product.currency) if price.product.price else "",
            }
            for price in shown[:PRICES]
        ],
        "limit": PRICES if len(shown) > PRICES else 0,
    }


def _tone(book: PriceBook, request: Asked) -> Tone:
    """Say whether a book holds today."""
    today = request.at.date()
    holds = (book.valid_from is None or book.valid_from <= today) and (
        book.valid_until is None or today <= book.valid_until
    )
    return "good" if holds else ""
