"""Reading numbers, days and lines out of forms, with a sentence for what cannot be read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import QueryDict
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.records import registry
from throughline.core.refusals import Refusal
from throughline.crm.deals.lines import NewLine
from throughline.crm.deals.models import Line, Product, TaxRate
from throughline.crm.quotes.letter import plain_number

PRODUCTS = 500
"""So many products are offered in a select box."""
SPARE = 3
"""So many empty rows wait below the lines."""


def number(text: str, label: str, *, default: Decimal | None = None) -> Decimal:
    """
    Return a number as people write it: ``1,234.50``, ``1234,50``; ``default`` for nothing.

    Raises:
        Refusal: it is none.
    """
    given = text.strip().replace(" ", "").replace("\u00a0", "")
    if not given and default is not None:
        return default
    plain = given.replace(",", "") if "," in given and "." in given else given.replace(",", ".")
    try:
        value = Decimal(plain)
    except InvalidOperation as wrong:
        raise Refusal("no_number", _("%(label)s: “%(text)s” is no number.") % {"label": label, "text": text}) from wrong
    if not value.is_finite() or abs(value) >= Decimal(10) ** 15:
        raise Refusal("no_number", _("%(label)s: “%(text)s” is no number.") % {"label": label, "text": text})
    return value


def whole(text: str, label: str, *, default: int = 0) -> int:
    """
    Return a whole number, ``default`` for nothing.

    Raises:
        Refusal: it is none.
    """
    value = number(text, label, default=Decimal(default))
    if value != value.to_integral_value():
        raise Refusal("no_number", _("%(label)s is a whole number.") % {"label": label})
    return int(value)


def day(text: str, label: str) -> date | None:
    """
    Return a day (``2026-03-31``), None for nothing.

    Raises:
        Refusal: it is none.
    """
    if not text.strip():
        return None
    try:
        found = parse_date(text.strip())
    except ValueError:
        found = None
    if found is None:
        raise Refusal(
            "no_day", _("%(label)s: “%(text)s” is no day. Write it as 2026-03-31.") % {"label": label, "text": text}
        )
    return found


# -- Lines -------------------------------------------------------------------------------------------------------------

COLUMNS = ("product", "description", "quantity", "unit_price", "discount", "tax")


@dataclass(frozen=True, slots=True)
class LineRow:
    """A row of the form of lines, as text."""

    place: int
    product: str = ""
    description: str = ""
    quantity: str = ""
    unit_price: str = ""
    discount: str = ""
    tax: str = ""
    net: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was written into it."""
        return not any((self.product, self.description, self.unit_price))


def rows_of(lines: Sequence[Line], nets: Sequence[Decimal]) -> list[LineRow]:
    """Return stored lines as rows of the form, with empty ones below."""
    rows = [
        LineRow(
            place,
            str(line.product_id or ""),
            line.description,
            plain_number(line.quantity),
            f"{line.unit_price:f}",
            plain_number(line.discount),
            plain_number(line.tax),
            f"{net:,.2f}",
        )
        for place, (line, net) in enumerate(zip(lines, nets, strict=True), start=1)
    ]
    return with_spare(rows)


def with_spare(rows: list[LineRow]) -> list[LineRow]:
    """Return rows with empty ones below."""
    return [*rows, *(LineRow(len(rows) + more) for more in range(1, SPARE + 1))]


def sent_rows(given: QueryDict) -> list[LineRow]:
    """Return the rows that a form sent, without those that are empty."""
    columns = [given.getlist(name) for name in COLUMNS]
    rows = [LineRow(0, *(text.strip() for text in row)) for row in zip(*columns, strict=False)]
    filled = [row for row in rows if not row.is_empty]
    return [
        LineRow(place, row.product, row.description, row.quantity, row.unit_price, row.discount, row.tax)
        for place, row in enumerate(filled, start=1)
    ]


def read_lines(given: QueryDict) -> list[NewLine]:
    """
    Return the lines that a form sent. A price that is left out comes from the price books.

    Raises:
        Refusal: a number cannot be read; its line is named.
    """
    return [_line(row) for row in sent_rows(given)]


def _line(row: LineRow) -> NewLine:
    def named(label: Any) -> str:
        return _("Line %(n)d, %(label)s") % {"n": row.place, "label": label}

    return NewLine(
        product_id=int(row.product) if row.product.isdecimal() else None,
        description=row.description,
        quantity=number(row.quantity, named(_("quantity")), default=Decimal(1)),
        unit_price=number(row.unit_price, named(_("price"))) if row.unit_price else None,
        discount=number(row.discount, named(_("discount")), default=Decimal(0)),
        tax=number(row.tax, named(_("tax"))) if row.tax else None,
    )


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a select box."""

    value: str
    label: str


def product_options(user: User, beside: Collection[int] = ()) -> list[Option]:
    """Return the products for sale that a person may see, by name, and those that are chosen ``beside`` them."""
    spec = registry.get("product")
    seen = Product.objects.filter(access.visible(spec, user), deleted_at=None, sandbox=False)
    columns, order = ("pk", "name", "code"), ("sort_name", "pk")
    found = list(seen.filter(active=True).order_by(*order).values_list(*columns)[:PRODUCTS])
    others = set(beside) - {key for key, *_names in found}
    if others:
        found += seen.filter(pk__in=others).order_by(*order).values_list(*columns)
    return [Option(str(key), f"{name} ({code})" if code else name) for key, name, code in found]


def tax_options() -> list[Option]:
    """Return the rates of tax that are kept."""
    return [Option(plain_number(rate.percent), rate.name) for rate in TaxRate.objects.all()]
