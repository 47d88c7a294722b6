"""Making contacts and organizations set-wise, from rows of stored values by field name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from throughline.core import journal
from throughline.core.actor import Actor
from throughline.core.recordref import RecordRef
from throughline.core.records import bulk, registry, search
from throughline.core.records.models import Record
from throughline.core.records.spec import Created, RecordSpec
from throughline.core.records.text import fold
from throughline.crm.people.events import ContactAdded, OrganizationAdded
from throughline.crm.people.rules import domain_of, full_name, sort_name, split_name

Row = Mapping[str, Any]


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


LINKS = {"owner", "team", "organization", "reports_to", "parent", "contact"}


def as_columns(row: Row) -> dict[str, Any]:
    """Return values by field name as values by column name."""
    return {f"{name}_id" if name in LINKS else name: value for name, value in row.items()}


@transaction.atomic
def create_contacts(rows: Sequence[Row], *, by: Actor, at: datetime) -> Created:
    """Make contacts; rows whose external key is known are left alone."""

    def derived(columns: dict[str, Any]) -> None:
        if not (columns["first_name"] or columns["last_name"]):
            columns["first_name"], columns["last_name"] = split_name(columns["name"])
        first, last = columns["first_name"], columns["last_name"]
        columns["name"] = full_name(first, columns["middle_name"], last) or columns["email"] or columns["phone"]
        columns["sort_name"] = sort_name(first, last, columns["name"])

    def fact(columns: dict[str, Any]) -> journal.JournalEvent:
        return ContactAdded(name=columns["name"], email=columns["email"], source=columns["source"])

    return _create(registry.get("contact"), rows, derive=derived, fact=fact, by=by, at=at)


@transaction.atomic
def create_organizations(rows: Sequence[Row], *, by: Actor, at: datetime) -> Created:
    """Make organizations; rows whose external key is known are left alone."""

    def derived(columns: dict[str, Any]) -> None:
        columns["sort_name"] = fold(columns["name"])
        columns["domain"] = columns["domain"] or domain_of(columns["website"])

    def fact(columns: dict[str, Any]) -> journal.JournalEvent:
        return OrganizationAdded(name=columns["name"], source=columns["source"])

    return _create(registry.get("organization"), rows, derive=derived, fact=fact, by=by, at=at)


def _create(
    spec: RecordSpec,
    rows: Sequence[Row],
    *,
    derive: Callable[[dict[str, Any]], None],
    fact: Callable[[dict[str, Any]], journal.JournalEvent],
    by: Actor,
    at: datetime,
) -> Created:
    model = spec.model
    chosen = fresh(model, rows)
    keys = bulk.new_ids(model, len(chosen))
    blank = bulk.defaults_of(model) | bulk.stamp(by, at)
    documents = []
    for key, (_, row) in zip(keys, chosen, strict=True):
        columns = {**blank, **as_columns(row), "id": key}
        derive(columns)
        documents.append(columns)
    written = bulk.insert_many(model, documents, skip_conflicts=True)
    search.feed_ids(spec, sorted(written))
    facts = [
        journal.Fact(fact(columns), RecordRef(spec.type, columns["id"]))
        for columns in documents
        if columns["id"] in written
    ]
    journal.record_many(facts, by=by, at=at)
    ids: list[int | None] = [None] * len(rows)
    for key, (place, _) in zip(keys, chosen, strict=True):
        ids[place] = key if key in written else None
    return Created(ids, len(rows) - len(written))
