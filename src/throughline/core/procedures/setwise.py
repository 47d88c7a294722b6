"""
Set-wise reading and writing for the hot path: one statement per table and batch, past the ORM.

New rows go in by COPY, changed ones by one UPDATE or DELETE joined with ``unnest`` of column arrays.

Parameters and results travel in PostgreSQL's binary format, beside the statement. Django's own cursors write parameters
into the text of the statement: for the arrays of a batch that took as long as deciding what is in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import psycopg
from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg.types.array import ListBinaryDumper

from throughline.core.copying import Row, copy

__all__ = ["Row", "columns_of", "copy", "execute", "fetch", "group", "take_ids"]


def fetch(sql: str, params: Sequence[Any] = ()) -> list[Row]:
    """Run a statement and return its rows."""
    with _cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[Row] = cursor.fetchall()
        return rows


def execute(sql: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> int:
    """Run a statement and return how many rows it touched."""
    with _cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


class _BinaryCursor(psycopg.Cursor[Row]):
    """A cursor that binds on the server and sends and receives binary values, lists included."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        super().__init__(connection)
        self.format = psycopg.pq.Format.BINARY
        self.adapters.register_dumper(list, ListBinaryDumper)


def _cursor() -> CursorWrapper:
    """Return a cursor that is counted and guarded as Django's own."""
    connection.ensure_connection()
    with connection.wrap_database_errors:
        cursor: CursorWrapper = connection._prepare_cursor(_BinaryCursor(connection.connection))  # type: ignore[attr-defined]
        return cursor


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
