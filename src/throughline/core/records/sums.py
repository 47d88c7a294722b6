"""
Sums over records, by group: numbers as they are, money kept apart by currency and by the day at whose rates it counts.

Records name a currency in a field ``currency`` of their own. What is asked for in one currency is worked out by who
knows the rates, with the days for which to know them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date
from decimal import Decimal
from typing import Any, TypeVar

from django.db.models import Case, Count, DateField, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import TruncDate

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.records.spec import NUMBERS, FieldSpec, FieldType, RecordSpec

NOT_SUMMED = frozenset({"id", "version"})
SINGLE = ""
"""The currency of what has none of its own."""


@dataclass(frozen=True, slots=True)
class Total:
    """
    The sum of a field by currency, its average over the records where it is filled, and how many these are.

    ``dated``: what of it counts as it was on a day of its own (``RecordSpec.money_day``), by currency and day.
    """

    by_currency: Mapping[str, Decimal]
    average: Decimal | None
    filled: int
    dated: Mapping[tuple[str, date], Decimal] = field(default_factory=dict)

    def plus(self, other: Total) -> Total:
        """Return the total of the records of both."""
        by_currency, filled = _plus(self.by_currency, other.by_currency), self.filled + other.filled
        average = sum(by_currency.values(), Decimal(0)) / filled if filled else None
        return Total(by_currency, average, filled, _plus(self.dated, other.dated))


Key = TypeVar("Key")


def _plus(one: Mapping[Key, Decimal], other: Mapping[Key, Decimal]) -> dict[Key, Decimal]:
    return {key: one.get(key, Decimal(0)) + other.get(key, Decimal(0)) for key in one.keys() | other.keys()}


def summable(spec: RecordSpec, user: User, names: Iterable[str]) -> list[FieldSpec]:
    """Return those of the named fields that can be summed for somebody."""
    rights = access.field_rights(user, spec)
    described = (spec.by_name.get(name) for name in names)
    return [
        each
        for each in described
        if each is not None and each.type in NUMBERS and each.name not in NOT_SUMMED and rights.reads(each.name)
    ]


@dataclass(slots=True)
class Summed:
    """A group: how many records, and the totals of fields, by name."""

    count: int = 0
    totals: dict[str, Total] = field(default_factory=dict)

    def plus(self, other: Summed) -> Summed:
        """Return what the records of both groups add up to."""
        none = Total({}, None, 0)
        names = dict.fromkeys((*self.totals, *other.totals))
        both = {name: self.totals.get(name, none).plus(other.totals.get(name, none)) for name in names}
        return Summed(self.count + other.count, both)


def summed(found: QuerySet[Any], spec: RecordSpec, of: Sequence[FieldSpec], base: str) -> dict[Any, Summed]:
    """
    Return counts and totals of fields by group; ``found`` has ``group``. One query.

    ``base``: the currency of which the day does not matter.
    """
    keys, parted = ["group"], found
    if own := _currency_column(spec) if of else "":
        keys, parted = (
            ["group", "in_currency", "on_day"],
            found.annotate(in_currency=F(own), on_day=_own_day(spec, own, base)),
        )
    wanted: dict[str, Any] = {"number": Count("*")}
    for place, described in enumerate(of):
        wanted |= {f"sum_{place}": Sum(described.column), f"filled_{place}": Count(described.column)}
    made: dict[Any, Summed] = {}
    for row in parted.order_by().values(*keys).annotate(**wanted):
        known = made.setdefault(row["group"], Summed())
        known.count += row["number"]
        for place, described in enumerate(of):
            is_money = own and described.type is FieldType.MONEY
            rate = (row["in_currency"], row["on_day"]) if is_money else (SINGLE, None)
            before = known.totals.get(described.name) or Total({}, None, 0)
            known.totals[described.name] = _added(before, rate, row[f"sum_{place}"], row[f"filled_{place}"])
    return made


def _own_day(spec: RecordSpec, currency: str, base: str) -> Any:
    """Return the expression for the day at whose rates the money of a record counts, nothing for today's."""
    if not spec.money_day:
        return Value(None, output_field=DateField())
    foreign = ~Q(**{currency: base})
    return Case(When(foreign, then=TruncDate(spec.field(spec.money_day).column, tzinfo=UTC)), default=Value(None))


def _added(before: Total, rate: tuple[str, date | None], total: Any, filled: int) -> Total:
    if not filled:
        return before
    currency, day = rate
    return before.plus(
        Total({currency: Decimal(total)}, None, filled, {} if day is None else {(currency, day): Decimal(total)})
    )


def _currency_column(spec: RecordSpec) -> str:
    described = spec.by_name.get("currency")
    return described.column if described is not None and not described.is_through else ""
