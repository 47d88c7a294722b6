"""
Pages by key: first the keys of a page, in its order, then the rows of these keys.

Theory of operation. The cursor holds the sort value and key of the last row, and the next page begins behind it, so a
page costs the same at any depth. What a list means is compiled once, with a gap in its conditions (``Question``); the
gap is filled with SQL, so that the keys of the page and how many there are in all rest on one compilation, and the rows
are read by a statement that is the same for every list with these columns.

Where somebody sees a part only, the newest records of all may be others' by the hundred thousand, as after an import.
So such a list is asked for by ways (``Seen.ways_apart``): for the first ones of each owner and team, by the index that
has these in order, of which PostgreSQL then takes the first of all.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec
from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet

from throughline.core.records import stored
from throughline.core.records.spec import FieldSpec
from throughline.core.refusals import Refusal
from throughline.core.rows import Gapped, Row, Statement, fetch, fetch_planned

Key = tuple[Any, int]
"""Where a record stands: its sort value and its key."""
ANYTHING: Statement = ("true", ())


@dataclass(frozen=True, slots=True)
class Order:
    """By which field a list is sorted, and behind which record its page begins. Rows without a value come last."""

    described: FieldSpec
    descending: bool
    cursor: Key | None

    @property
    def path(self) -> str:
        """Where the sort value lies."""
        return self.described.order_path


# -- Questions ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Question:
    """
    A compiled query for sort values and keys. ``ways`` are those by which its records are to be seen, each by itself,
    empty where the query itself says what is seen.
    """

    asked: Gapped
    nullable: bool
    ways: Sequence[Statement] = ()

    @classmethod
    def of(cls, found: QuerySet[Any], path: str, ways: Sequence[Statement]) -> Question | None:
        """Compile a query; None when its conditions exclude each other and nothing needs to be asked."""
        try:
            return cls(Gapped(found.order_by().values_list(path, "pk")), _nullable(found.model, path), ways)
        except EmptyResultSet:
            return None

    @property
    def all(self) -> Statement:
        """The query for all that is meant, in no order."""
        return self.asked.filled(_any(self.ways) if self.ways else ANYTHING)

    def first(self, wanted: int, order: Order, *, kept: bool) -> list[Key]:
        """
        Return up to ``wanted`` of what is meant, in an order and behind its cursor.

        ``kept``: where it is asked for by ways, by a plan that is kept: an index has just what each way asks for.
        """
        found: list[Key] = []
        if order.cursor is None or order.cursor[0] is not None:
            found = self._read(self._valued(order), order, wanted, kept)
        if len(found) < wanted and self.nullable:
            found += self._read(self._unvalued(order), order, wanted - len(found), kept)
        return found

    def _valued(self, order: Order) -> Statement:
        (value, params), (key, _) = self.asked.columns
        conditions = [(f"{value} IS NOT NULL", params)] if self.nullable else []
        if order.cursor is not None:  # compared as a row, so that an index on both serves it
            behind = f"({value}, {key}) {'<' if order.descending else '>'} (%s, %s)"
            conditions.append((behind, (*params, *order.cursor)))
        return _all(conditions)

    def _unvalued(self, order: Order) -> Statement:
        (value, params), (key, _) = self.asked.columns
        conditions: list[Statement] = [(f"{value} IS NULL", params)]
        if order.cursor is not None and order.cursor[0] is None:
            conditions.append((f"{key} {'<' if order.descending else '>'} %s", (order.cursor[1],)))
        return _all(conditions)

    def _read(self, condition: Statement, order: Order, wanted: int, kept: bool) -> list[Key]:
        towards = "DESC" if order.descending else "ASC"
        ending = f" ORDER BY 1 {towards}, 2 {towards} LIMIT {wanted:d}"
        if not self.ways:
            sql, params = self.asked.filled(condition)
            return self._keys(fetch(sql + ending, params))
        apart = [self.asked.filled(_all([way, condition])) for way in self.ways]
        each = " UNION ALL ".join([f"({sql}{ending})" for sql, _ in apart])
        sql = f"SELECT value, key FROM ({each}) AS found (value, key) GROUP BY value, key{ending}"
        ask = fetch_planned if kept else fetch
        return self._keys(ask(sql, [param for _, params in apart for param in params]))

    def _keys(self, rows: list[Row]) -> list[Key]:
        return [(value, key) for value, key in self.asked.loaded(rows)]


def _all(conditions: Sequence[Statement]) -> Statement:
    if not conditions:
        return ANYTHING
    return " AND ".join([f"({sql})" for sql, _ in conditions]), [p for _, params in conditions for p in params]


def _any(conditions: Sequence[Statement]) -> Statement:
    told = " OR ".join([f"({sql})" for sql, _ in conditions])
    return f"({told})", [param for _, params in conditions for param in params]


def _nullable(model: Any, path: str) -> bool:
    form = path.rpartition("__")[2]
    if form in stored.READ:
        return form not in stored.NEVER_EMPTY
    for step in path.split("__"):
        column = model._meta.get_field(step.removesuffix("_id") if step.endswith("_id") else step)
        if column.null:
            return True
        model = column.related_model
    return False


# -- Cursors -----------------------------------------------------------------------------------------------------------


def write_cursor(value: Any, key: int) -> str:
    """Return the cursor of what comes behind a record."""
    tagged = (type(value).__name__, value, key)
    return base64.urlsafe_b64encode(msgspec.json.encode(tagged)).decode().rstrip("=")


_CURSOR_TYPES: dict[str, Any] = {
    "NoneType": None, "str": str, "int": int, "bool": bool, "Decimal": Decimal, "datetime": datetime, "date": date,
}  # fmt: skip


def read_cursor(text: str) -> Key | None:
    """
    Return the record behind which a page begins, None for the first page.

    Raises:
        Refusal: it is no cursor.
    """
    if not text:
        return None
    try:
        name, value, key = msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return msgspec.convert(value, _CURSOR_TYPES[name], strict=False), int(key)
    except (ValueError, KeyError, TypeError, msgspec.DecodeError) as wrong:
        raise Refusal("unreadable_cursor", "This page of the list is gone. Begin at the top again.") from wrong
