"""What the generic operations ask of a price book: what it is called, what it must be, and who may keep it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.company.queries import base_currency
from throughline.core.keys import free_key
from throughline.core.records import registry
from throughline.core.records.making import Columns, Row, make_records
from throughline.core.records.spec import Created
from throughline.core.records.text import clean, fold
from throughline.core.refusals import Refusal
from throughline.crm.deals import events
from throughline.crm.deals.models import PriceBook

CURRENCY = re.compile(r"[A-Z]{3}")


def require_prices(by: Actor) -> None:
    """
    Go on only when the actor may keep prices.

    Raises:
        NotAllowed: as said.
    """
    user = access.user_of(by)
    if user is not None:
        access.require_ability(user, access.MANAGE_PRICES, otherwise="Your roles do not let you keep prices.")


def check_currency(currency: str) -> None:
    """
    Go on only with three letters.

    Raises:
        Refusal: as said.
    """
    if CURRENCY.fullmatch(currency.upper()) is None:
        raise Refusal("no_currency", f'"{currency}" is no currency. Use three letters, such as EUR.', "currency")


def name_book(book: PriceBook) -> Sequence[str]:
    """Fill the sorted form of the name, the currency, the key, and the place of a new one behind the others."""
    book.name = clean(book.name)
    book.sort_name = fold(book.name)
    book.currency = book.currency.strip().upper() or base_currency()
    if not book.key:
        book.key = free_key(PriceBook, re.sub(r"[^a-z0-9]+", "-", fold(book.name)).strip("-") or "prices")
    if book.pk is None and not book.position:
        book.position = 1 + (PriceBook.objects.aggregate(last=Max("position"))["last"] or 0)
    return _WORKED_OUT


_WORKED_OUT = ("name", "sort_name", "currency", "key", "position")


def check_book(book: PriceBook) -> None:
    """
    Refuse a price book that there cannot be.

    Raises:
        Refusal: it has no name, no currency, or ends before it begins.
    """
    if not book.name:
        raise Refusal("nameless", "A price book needs a name.", "name")
    check_currency(book.currency)
    if book.valid_from and book.valid_until and book.valid_until < book.valid_from:
        raise Refusal("ends_before", "A price book cannot end before it begins.", "valid_until")


def guard(_books: Sequence[PriceBook], by: Actor, _at: datetime) -> None:
    """
    Keep price books from who may not keep prices, whatever else a role says.

    Raises:
        NotAllowed: as said.
    """
    require_prices(by)


@transaction.atomic
def create_price_books(rows: Sequence[Row], *, by: Actor, at: datetime) -> Created:
    """
    Make price books, without prices yet; rows whose external key is known are left alone.

    Raises:
        NotAllowed: the actor may not keep prices.
        Refusal: there cannot be one of them; nothing is written.
    """
    require_prices(by)
    position = PriceBook.objects.aggregate(last=Max("position"))["last"] or 0
    taken: set[str] = set()

    def derive(columns: Columns) -> None:
        nonlocal position
        book = PriceBook(**{name: value for name, value in columns.items() if name != "id"})
        name_book(book)
        check_book(book)
        if not columns["position"]:
            position += 1
            book.position = position
        if book.key in taken:
            book.key = free_key(PriceBook, f"{book.key}-{columns['id']}")
        taken.add(book.key)
        for column in _WORKED_OUT:
            columns[column] = getattr(book, column)

    def fact(columns: Columns) -> journal.JournalEvent:
        return events.PriceBookAdded(key=columns["key"], name=columns["name"], currency=columns["currency"])

    return make_records(registry.get("price_book"), rows, derive=derive, fact=fact, by=by, at=at)
