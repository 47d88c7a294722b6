"""Prices: books with tiers, rates of tax, rates of exchange."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.company.queries import base_currency
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.crm.deals.models import ExchangeRate, PriceBook, TaxRate
from throughline.crm.deals.pricing import NewPrice, save_exchange_rate, save_price_book, save_tax_rate
from throughline.crm.quotes.letter import plain_number
from throughline.web.answers import Asked, done, signed_in
from throughline.web.deals.reading import day, number, product_options

SPARE = 3


def _may(request: Asked) -> None:
    if not access.allows(request.user, access.MANAGE_PRICES):
        raise NotAllowed(_("Your roles do not let you keep prices."))


@signed_in
def show_all(request: Asked) -> HttpResponse:
    """Show the price books, the rates of tax and of exchange."""
    return _overview(request, "")


def _overview(request: Asked, error: str) -> HttpResponse:
    may = access.allows(request.user, access.MANAGE_PRICES)
    context = {
        "books": [
            {
                "name": book.name,
                "currency": book.currency,
                "from": book.valid_from,
                "until": book.valid_until,
                "count": len(book.prices.all()),
                "url": reverse("web:price_book", args=[book.key]) if may else "",
            }
            for book in PriceBook.objects.prefetch_related("prices")
        ],
        "taxes": [{"name": rate.name, "percent": plain_number(rate.percent)} for rate in TaxRate.objects.all()],
        "rates": [
            {"currency": rate.currency, "from": rate.valid_from, "rate": plain_number(rate.rate)}
            for rate in ExchangeRate.objects.all()[:50]
        ],
        "base": base_currency(),
        "new_url": reverse("web:price_book_new") if may else "",
        "tax_url": reverse("web:tax_rates") if may else "",
        "rate_url": reverse("web:exchange_rates") if may else "",
        "today": request.at.date().isoformat(),
        "error": error,
    }
    return render(request, "deals/prices.html", context, status=422 if error else 200)


@signed_in
def edit_book(request: Asked, key: str = "") -> HttpResponse:
    """Show a price book to be changed, or a new one; or save it."""
    _may(request)
    book = PriceBook.objects.filter(key=key).first()
    if key and book is None:
        raise NotFound(_("There is no such price book. Look in the list."))
    error = ""
    if request.method == "POST":
        try:
            saved = _save(request, key)
        except NotAllowed:
            raise
        except Refusal as refusal:
            error = refusal.message
        else:
            more = request.POST.get("do") == "more"
            to = reverse("web:price_book", args=[saved.key]) if more else reverse("web:prices")
            return done(request, to, _("%(name)s was saved.") % {"name": saved.name})
    sent = request.POST
    context = {
        "title": book.name if book else _("New price book"),
        "name": sent.get("name", book.name if book else ""),
        "currency": sent.get("currency", book.currency if book else base_currency()),
        "valid_from": sent.get("valid_from", _written(book.valid_from if book else None)),
        "valid_until": sent.get("valid_until", _written(book.valid_until if book else None)),
        "rows": [*(_sent_rows(sent) if error else _stored_rows(book)), *({} for _row in range(SPARE))],
        "products": product_options(request.user),
        "error": error,
        "list_url": reverse("web:prices"),
    }
    return render(request, "deals/price_book.html", context, status=422 if error else 200)


def _written(on: Any) -> str:
    return on.isoformat() if on else ""


def _stored_rows(book: PriceBook | None) -> list[dict[str, str]]:
    return [
        {
            "product": str(price.product_id),
            "from_quantity": plain_number(price.from_quantity),
            "amount": f"{price.amount:f}",
        }
        for price in (book.prices.all() if book else ())
    ]


def _sent_rows(given: QueryDict) -> list[dict[str, str]]:
    names = ("product", "from_quantity", "amount")
    rows = zip(*(given.getlist(name) for name in names), strict=False)
    return [dict(zip(names, row, strict=True)) for row in rows if row[0]]


def _save(request: Asked, key: str) -> PriceBook:
    given = request.POST
    prices = [
        NewPrice(
            product_id=int(row["product"]),
            from_quantity=number(row["from_quantity"], _("From quantity"), default=Decimal(1)),
            amount=number(row["amount"], _("Price")),
        )
        for row in _sent_rows(given)
        if row["product"].isdecimal()
    ]
    return save_price_book(
        key=key,
        name=given.get("name", ""),
        currency=given.get("currency", "").strip().upper(),
        valid_from=day(given.get("valid_from", ""), _("Valid from")),
        valid_until=day(given.get("valid_until", ""), _("Valid until")),
        prices=prices,
        by=request.by,
        at=request.at,
    )


@require_POST
@signed_in
def add_tax(request: Asked) -> HttpResponse:
    """Keep a rate of tax."""
    _may(request)
    try:
        percent = number(request.POST.get("percent", ""), _("Percent"))
        save_tax_rate(name=request.POST.get("name", ""), percent=percent, by=request.by, at=request.at)
    except NotAllowed:
        raise
    except Refusal as refusal:
        return _overview(request, refusal.message)
    return done(request, reverse("web:prices"), _("Saved."))


@require_POST
@signed_in
def add_rate(request: Asked) -> HttpResponse:
    """Keep a rate of exchange."""
    _may(request)
    try:
        save_exchange_rate(
            currency=request.POST.get("currency", "").strip(),
            valid_from=day(request.POST.get("valid_from", ""), _("From")) or request.at.date(),
            rate=number(request.POST.get("rate", ""), _("Rate")),
            by=request.by,
            at=request.at,
        )
    except NotAllowed:
        raise
    except Refusal as refusal:
        return _overview(request, refusal.message)
    return done(request, reverse("web:prices"), _("Saved."))
