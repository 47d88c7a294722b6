"""Price lists: the prices of a book as their keeper may see them, out of a file and as one."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice

from django.db.models import QuerySet

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.records import FieldSpec, FieldType, registry
from throughline.core.records.exporting import DANGEROUS
from throughline.core.records.imports.faults import FileRefused, Problem
from throughline.core.records.imports.tables import read_table
from throughline.core.records.text import fold
from throughline.core.records.values import read_value
from throughline.crm.deals.models import Price, PriceBook, Product
from throughline.crm.deals.pricing import NewPrice

MOST = 10_000
"""So many prices a file may bring."""
HEADER = ("Code", "Product", "From quantity", "Price")
_NAMES: Mapping[str, frozenset[str]] = {
    "code": frozenset({"code", "product code", "sku", "article", "article number", "item number"}),
    "name": frozenset({"product", "name", "product name"}),
    "from_quantity": frozenset({"from quantity", "from", "quantity", "minimum quantity", "min quantity"}),
    "amount": frozenset({"price", "amount", "unit price", "price of one", "net price"}),
}
"""What the columns of a file may be called, in small letters."""
_NUMBERS = ("from_quantity", "amount")
_AMOUNT = FieldSpec(name="amount", label="The price", type=FieldType.MONEY)
_QUANTITY = FieldSpec(name="from_quantity", label="The quantity", type=FieldType.NUMBER)


def listed_prices(book: PriceBook, user: User) -> QuerySet[Price]:
    """
    Return the prices of a book, by product and quantity, of the products that somebody may see.

    Who may not read list prices sees none.
    """
    spec = registry.get("product")
    if not access.field_rights(user, spec).reads("price"):
        return book.prices.none()
    return book.prices.filter(product__in=_seen(user)).select_related("product")


def _seen(user: User) -> QuerySet[Product]:
    spec = registry.get("product")
    return Product.objects.filter(access.visible(spec, user), deleted_at=None, sandbox=False)


def as_csv(prices: Iterable[Price]) -> str:
    """Return prices as a file that can be read again."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    for price in prices:
        code, name = map(_harmless, (price.product.code, price.product.name))
        writer.writerow([code, name, f"{price.from_quantity.normalize():f}", f"{price.amount:f}"])
    return out.getvalue()


def _harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(DANGEROUS) else text


def read_price_list(content: bytes, file_name: str, *, user: User) -> list[NewPrice]:
    """
    Return the prices of a file (CSV or XLSX): a column with the code or the name of a product, one with the price, and
    perhaps one with the quantity from which it holds.

    Raises:
        FileRefused: it is no table, lacks a column, or lines of it cannot be read; the first ones are named.
    """
    table = read_table(content, file_name)
    places = _places(table.header)
    lines = list(islice(table.rows(), MOST + 1))
    if len(lines) > MOST:
        raise FileRefused([Problem(lines[-1][0], "", f"A price list has at most {MOST:,} lines. Leave some out.")])
    if not lines:
        raise FileRefused([Problem(2, "", "The file names columns but no prices. Put a price on each line.")])
    marks = {
        what: _decimal_mark(table.header[place], place, lines) for what, place in places.items() if what in _NUMBERS
    }
    products = _Products(user)
    prices: dict[tuple[int, Decimal], NewPrice] = {}
    problems = []
    for line, cells in lines:
        told = {what: _plain(cells[place], marks.get(what, "")) for what, place in places.items()}
        try:
            price = _price(told, products, prices)
            prices[price.product_id, price.from_quantity] = price
        except ValueError as wrong:
            problems.append(Problem(line, "", str(wrong)))
    if problems:
        raise FileRefused(problems)
    return list(prices.values())


def _places(header: Sequence[str]) -> dict[str, int]:
    """Return where each column stands."""
    words = [re.sub(r"[\s_-]+", " ", name).strip().casefold() for name in header]
    places: dict[str, int] = {}
    for what, names in _NAMES.items():
        found = next((place for place, word in enumerate(words) if word in names), None)
        if found is not None:
            places[what] = found
    if "amount" not in places or not places.keys() & {"code", "name"}:
        there = ", ".join(header[:10])
        raise FileRefused(
            [Problem(1, "", f'Expected columns "Code" or "Product" and "Price", but found {there}. Name them so.')]
        )
    return places


