"""
Making records set-wise from rows of stored values by field name: what importing and capturing have in common.

A type says how a row's derived columns are filled and what the journal tells; the rest is the same for all: rows whose
external key is kept already are left alone, keys are drawn before the rows are written, rows, search and journal are
each written with one statement per few thousand.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from throughline.core import journal
from throughline.core.actor import Actor
from throughline.core.arrays import any_text
from throughline.core.copying import take_keys
from throughline.core.recordref import RecordRef
from throughline.core.records import bulk, search
from throughline.core.records.custom import computed, rules
from throughline.core.records.models import Record
from throughline.core.records.spec import Created, RecordSpec
from throughline.core.records.stored import to_keep
from throughline.core.refusals import Refusal

Row = Mapping[str, Any]
Columns = dict[str, Any]


def known_external_ids(model: type[Record], rows: Sequence[Row]) -> set[str]:
    """Return which external keys of the rows are kept already."""
    keys = [row["external_id"] for row in rows if row.get("external_id")]
    if not keys:
        return set()
    return set(model._default_manager.filter(any_text("external_id", keys)).values_list("external_id", flat=True))


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


def in_columns(spec: RecordSpec, names: Iterable[str]) -> Callable[[Row], Columns]:
    """
    Return what turns values of these fields into values by column name; those of custom fields lie in one column
    together, fields that are not among ``names`` are left out.
    """
    fields = [spec.field(name) for name in sorted(names)]
    own = [(described.name, described.column) for described in fields if not described.custom]
    customs = [described.name for described in fields if described.custom]

    def columns_of(row: Row) -> Columns:
        columns = {column: row[name] for name, column in own if name in row}
        custom = {name: kept for name in customs if name in row and (kept := to_keep(row[name])) is not None}
        return {**columns, "custom": custom} if custom else columns

    return columns_of


def settled_rows(spec: RecordSpec, rows: Iterable[Columns], at: datetime) -> Iterable[Columns]:
    """
    Return new rows with their formulas worked out, the rules of their type asked of all before the first is given.

    Where there are none, the rows are not asked for: they may be made while they are written.

    Raises:
        Refusal: a rule does not hold; the sentence names the row.
    """
    if not rules.is_bound(spec):
        return rows
    made = list(rows)
    for columns in made:
        try:
            rules.settle_row(spec, columns, at)
        except Refusal as refused:
            called = columns.get("external_id") or columns.get("name") or columns.get("subject") or ""
            named = f"{called}: {refused.message}" if called else refused.message
            raise Refusal(refused.code, named, fields=refused.fields) from refused
    return made


def count_in(spec: RecordSpec, written: Collection[int], at: datetime) -> None:
    """Let the roll-ups that count records of the type know new ones."""
    computed.roll_up(spec, computed.pointed_at_before(spec, sorted(written)), at=at)


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
    columns_of = in_columns(spec, set().union(*(row for _, row in chosen)))
    documents = []
    for key, (_, row) in zip(take_keys(spec.model._meta.db_table, len(chosen)), chosen, strict=True):
        columns = {**blank, **columns_of(row), "id": key}
        derive(columns)
        documents.append(columns)
    written = bulk.insert_many(spec.model, settled_rows(spec, documents, at), skip_conflicts=True)
    search.feed_ids(spec, sorted(written))
    count_in(spec, written, at)
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
