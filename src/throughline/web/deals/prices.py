"""Prices: those of a book, rates of tax, rates of exchange."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import msgspec
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
from throughline.crm.deals.models import ExchangeRate, Price, PriceBook, Product, TaxRate
from throughline.crm.deals.price_lists import as_csv, listed_prices, put_over, read_price_list
from throughline.crm.deals.pricing import NewPrice, save_exchange_rate, save_tax_rate, set_prices
from throughline.crm.quotes.letter import plain_number
from throughline.web.answers import Asked, done, signed_in
from throughline.web.deals.reading import day, number, product_options
from throughline.web.records.present import slug, url_of

SPARE = 3
ROWS = 200
"""So many prices are changed in the form; more of them go by a file."""
LARGEST = 5 * 1024 * 1024
SHOWN = 100
"""So many changes of a file are shown before it is kept."""
Tiers = Mapping[tuple[int, Decimal], Decimal]
"""Prices by product and the quantity they hold from."""


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
    book = _book(request, book_id)
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
            here = reverse("web:price_book_prices", args=[book.pk])
            return done(request, here if more else _url(book), _("%(name)s was saved.") % {"name": book.name})
    return _form(request, book, error)


def _book(request: Asked, book_id: int) -> PriceBook:
    """Return a price book whose prices the asker may change."""
    spec = registry.get("price_book")
    book: PriceBook = get_record(spec=spec, user=request.user, record_id=book_id)
    access.require(request.by, access.EDIT, spec, book)
    _may(request)
    return book


def _url(book: PriceBook) -> str:
    return url_of(registry.get("price_book"), book.pk)


def _form(request: Asked, book: PriceBook, error: str) -> HttpResponse:
    prices = listed_prices(book, request.user)
    rows = _sent_rows(request.POST) if error and "product" in request.POST else [_row(price) for price in prices]
    is_many = len(rows) > ROWS
    context = {
        "title": _("Prices of %(name)s") % {"name": book.name},
        "parent": {"label": book.name, "url": _url(book)},
        "currency": book.currency,
        "version": request.POST.get("version", book.version),
        "rows": [] if is_many else [*rows, *({} for _row in range(SPARE))],
        "products": product_options(request.user, beside=[int(row["product"]) for row in rows]),
        "many": len(rows) if is_many else 0,
        "file_url": reverse("web:price_book_file", args=[book.pk]),
        "error": error,
    }
    return render(request, "deals/price_book.html", context, status=422 if error else 200)


def _row(price: Price) -> dict[str, str]:
    return {
        "product": str(price.product_id),
        "from_quantity": plain_number(price.from_quantity),
        "amount": f"{price.amount:f}",
    }


def _sent_rows(given: QueryDict) -> list[dict[str, str]]:
    names = ("product", "from_quantity", "amount")
    rows = zip(*(given.getlist(name) for name in names), strict=False)
    return [dict(zip(names, row, strict=True)) for row in rows if row[0].isdecimal()]


def _save(request: Asked, book: PriceBook) -> None:
    prices = [
        NewPrice(
            product_id=int(row["product"]),
            from_quantity=number(row["from_quantity"], _("From quantity"), default=Decimal(1)),
            amount=number(row["amount"], _("Price")),
        )
        for row in _sent_rows(request.POST)
    ]
    set_prices(book_id=book.pk, prices=prices, version=_version(request), by=request.by, at=request.at)


def _version(request: Asked) -> int | None:
    version = request.POST.get("version", "")
    return int(version) if version.isdecimal() else None


# -- Prices as a file --------------------------------------------------------------------------------------------------


@signed_in
def price_file(request: Asked, book_id: int) -> HttpResponse:
    """Give the prices of a book as a file; or read one, show what it would change, and change it."""
    book = _book(request, book_id)
    if request.method != "POST":
        answer = HttpResponse(as_csv(listed_prices(book, request.user)), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="prices-{book.key}.csv"'
        answer["Cache-Control"] = "no-store"
        return answer
    try:
        if "kept" in request.POST:
            prices = _kept(request)
            set_prices(book_id=book.pk, prices=prices, version=_version(request), by=request.by, at=request.at)
            return done(request, _url(book), _("%(name)s was saved.") % {"name": book.name})
        return _preview(request, book)
    except NotAllowed:
        raise
    except Refusal as refusal:
        return _form(request, book, refusal.message)


def _preview(request: Asked, book: PriceBook) -> HttpResponse:
    """Show what a file changes, with all that saving it needs in the form."""
    sent = request.FILES.get("file")
    if sent is None:
        raise Refusal("no_file", _("Choose a file with prices: CSV or XLSX."), "file")
    if (sent.size or 0) > LARGEST:
        raise Refusal("too_large", _("A price list has at most 5 MB. Leave some lines out."), "file")
    prices = read_price_list(sent.read(), sent.name or "", user=request.user)
    if request.POST.get("rest") == "keep":
        prices = put_over(book, prices, user=request.user)
    before = {(each.product_id, each.from_quantity): each.amount for each in listed_prices(book, request.user)}
    after = {(each.product_id, each.from_quantity): each.amount for each in prices}
    changes = _changes(before, after)
    context = {
        "title": _("Prices of %(name)s out of %(file)s") % {"name": book.name, "file": sent.name},
        "parent": {"label": book.name, "url": _url(book)},
        "form_url": reverse("web:price_book_prices", args=[book.pk]),
        "currency": book.currency,
        "version": book.version,
        "kept": msgspec.json.encode(
            [[str(each) for each in (*tier, amount)] for tier, amount in after.items()]
        ).decode(),
        "counts": [
            {"label": _("new"), "number": len(after.keys() - before.keys())},
            {
                "label": _("changed"),
                "number": sum(before.get(tier, amount) != amount for tier, amount in after.items()),
            },
            {"label": _("taken out"), "number": len(before.keys() - after.keys())},
            {"label": _("as before"), "number": sum(before.get(tier) == amount for tier, amount in after.items())},
        ],
        "changes": changes[:SHOWN],
        "more": max(len(changes) - SHOWN, 0),
    }
    return render(request, "deals/price_file.html", context)


def _changes(before: Tiers, after: Tiers) -> list[dict[str, str]]:
    """Return the prices that differ, by product and quantity, as they were and as they would be."""
    tiers = [tier for tier in before.keys() | after.keys() if before.get(tier) != after.get(tier)]
    names = dict(Product.objects.filter(pk__in={key for key, _from in tiers}).values_list("pk", "name"))
    return [
        {
            "product": names[tier[0]],
            "from": plain_number(tier[1]),
            "before": f"{before[tier]:,.2f}" if tier in before else "",
            "after": f"{after[tier]:,.2f}" if tier in after else "",
        }
        for tier in sorted(tiers, key=lambda tier: (names[tier[0]].casefold(), tier))
    ]


def _kept(request: Asked) -> list[NewPrice]:
    """
    Return the prices that a preview has kept in its form.

    Raises:
        Refusal: it is not what the preview wrote.
    """
    try:
        rows = msgspec.json.decode(request.POST["kept"], type=list[tuple[int, Decimal, Decimal]], strict=False)
    except msgspec.DecodeError as wrong:
        raise Refusal("no_preview", _("These prices cannot be read any more. Choose the file again.")) from wrong
    return [NewPrice(product_id=key, from_quantity=least, amount=amount) for key, least, amount in rows]


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
