"""
What records add up to, answered from the sums that their table keeps of itself (``models.KeptSum``).

Theory of operation. Sums are kept by owner and team, which is what most rights come down to. So the sum of what a
person may see is that of the rows whose owner or team gives them, and of the few records which they see by other ways
(taking part, a territory, a share), which are read one by one and counted only where owner and team did not give them
already. A filter that asks for nothing but keys of the sums narrows both; with any other one nothing is answered
here, and the caller reads the records.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet, Sum

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.records import registry
from throughline.core.records.filters import Filter, Reading, predicate
from throughline.core.records.models import KeptSum
from throughline.core.records.spec import FieldSpec, FieldType, RecordSpec
from throughline.core.records.sums import SINGLE, Summed, Total, summed

if TYPE_CHECKING:
    from throughline.core.records.queries import ListQuery

AT_ONCE = 50_000
COMPARED = frozenset({"is", "is_not", "one_of", "none_of", "empty", "not_empty"})
"""Operators that mean the same of a row of sums as of a record."""


def summed_by(
    *,
    found: QuerySet[Any],
    spec: RecordSpec,
    user: User,
    query: ListQuery,
    at: datetime,
    by: FieldSpec,
    of: Sequence[FieldSpec],
    base: str,
) -> dict[Any, Summed]:
    """
    Return counts and totals by a field, of ``found``: the records that a list query means for ``user``.

    ``base``: the currency of which the day does not matter. One query; a second one where the sums are kept and the
    person sees records by other ways than owner and team.
    """
    table = spec.kept_sums
    records = found.annotate(group=F(by.column))
    if table is None or not _can_tell(table, spec, query, (by, *of)):
        return summed(records, spec, of, base)
    kept = table._default_manager.filter(access.reached(spec, user))
    if query.filter:
        kept = kept.filter(predicate(spec, query.filter, Reading(user, at)))
    made = _read(table, kept, by, of, base)
    for group, others in summed(records.filter(access.beyond(spec, user)), spec, of, base).items():
        made[group] = made[group].plus(others) if group in made else others
    return made


def _can_tell(table: type[KeptSum], spec: RecordSpec, query: ListQuery, asked: Sequence[FieldSpec]) -> bool:
    if query.text or query.deleted or query.sandbox or query.exported:
        return False
    by, *of = asked
    keys = table.key_columns()
    return (
        by.column in keys
        and all(described.column in table.OF for described in of)
        and _asks_only(query.filter, {name for name, each in spec.by_name.items() if each.column in keys})
    )


def _asks_only(node: Filter, names: set[str]) -> bool:
    """Return whether all conditions of a filter are about these fields."""
    for key in ("all", "any"):
        if key in node:
            return isinstance(node[key], list | tuple) and all(_asks_only(part, names) for part in node[key])
    if "not" in node:
        return _asks_only(node["not"], names)
    return not node or (node.get("field") in names and node.get("op", "is") in COMPARED)


def _read(
    table: type[KeptSum], found: QuerySet[Any], by: FieldSpec, of: Sequence[FieldSpec], base: str
) -> dict[Any, Summed]:
    keys = ["group"]
    if is_dated := "on_day" in table.KEYS:  # a range and not a negation, since no index serves that
        found = found.filter(Q(on_day=None) | Q(currency__lt=base) | Q(currency__gt=base))
        keys = ["group", "currency", "on_day"]
    wanted = {f"sum_{name}": Sum(name) for name in table.sum_columns()}
    made: dict[Any, Summed] = {}
    for row in found.annotate(group=F(by.column)).order_by().values(*keys).annotate(**wanted):
        known = made.setdefault(row["group"], Summed(totals={each.name: Total({}, None, 0) for each in of}))
        on_day = row["on_day"] if is_dated else None
        if on_day is None:
            known.count += row["sum_number"]
        for each in of:
            currency = row["currency"] if is_dated and each.type is FieldType.MONEY else SINGLE
            known.totals[each.name] = _added(
                known.totals[each.name], currency, on_day, row[f"sum_{each.column}"], row[f"sum_{each.column}_filled"]
            )
    return {group: known for group, known in made.items() if known.count}


def _added(before: Total, currency: str, on_day: Any, amount: Decimal, filled: int) -> Total:
    if not filled:
        return before
    if on_day is None:
        return before.plus(Total({currency: amount}, None, filled))
    return before.plus(Total({}, None, 0, {(currency, on_day): amount}))


# -- Adding up ---------------------------------------------------------------------------------------------------------

_MERGE = """
WITH loose AS (
    DELETE FROM {table} WHERE id IN (
        SELECT id FROM {table} WHERE NOT is_merged ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
    ) RETURNING *
)
INSERT INTO {table} AS kept ({keys}, {sums}, is_merged)
SELECT {keys}, {summed}, true FROM loose GROUP BY {keys} ORDER BY {keys}
ON CONFLICT ({keys}) WHERE is_merged DO UPDATE SET {added}
"""
_CLEAR = "DELETE FROM {table} WHERE is_merged AND {nothing}"


def add_up() -> int:
    """
    Make one row per key of the many that statements left in all kept sums, and return how many keys had some.

    One statement each: whoever reads meanwhile sees all of them before or all of them after, and so the same sum.
    """
    tables = [spec.kept_sums for spec in registry.everything() if spec.kept_sums is not None]
    return sum(_add_up(table) for table in tables)


@transaction.atomic
def _add_up(table: type[KeptSum]) -> int:
    keys, sums = table.key_columns(), table.sum_columns()
    words = {
        "table": f'"{table._meta.db_table}"',
        "keys": ", ".join(keys),
        "sums": ", ".join(sums),
        "summed": ", ".join(f"sum({name})" for name in sums),
        "added": ", ".join(f"{name} = kept.{name} + EXCLUDED.{name}" for name in sums),
        "nothing": " AND ".join(f"{name} = 0" for name in sums),
    }
    with connection.cursor() as cursor:
        cursor.execute(_MERGE.format(**words), [AT_ONCE])
        merged = int(cursor.rowcount)
        if merged:
            cursor.execute(_CLEAR.format(**words))
    return merged
