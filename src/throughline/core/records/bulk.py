"""
Set-wise inserting: any number of rows in one statement.

Many rows travel by COPY, straight into their table. COPY cannot leave out rows that a unique constraint refuses; where
one does, it is taken back and the rows go the way that few rows go anyway: as one JSON document that PostgreSQL unfolds
into rows of the table's own type, conflicts skipped. COPY into a temporary table followed by INSERT … SELECT was
measured too: it takes two to four times as long for up to ten rows, and makes and drops a table in the catalogue.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from datetime import datetime
from itertools import islice
from operator import itemgetter
from typing import Any

import msgspec
from django.db import IntegrityError, connection, transaction
from django.db.models import Model

from throughline.core.actor import Actor
from throughline.core.copying import copy

BATCH = 5_000
COPIED = 50
"""From so many rows on COPY is the faster way."""


def insert_many(model: type[Model], rows: Iterable[dict[str, Any]], *, skip_conflicts: bool = False) -> set[int]:
    """
    Insert rows given as column → value (every column but defaults of the database) and return the keys written.

    All rows have the same columns. ``skip_conflicts`` leaves out rows that a unique constraint refuses. All rows are
    asked for, and many of them while the server writes the ones before, so making one must not ask the database.
    """
    written: set[int] = set()
    rest = iter(rows)
    while batch := list(islice(rest, COPIED)):
        others = islice(rest, BATCH - COPIED)
        if len(batch) == COPIED and "id" in batch[0] and _copied(model, batch, others, skip_conflicts):
            written.update(row["id"] for row in batch)
        else:
            batch.extend(others)
            written |= _insert(model._meta.db_table, batch, skip_conflicts)
    return written


def _copied(
    model: type[Model], rows: list[dict[str, Any]], others: Iterable[dict[str, Any]], skip_conflicts: bool
) -> bool:
    """
    Append rows, and others, by COPY, and say whether that went; where it did not, one of them is there already.

    Others are put to the rows as they are asked for, so that none is lost.
    """

    def given() -> Iterator[dict[str, Any]]:
        yield from tuple(rows)
        for row in others:
            rows.append(row)
            yield row

    columns = ", ".join(f'"{name}"' for name in rows[0])
    values = map(itemgetter(*rows[0]), given())
    try:
        with transaction.atomic() if skip_conflicts else nullcontext(), connection.wrap_database_errors:
            copy(f'"{model._meta.db_table}"', columns, values, to_json=_json)
    except IntegrityError:
        if not skip_conflicts:
            raise
        return False
    return True


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _batches(rows: Sequence[dict[str, Any]]) -> Iterator[Sequence[dict[str, Any]]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]


def _insert(table: str, rows: Sequence[dict[str, Any]], skip_conflicts: bool) -> set[int]:
    columns = ", ".join(f'"{name}"' for name in rows[0])
    conflict = " ON CONFLICT DO NOTHING" if skip_conflicts else ""
    statement = (
        f'INSERT INTO "{table}" ({columns}) SELECT {columns} '
        f'FROM jsonb_populate_recordset(null::"{table}", %s::jsonb){conflict} RETURNING id'
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [msgspec.json.encode(rows).decode()])
        return {row[0] for row in cursor.fetchall()}


def defaults_of(model: type[Model]) -> dict[str, Any]:
    """Return the column → value of a fresh row, its key left out: what Django would fill in."""
    row: dict[str, Any] = {}
    for column in model._meta.concrete_fields:
        if column.primary_key:
            continue
        row[column.attname] = column.get_default() if column.has_default() else (None if column.null else "")
    return row


def update_many(model: type[Model], rows: Sequence[dict[str, Any]]) -> None:
    """
    Write columns of existing rows, given as column → value with ``id`` among them; one statement per set of columns.
    """
    by_columns: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        by_columns.setdefault(tuple(row), []).append(row)
    for columns, alike in by_columns.items():
        for batch in _batches(alike):
            _update(model._meta.db_table, columns, batch)


def _update(table: str, columns: tuple[str, ...], rows: Sequence[dict[str, Any]]) -> None:
    assignments = ", ".join(f'"{name}" = given."{name}"' for name in columns if name != "id")
    statement = (
        f'UPDATE "{table}" kept SET {assignments} '
        f'FROM jsonb_populate_recordset(null::"{table}", %s::jsonb) given WHERE kept.id = given.id'
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [msgspec.json.encode(rows).decode()])


def stamp(by: Actor, at: datetime) -> dict[str, Any]:
    """Return the columns that say who made a row and when."""
    return {"created_at": at, "created_by": by.label, "updated_at": at, "updated_by": by.label}
