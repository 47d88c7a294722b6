"""What the page of a product shows beyond that of any record: what it costs by each price book."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from throughline.core import access
from throughline.core.records.queries import RecordPage
from throughline.crm.deals.models import PriceBook, Product
from throughline.crm.quotes.letter import money, plain_number
from throughline.web.answers import Asked
from throughline.web.parts import Tone


def product_panel(request: Asked, found: RecordPage) -> Mapping[str, Any]:
    """Return the panel of a product's page; no prices for who may not read its list price. One query."""
    product: Product = found.record
    if not access.field_rights(request.user, found.spec).reads("price"):
        return {"template": "deals/_product.html", "prices": []}
    may = access.allows(request.user, access.MANAGE_PRICES)
    rows = product.prices.select_related("book").order_by("book__position", "book_id", "from_quantity")
    return {
        "template": "deals/_product.html",
        "prices": [
            {
                "book": price.book.name,
                "url": reverse("web:price_book", args=[price.book.key]) if may else "",
                "from": plain_number(price.from_quantity),
                "unit": product.unit,
                "amount": money(price.amount, price.book.currency),
                "valid_from": price.book.valid_from,
                "valid_until": price.book.valid_until,
                "tone": _tone(price.book, request),
            }
            for price in rows
        ],
    }


def _tone(book: PriceBook, request: Asked) -> Tone:
    """Say whether a book holds today."""
    today = request.at.date()
    holds = (book.valid_from is None or book.valid_from <= today) and (
        book.valid_until is None or today <= book.valid_until
    )
    return "good" if holds else ""
