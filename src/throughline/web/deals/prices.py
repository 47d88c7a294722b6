"""Prices: those of a book, rates of tax, rates of exchange."""

from __future__ import annotations

from decimal import Decimal

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.company.queries import base_currency
from throughline.core.records import registry
from throughline.core.records.queries import get_record
from throughline.core.refusals import NotAllowed, Refusal
from throughline.crm.deals.models import ExchangeRate, PriceBook, TaxRate
from throughline.crm.deals.pricing import NewPrice, save_exchange_rate, save_tax_rate, set_prices
from throughline.crm.quotes.letter import plain_number
from throughline.web.answers import Asked, done, signed_in
from throughline.web.deals.reading import day, number, product_options
from throughline.web.records.present import slug, url_of

SPARE = 3


def _may(request: Asked) -> None:
    if not access.allows(request.user, access.MANAGE_PRICES):
        raise NotAllowed(_("Your roles do not let you keep prices."))


@signed_in
def show_all(request: Asked) -> HttpResponse:
    """Show the rates of tax and of exchange."""
    return _overview(request, "")


def _overview(request: Asked, error: str) -> HttpResponse:
    may = access.allows(request.user, access.MANAGE_PRICES)
    context = {
        "books_url": reverse("web:record_list", args=[slug(registry.get("price_book"))]),
        "taxes": [{"name": rate.name, "percent": plain_number(rate.percent)} for rate in TaxRate.objects.all()],
        "rates": [
            {"currency": rate.currency, "from": rate.valid_from, "rate": plain_number(rate.rate)}
            for rate in ExchangeRate.objects.all()[:50]
        ],
        "base": base_currency(),
        "tax_url": reverse("web:tax_rates") if may else "",
        "rate_url": reverse("web:exchange_rates") if may else "",
        "today": request.at.date().isoformat(),
        "error": error,
    }
    return render(request, "deals/prices.html", context, status=422 if error else 200)


@signed_in
def former_book(request: Asked, key: str = "") -> HttpResponse:
    """Lead on from where price books were before they were records."""
    spec = registry.get("price_book")
    if not key:
        return redirect("web:record_new", slug(spec))
    found = PriceBook.objects.filter(key=key).values_list("pk", flat=True).first()
    book = get_record(spec=spec, user=request.user, record_id=found or 0)
    return redirect(url_of(spec, book.pk))


@signed_in
def edit_prices(request: Asked, book_id: int) -> HttpResponse:
    """Show the prices of a book to be changed, or save them."""
    spec = registry.get("price_book")
    book: PriceBook = get_record(spec=spec, user=request.user, record_id=book_id)
    access.require(request.by, access.EDIT, spec, book)
    _may(request)
    error = ""
    if request.method == "POST":
        try:
            _save(request, book)
        except NotAllowed:
            raise
        except Refusal as refusal:
            error = refusal.message
        else:
            more = request.POST.get("do") == "more"
            to = reverse("web:price_book_prices", args=[book.pk]) if more else url_of(spec, book.pk)
            return done(request, to, _("%(name)s was saved.") % {"name": book.name})
    context = {
        "title": _("Prices of %(name)s") % {"name": book.name},
        "parent": {"label": book.name, "url": url_of(spec, book.pk)},
        "currency": book.currency,
        "version": request.POST.get("version", book.version),
        "rows": [*(_sent_rows(request.POST) if error else _stored_rows(book)), *({} for _row in range(SPARE))],
        "products": product_options(request.user),
        "error": error,
    }
    return render(request, "deals/price_book.html", context, status=422 if error else 200)


def _stored_rows(book: PriceBook) -> list[dict[str, str]]:
    return [
        {
            "product": str(price.product_id),
            "from_quantity": plain_number(price.from_quantity),
            "amount": f"{price.amount:f}",
        }
        for price in book.prices.all()
    ]


def _sent_rows(given: QueryDict) -> list[dict[str, str]]:
    names = ("product", "from_quantity", "amount")
    rows = zip(*(given.getlist(name) for name in names), strict=False)
    return [dict(zip(names, row, strict=True)) for row in rows if row[0]]


def _save(request: Asked, book: PriceBook) -> None:
    prices = [
        NewPrice(
            product_id=int(row["product"]),
            from_quantity=number(row["from_quantity"], _("From quantity"), default=Decimal(1)),
            amount=number(row["amount"], _("Price")),
        )
        for row in _sent_rows(request.POST)
        if row["product"].isdecimal()
    ]
    version = request.POST.get("version", "")
    set_prices(
        book_id=book.pk,
        prices=prices,
        version=int(version) if version.isdecimal() else None,
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
