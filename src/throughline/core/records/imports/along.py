"""
What an import made along with its records: the persons behind enquiries, the organizations that people are named at.

They are told by what made them: they bear the instant and the name of a record of the import that points at them.
Taking the import back may take them along, but only those that nobody has touched since and nothing else points at.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db.models import Model

from throughline.core import access
from throughline.core.actor import Actor, ActorKind
from throughline.core.arrays import any_of
from throughline.core.journal.models import Entry
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.events import RecordDeleted
from throughline.core.records.imports.models import Import, ImportedRecord, Outcome
from throughline.core.records.merging.links import STAYS, Link, links_to
from throughline.core.records.models import Record
from throughline.core.records.operations import Change, write_changes
from throughline.core.records.spec import RecordSpec

AT_ONCE = 2_000
PEOPLE = (ActorKind.USER, ActorKind.API)
"""Actors behind whom somebody stands who means the record."""
NO_TOUCH = STAYS | {"access.participant", "teamwork.mark"}
BY_THEMSELVES = ("procedures.", "notify.")
"""Tables, and beginnings of tables, that point at records without anybody having done something to them."""


def brought_along(run: Import, by: Actor) -> list[RecordRef]:
    """
    Return what the import made beside its records and nobody touched since, as far as the actor may take it back.

    Whether something else points at them is asked when they are taken back.
    """
    spec = registry.get(run.record_type)
    made = ImportedRecord.objects.filter(run=run, outcome=Outcome.CREATED, record_type=spec.type)
    keys = list(made.order_by("pk").values_list("record_id", flat=True))
    found: dict[RecordRef, None] = {}
    for begin in range(0, len(keys), AT_ONCE):
        for other in _others(spec, by):
            some = keys[begin : begin + AT_ONCE]
            found |= dict.fromkeys(RecordRef(other.type, key) for key in _made_with(spec, other, some))
    return list(found)


def take_along(refs: Sequence[RecordRef], *, reason: str, by: Actor, at: datetime) -> list[RecordRef]:
    """Put those of the records into the bin that nothing else points at; return them. In the caller's transaction."""
    binned: list[RecordRef] = []
    for kind in sorted({ref.type for ref in refs}):
        spec, keys = registry.get(kind), [ref.id for ref in refs if ref.type == kind]
        for begin in range(0, len(keys), AT_ONCE):
            some = keys[begin : begin + AT_ONCE]
            free = sorted(set(some) - _pointed_at(spec, some))
            rows = spec.model._default_manager.filter(any_of("pk", free), deleted_at=None)
            records = rows.select_related(*spec.select_related).order_by("pk").select_for_update(of=("self",))
            changes = []
            for record in records:
                record.deleted_at, record.deleted_by = at, by.label
                changes.append(Change(record, {"deleted_at", "deleted_by"}, [RecordDeleted(reason=reason)]))
            write_changes(spec=spec, changes=changes, by=by, at=at)
            binned += [RecordRef(kind, change.record.pk) for change in changes]
    return binned


def _others(spec: RecordSpec, by: Actor) -> Iterator[RecordSpec]:
    """Yield the types that may have been made along, as far as the actor may import or delete such records."""
    user = access.user_of(by)
    for other in registry.everything():
        if other.type == spec.type or not any(True for _ in _ways(spec, other)):
            continue
        if user is None or any(access.can(user, action, other) for action in (access.IMPORT, access.DELETE)):
            yield other


def _ways(spec: RecordSpec, other: RecordSpec) -> Iterator[tuple[type[Model], str, str]]:
    """Yield tables with the columns that hold keys of both types: the type's own, and those that tie both together."""
    for model in (spec.model, *(each for each in apps.get_models() if not issubclass(each, Record))):
        own = "id" if model is spec.model else _column_to(model, spec)
        theirs = _column_to(model, other)
        if own and theirs:
            yield model, own, theirs


def _column_to(model: type[Model], spec: RecordSpec) -> str:
    columns = (each for each in model._meta.concrete_fields if each.is_relation and each.related_model is spec.model)
    return next((each.attname for each in columns), "")


def _made_with(spec: RecordSpec, other: RecordSpec, keys: Sequence[int]) -> set[int]:
    """Return the records of the other type that were made with these and that no person has touched since."""
    stamps: dict[int, list[Any]] = {
        key: stamp
        for key, *stamp in spec.model._default_manager.filter(any_of("pk", list(keys))).values_list(
            "pk", "created_at", "created_by"
        )
    }
    pairs: set[tuple[int, int]] = set()
    for model, own, theirs in _ways(spec, other):
        rows = model._default_manager.filter(**{f"{own}__in": list(keys)}).exclude(**{theirs: None})
        pairs.update(rows.values_list(own, theirs))
    there = other.model._default_manager.filter(any_of("pk", [key for _, key in pairs]), deleted_at=None, sandbox=False)
    made: dict[int, list[Any]] = {key: stamp for key, *stamp in there.values_list("pk", "created_at", "created_by")}
    found = {theirs for own, theirs in pairs if theirs in made and made[theirs] == stamps.get(own)}
    return found - _touched(other, found, {key: made[key][0] for key in found})


def _touched(spec: RecordSpec, keys: Collection[int], made_at: dict[int, datetime]) -> set[int]:
    entries = Entry.objects.filter(any_of("record_id", list(keys)), record_type=spec.type, actor_kind__in=PEOPLE)
    return {key for key, when in entries.values_list("record_id", "at") if when > made_at[key]}


def _pointed_at(spec: RecordSpec, keys: Sequence[int]) -> set[int]:
    """Return those of the records that something else stands on: a record that is there, or a row that hangs on one."""
    found: set[int] = set()
    for link in links_to(spec):
        if link.label not in NO_TOUCH and not link.label.startswith(BY_THEMSELVES):
            found.update(_rows(link, spec, keys).values_list(link.column, flat=True))
    return found


def _rows(link: Link, spec: RecordSpec, keys: Sequence[int]) -> Any:
    rows = link.model._base_manager.filter(**{f"{link.column}__in": list(keys)})
    if link.typed:
        rows = rows.filter(record_type=spec.type)
    if issubclass(link.model, Record):
        return rows.filter(deleted_at=None)
    owners = (
        (column.name, column.related_model)
        for column in link.model._meta.concrete_fields
        if column.is_relation and column.attname != link.column
    )
    for name, model in owners:
        if isinstance(model, type) and issubclass(model, Record):
            rows = rows.exclude(
                **{f"{name}__deleted_at__isnull": False}
            )  # what hangs on both counts while both are there
    return rows