def _decimal_mark(column: str, place: int, lines: Sequence[tuple[int, list[str]]]) -> str:
    """
    Return the mark that parts the decimals of a column of numbers, as its numbers show it; a point when none does.

    Raises:
        FileRefused: they are written in two ways, or ``1,234`` may be meant either way.
    """
    shown = {mark: line for line, cells in lines if (mark := _shown_mark(cells[place]))}
    if len(shown) > 1:
        raise FileRefused(
            [
                Problem(
                    max(shown.values()), column, "Decimals stand behind a point in some lines and behind a comma here."
                )
            ]
        )
    unclear = next((line for line, cells in lines if "," in cells[place]), None)
    if not shown and unclear is not None:
        raise FileRefused([Problem(unclear, column, "This may be thousands or decimals. Write it as 1234 or 1.234.")])
    return next(iter(shown), ".")


def _shown_mark(text: str) -> str:
    """Return the mark of decimals that one number shows, nothing when it may be either: ``1.234,5``, ``12,50``."""
    marks = [each for each in text if each in ".,"]
    if len(set(marks)) == 2:
        return marks[-1]
    if len(marks) > 1:
        return "," if marks[0] == "." else "."
    return marks[0] if marks and len(text.strip().rpartition(marks[0])[2]) != 3 else ""


def _plain(text: str, mark: str) -> str:
    """Return a number without marks of thousands and with a point before its decimals; other text as it is."""
    if not mark:
        return text.strip()
    thousands = "," if mark == "." else "."
    return re.sub(r"[\s\u00a0'’]", "", text).replace(thousands, "").replace(mark, ".")


def _price(told: Mapping[str, str], products: _Products, before: Collection[tuple[int, Decimal]]) -> NewPrice:
    amount = read_value(_AMOUNT, told["amount"])
    if amount is None:
        raise ValueError("There is no price. Give one, 0 for nothing to pay, or leave the line out.")
    quantity = read_value(_QUANTITY, told.get("from_quantity", ""))
    if amount < 0 or (quantity is not None and quantity <= 0):
        raise ValueError("A price is 0 or above, a quantity above 0.")
    key = products.find(told.get("code", ""), told.get("name", ""))
    least = Decimal(1) if quantity is None else quantity
    if (key, least) in before:
        raise ValueError(f"This product has a price from {least:f} on already. Keep one of them.")
    return NewPrice(product_id=key, amount=amount, from_quantity=least)


@dataclass(slots=True)
class _Products:
    """The products that somebody may see, by code and by name; read once."""

    codes: dict[str, int]
    names: dict[str, list[int]]

    def __init__(self, user: User) -> None:
        self.codes, self.names = {}, {}
        for key, code, name in _seen(user).order_by("pk").values_list("pk", "code", "name"):
            if code:
                self.codes[code.casefold()] = key
            self.names.setdefault(fold(name), []).append(key)

    def find(self, code: str, name: str) -> int:
        """
        Return the product with this code or, where there is no code, this name.

        Raises:
            ValueError: there is none, or several have this name.
        """
        code, name = code.removeprefix("'"), name.removeprefix("'")
        if code:
            found = self.codes.get(code.casefold())
            if found is None:
                raise ValueError(f'No product has the code "{code}". Correct it, or make the product first.')
            return found
        if not name:
            raise ValueError("No product is named. Give its code or its name.")
        keys = self.names.get(fold(name), [])
        if len(keys) != 1:
            many = f"{len(keys)} products are called" if keys else "No product is called"
            raise ValueError(f'{many} "{name}". Give its code instead.')
        return keys[0]


def put_over(book: PriceBook, prices: Sequence[NewPrice], *, user: User) -> list[NewPrice]:
    """Return the prices of a book, as somebody may see them, with these in the place of those they replace."""
    kept = {
        (price.product_id, price.from_quantity): NewPrice(
            product_id=price.product_id, amount=price.amount, from_quantity=price.from_quantity
        )
        for price in listed_prices(book, user)
    }
    return list((kept | {(price.product_id, price.from_quantity): price for price in prices}).values())
