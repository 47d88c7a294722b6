"""
Sums of fields in words: money in the company's currency, with what has no rate told apart.

What is closed counts at the rates of the day it closed, so that what was won stays what it was; all else at today's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

from django.utils import formats
from django.utils.translation import gettext as _

from throughline.core.company.queries import base_currency
from throughline.core.records import FieldSpec, FieldType, RecordSpec
from throughline.core.records.sums import SINGLE, Total
from throughline.crm.deals.prices import Exchange, exchange
from throughline.web import moments


@dataclass(frozen=True, slots=True)
class Told:
    """The sum of a field in words, its average, and at which rates of exchange, where several took part."""

    name: str
    label: str
    text: str
    average: str
    rates: str = ""


class Teller:
    """
    Tells sums in words: money at the rates of a day where it has none of its own. Rates are read once, if at all, and
    so is the company's currency where ``base`` does not name it.
    """

    def __init__(self, on: date, base: str = "") -> None:
        self._on, self._named_base = on, base

    @cached_property
    def _base(self) -> str:
        return self._named_base or base_currency()

    @cached_property
    def _rates(self) -> Exchange:
        return exchange()

    def told(self, described: FieldSpec, total: Total) -> Told:
        """Return a total in words."""
        is_money = described.type is FieldType.MONEY
        text = self._money(total, places=2) if is_money else _figure(described, _only(total))
        average = "" if total.average is None or len(total.by_currency) > 1 else _figure(described, total.average)
        rates = ""
        if is_money and total.dated:
            rates = _("closed ones at the rates of the day they closed, open ones at today’s")
        return Told(described.name, str(described.label), text, average, rates)

    def rounded(self, described: FieldSpec, total: Total | None) -> str:
        """Return a total in whole amounts, for where there is little room; empty where nothing is filled."""
        if total is None or not total.filled:
            return ""
        if described.type is FieldType.MONEY:
            return self._money(total, places=0)
        return _figure(described, _only(total))

    def _money(self, total: Total, *, places: int) -> str:
        named = {currency: amount for currency, amount in total.by_currency.items() if currency}
        nameless = total.by_currency.get(SINGLE)
        if not named:
            return _amount(nameless or Decimal(0), "", places)
        told, missing = nameless or Decimal(0), dict[str, Decimal]()
        for currency, day, amount in _dated(named, total, self._on):
            changed = amount if currency == self._base else self._rates.convert(amount, currency, day)
            if changed is None:
                missing[currency] = missing.get(currency, Decimal(0)) + amount
            else:
                told += changed
        left = [_amount(amount, currency, places) for currency, amount in missing.items()]
        converted = [_amount(told, self._base, places)] if told or not left else []
        return _(" and ").join([*converted, *sorted(left)])


def own_currency(spec: RecordSpec) -> str:
    """Return the currency in which sums are told, nothing for a type that is summed without regard to days."""
    return base_currency() if spec.money_day else ""


def _only(total: Total) -> Decimal:
    return total.by_currency.get(SINGLE, Decimal(0))


def _figure(described: FieldSpec, value: Decimal) -> str:
    if described.type is FieldType.DURATION:
        return moments.length(timedelta(seconds=int(value)))
    places = 2 if described.type is FieldType.MONEY else None if value == value.to_integral_value() else 1
    return formats.number_format(value, decimal_pos=places if places is not None else 0, force_grouping=True)


def _dated(named: Mapping[str, Decimal], total: Total, on: date) -> Iterator[tuple[str, date, Decimal]]:
    """Yield the parts of a sum: currency, the day at whose rates it counts, amount."""
    for currency, amount in named.items():
        parts = {day: part for (of, day), part in total.dated.items() if of == currency}
        yield from ((currency, day, part) for day, part in parts.items())
        if (rest := amount - sum(parts.values(), Decimal(0))) or not parts:
            yield currency, on, rest


def _amount(amount: Decimal, currency: str, places: int) -> str:
    return f"{formats.number_format(amount, decimal_pos=places, force_grouping=True)} {currency}".strip()
