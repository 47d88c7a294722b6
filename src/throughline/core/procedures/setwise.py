"""
Set-wise reading and writing for the hot path: one statement per table and batch, past the ORM.

New rows go in by COPY, changed ones by one UPDATE or DELETE joined with ``unnest`` of column arrays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection

from throughline.core.copying import Row, copy

__all__ = ["Row", "columns_of", "copy", "execute", "fetch", "group", "take_ids"]


def fetch(sql: str, params: Sequence[Any] = ()) -> list[Row]:
    """Run a statement and return its rows."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[Row] = cursor.fetchall()
        return rows


def execute(sql: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> int:
    """Run a statement and return how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def columns_of(rows: Sequence[Row], width: int) -> list[list[Any]]:
    """Return the rows as one list per column, as ``unnest`` wants them."""
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]


def take_ids(table: str, count: int) -> list[int]:
    """
    Return ``count`` fresh primary keys of a table, ascending, so that rows and what refers to them can be written at
    once.
    """
    if not count:
        return []
    rows = fetch("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
    return [row[0] for row in rows]


def group(rows: Iterable[Row]) -> dict[Any, list[Row]]:
    """Return rows grouped by their first value, each group in the given order."""
    grouped: dict[Any, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row[0], []).append(row)
    return grouped
