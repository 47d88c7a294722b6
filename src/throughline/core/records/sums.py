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
from typing import Any

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
    by_currency = {**before.by_currency, currency: before.by_currency.get(currency, Decimal(0)) + Decimal(total)}
    count = before.filled + filled
    dated = before.dated if day is None else {**before.dated, (currency, day): Decimal(total)}
    return Total(by_currency, sum(by_currency.values(), Decimal(0)) / count, count, dated)


def _currency_column(spec: RecordSpec) -> str:
    described = spec.by_name.get("currency")
    return described.column if described is not None and not described.is_through else ""
