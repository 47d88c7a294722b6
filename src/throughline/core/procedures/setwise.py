"""
Set-wise reading and writing for the hot path: one statement per table and batch, past the ORM.

New rows go in by COPY, changed ones by one UPDATE or DELETE joined with ``unnest`` of column arrays.

Parameters and results travel in PostgreSQL's binary format, beside the statement. Django's own cursors write parameters
into the text of the statement: for the arrays of a batch that took as long as deciding what is in them.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import psycopg
from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg import postgres
from psycopg.types.array import ListBinaryDumper

from throughline.core.copying import Row, copy

__all__ = ["Row", "columns_of", "copy", "execute", "fetch", "group"]


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


_ARRAY = struct.Struct("!IIIII").pack
"""The head of an array of one dimension: dimensions, whether values are missing, type, length, first place."""
_LENGTH = struct.Struct("!i").pack
_WHOLE = {"int2": struct.Struct("!ih").pack, "int4": struct.Struct("!ii").pack, "int8": struct.Struct("!iq").pack}
_SIZE = {"int2": 2, "int4": 4, "int8": 8}


def _whole(name: str) -> Callable[[list[Any]], Iterable[bytes]]:
    pack, size = _WHOLE[name], _SIZE[name]
    return lambda values: [pack(size, value) for value in values]


def _texts(values: list[Any]) -> Iterable[bytes]:
    return [_LENGTH(len(text)) + text for text in map(str.encode, values)]


_WRITERS: Mapping[int, Callable[[list[Any]], Iterable[bytes]]] = {
    **{postgres.types[name].oid: _whole(name) for name in _WHOLE},
    postgres.types["text"].oid: _texts,
}
"""How lists of frequent types are written; what the driver does for each value costs more than the value."""


class _ListDumper(ListBinaryDumper):
    """Writes flat lists of whole numbers or texts, none of them missing, by themselves; others as the driver does."""

    def dump(self, obj: list[Any]) -> Any:
        """Return the bytes of an array."""
        oid = self.sub_dumper.oid if self.sub_dumper else 0
        write = _WRITERS.get(oid)
        if write is None or not obj or None in obj or isinstance(obj[0], list):
            return super().dump(obj)
        return b"".join([_ARRAY(1, 0, oid, len(obj), 1), *write(obj)])


class _BinaryCursor(psycopg.Cursor[Row]):
    """A cursor that binds on the server and sends and receives binary values, lists included."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        super().__init__(connection)
        self.format = psycopg.pq.Format.BINARY
        self.adapters.register_dumper(list, _ListDumper)


def _cursor() -> CursorWrapper:
    """Return a cursor that is counted and guarded as Django's own."""
    connection.ensure_connection()
    with connection.wrap_database_errors:
        cursor: CursorWrapper = connection._prepare_cursor(_BinaryCursor(connection.connection))  # type: ignore[attr-defined]
        return cursor


def columns_of(rows: Sequence[Row], width: int) -> list[list[Any]]:
    """Return the rows as one list per column, as ``unnest`` wants them."""
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]


def group(rows: Iterable[Row]) -> dict[Any, list[Row]]:
    """Return rows grouped by their first value, each group in the given order."""
    grouped: dict[Any, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row[0], []).append(row)
    return grouped
