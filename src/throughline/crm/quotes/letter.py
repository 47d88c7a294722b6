"""The data of a business letter (``paper/business.typ``): addresses, facts, lines and sums in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import formats
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from throughline.core.company.queries import letterhead, logo
from throughline.crm.deals.lines import as_rules
from throughline.crm.deals.models import Line
from throughline.crm.people.models import Contact, Organization
from throughline.crm.quotes.rules import Sums


def money(amount: Decimal, currency: str) -> str:
    """Return an amount with its currency in words of the active language: ``1,234.50 EUR``."""
    return f"{formats.number_format(amount, decimal_pos=2, use_l10n=True, force_grouping=True)} {currency}"


def plain_number(value: Decimal) -> str:
    """Return a number without zeros at its end: ``2``, ``0.5``."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def seller() -> list[str]:
    """Return name and address of the company, line by line."""
    return letterhead()


def customer(organization: Organization | None, contact: Contact | None) -> list[str]:
    """Return name and address of the customer, line by line."""
    lines = [organization.legal_name or organization.name] if organization else []
    lines += [contact.name] if contact else []
    if organization:
        lines += [str(part) for part in organization.billing_address.values() if part]
        lines += [organization.country] if organization.country else []
    return lines


def day(on: date) -> str:
    """Return a day in words of the active language."""
    return formats.date_format(on, "j M Y")


def letter(
    *,
    title: str,
    facts: Sequence[tuple[str, str]],
    lines: Iterable[Line],
    sums: Sums,
    total: str,
    currency: str,
    addressed: Sequence[str],
    intro: str = "",
    terms: str = "",
    footer: str = "",
) -> dict[str, Any]:
    """Return the data of a letter in the active language; ``total`` is what the last sum is called."""
    rows, sender = list(lines), seller()
    return {
        "language": (get_language() or "en").split("-")[0],
        "title": title,
        "seller": sender,
        "logo": list(logo()),
        "customer": list(addressed),
        "facts": [list(fact) for fact in facts],
        "intro": _paragraphs(intro),
        "terms": _paragraphs(terms),
        "heads": [_("No."), _("What"), _("Quantity"), _("Price"), _("Discount"), _("Tax"), _("Sum")],
        "lines": [_line(row, net) for row, net in zip(rows, (each.net for each in as_rules(rows)), strict=True)],
        "sums": _sums(sums, currency),
        "total": [total, money(sums.gross, currency)],
        "footer": footer or " · ".join(sender),
    }


def _paragraphs(text: str) -> list[str]:
    return [part.strip() for part in text.split("\n") if part.strip()]


def _line(row: Line, net: Decimal) -> list[str]:
    percent = f"{plain_number(row.discount)} %" if row.discount else ""
    amounts = (formats.number_format(each, decimal_pos=2, force_grouping=True) for each in (row.unit_price, net))
    price, total = amounts
    quantity = plain_number(row.quantity)
    return [str(row.position), row.description, quantity, price, percent, f"{plain_number(row.tax)} %", total]


def _sums(sums: Sums, currency: str) -> list[list[str]]:
    told = [[_("Sum of the lines"), money(sums.subtotal, currency)]]
    if sums.discount:
        told += [[_("Discount"), f"−{money(sums.discount, currency)}"], [_("Net"), money(sums.net, currency)]]
    for each in sums.taxes:
        of = {"percent": plain_number(each.percent), "net": money(each.net, currency)}
        told.append([_("Tax %(percent)s %% of %(net)s") % of, money(each.tax, currency)])
    return told
