"""Sums of fields in words: money in the company's currency, with what has no rate told apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.conf import settings
from django.utils import formats
from django.utils.translation import gettext as _

from throughline.core.records import FieldSpec, FieldType
from throughline.core.records.groups import SINGLE, Total
from throughline.crm.deals.prices import exchange
from throughline.web import moments


@dataclass(frozen=True, slots=True)
class Told:
    """The sum of a field in words, and its average."""

    name: str
    label: str
    text: str
    average: str


def in_words(described: FieldSpec, total: Total, *, on: date) -> Told:
    """Return a total in words, money at the rates of a day; one query where there are several currencies."""
    text = _money(total, on) if described.type is FieldType.MONEY else _figure(described, _only(total))
    average = "" if total.average is None or len(total.by_currency) > 1 else _figure(described, total.average)
    return Told(described.name, str(described.label), text, average)


def _only(total: Total) -> Decimal:
    return total.by_currency.get(SINGLE, Decimal(0))


def _figure(described: FieldSpec, value: Decimal) -> str:
    if described.type is FieldType.DURATION:
        return moments.length(timedelta(seconds=int(value)))
    places = 2 if described.type is FieldType.MONEY else None if value == value.to_integral_value() else 1
    return formats.number_format(value, decimal_pos=places if places is not None else 0, force_grouping=True)


def _money(total: Total, on: date) -> str:
    named = {currency: amount for currency, amount in total.by_currency.items() if currency}
    nameless = total.by_currency.get(SINGLE)
    if not named:
        return _amount(nameless or Decimal(0), "")
    rates = exchange(named) if set(named) != {settings.BASE_CURRENCY} else None
    told, left = nameless or Decimal(0), []
    for currency, amount in named.items():
        changed = amount if rates is None else rates.convert(amount, currency, on)
        if changed is None:
            left.append(_amount(amount, currency))
        else:
            told += changed
    converted = [_amount(told, settings.BASE_CURRENCY)] if told or not left else []
    return _(" and ").join([*converted, *sorted(left)])


def _amount(amount: Decimal, currency: str) -> str:
    return f"{formats.number_format(amount, decimal_pos=2, force_grouping=True)} {currency}".strip()
