"""
Making records set-wise from rows of stored values by field name: what importing and capturing have in common.

A type says how a row's derived columns are filled and what the journal tells; the rest is the same for all: rows whose
external key is kept already are left alone, keys are drawn before the rows are written, rows, search and journal are
each written with one statement per few thousand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from throughline.core import journal
from throughline.core.actor import Actor
from throughline.core.recordref import RecordRef
from throughline.core.records import bulk, search
from throughline.core.records.models import Record
from throughline.core.records.spec import Created, RecordSpec

Row = Mapping[str, Any]
Columns = dict[str, Any]


def known_external_ids(model: type[Record], rows: Sequence[Row]) -> set[str]:
    """Return which external keys of the rows are kept already."""
    keys = [row["external_id"] for row in rows if row.get("external_id")]
    return set(model._default_manager.filter(external_id__in=keys).values_list("external_id", flat=True))


def fresh(model: type[Record], rows: Sequence[Row]) -> list[tuple[int, Row]]:
    """Return the rows, with their places, that are not known by external key and do not repeat one."""
    known = known_external_ids(model, rows)
    chosen = []
    for place, row in enumerate(rows):
        key = row.get("external_id") or ""
        if key in known:
            continue
        if key:
            known.add(key)
        chosen.append((place, row))
    return chosen


def as_columns(spec: RecordSpec, row: Row) -> Columns:
    """Return values by field name as values by column name."""
    return {spec.field(name).column: value for name, value in row.items()}


def make_records(
    spec: RecordSpec,
    rows: Sequence[Row],
    *,
    derive: Callable[[Columns], None],
    fact: Callable[[Columns], journal.JournalEvent],
    by: Actor,
    at: datetime,
) -> Created:
    """
    Make records from rows, in the transaction of the caller, who has checked that the actor may.

    ``derive`` fills the derived columns of one row, all columns of the table being there; ``fact`` says what the
    journal tells of it.
    """
    chosen = fresh(spec.model, rows)
    blank = bulk.defaults_of(spec.model) | bulk.stamp(by, at)
    documents = []
    for key, (_, row) in zip(bulk.new_ids(spec.model, len(chosen)), chosen, strict=True):
        columns = {**blank, **as_columns(spec, row), "id": key}
        derive(columns)
        documents.append(columns)
    written = bulk.insert_many(spec.model, documents, skip_conflicts=True)
    search.feed_ids(spec, sorted(written))
    facts = [
        journal.Fact(fact(columns), RecordRef(spec.type, columns["id"]))
        for columns in documents
        if columns["id"] in written
    ]
    journal.record_many(facts, by=by, at=at)
    ids: list[int | None] = [None] * len(rows)
    for columns, (place, _) in zip(documents, chosen, strict=True):
        ids[place] = columns["id"] if columns["id"] in written else None
    return Created(ids, len(rows) - len(written))
