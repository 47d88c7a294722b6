"""
Taking an import back as one action: what it made goes into the bin, what it changed has its values back.

A record that somebody has changed since is left as it is, and so is a field that was changed since; both are told.
Cases that travel with the records are ended by ``core.procedures.undoing``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.events import RecordDeleted
from throughline.core.records.imports.along import brought_along, take_along
from throughline.core.records.imports.events import ImportUndone
from throughline.core.records.imports.models import Import, ImportedRecord, Outcome
from throughline.core.records.imports.operations import own_import
from throughline.core.records.operations import Change, Edit, update_records, write_changes
from throughline.core.records.spec import RecordSpec
from throughline.core.records.values import plain
from throughline.core.refusals import Conflict

AT_ONCE = 2_000
TAKEN_BACK = "Its import was taken back."


@transaction.atomic
def undo_import(*, import_id: int, by: Actor, at: datetime, along: bool = False) -> tuple[Import, list[RecordRef]]:
    """
    Take an import back, all in one transaction; return it with the records that went into the bin.

    With ``along`` also what it made beside its records (the persons behind enquiries), as far as nobody touched it
    since and nothing else points at it.

    Raises:
        NotFound: it is not the actor's.
        NotAllowed: the actor may not import such records.
        Conflict: it still runs, or was taken back already.
    """
    run = own_import(import_id=import_id, by=by, lock=True)
    spec = registry.get(run.record_type)
    access.require(by, access.IMPORT, spec)
    if run.status not in (Import.Status.DONE, Import.Status.STOPPED):
        raise Conflict("Only an import that has ended can be taken back, and only once.")
    beside = brought_along(run, by) if along else []
    binned: list[RecordRef] = []
    left: list[dict[str, Any]] = []
    restored = 0
    rows = ImportedRecord.objects.filter(run=run)
    for outcome in (Outcome.UPDATED, Outcome.CREATED):
        keys = list(rows.filter(outcome=outcome).order_by("-pk").values_list("pk", flat=True))
        for begin in range(0, len(keys), AT_ONCE):
            some = list(rows.filter(pk__in=keys[begin : begin + AT_ONCE]).order_by("-pk"))
            if outcome == Outcome.CREATED:
                binned += _bin(spec, some, left, by, at)
            else:
                restored += _restore(spec, some, left, by, at)
    binned += take_along(beside, reason=TAKEN_BACK, by=by, at=at)
    run.status, run.undone_at, run.undone_by, run.left = Import.Status.UNDONE, at, by.label, left
    run.staged.all().delete()
    run.save()
    event = ImportUndone(
        record_type=run.record_type, file_name=run.file_name, binned=len(binned), restored=restored, left=len(left)
    )
    journal.record(event, by=by, at=at, about=RecordRef("import", run.pk))
    return run, binned


def _locked(spec: RecordSpec, rows: Sequence[ImportedRecord]) -> dict[int, Any]:
    found = spec.model._default_manager.filter(pk__in={row.record_id for row in rows}, deleted_at=None)
    return {
        record.pk: record
        for record in found.select_related(*spec.select_related).order_by("pk").select_for_update(of=("self",))
    }


def _bin(
    spec: RecordSpec, rows: Sequence[ImportedRecord], left: list[dict[str, Any]], by: Actor, at: datetime
) -> list[RecordRef]:
    records = _locked(spec, rows)
    changes = []
    for row in rows:
        record = records.get(row.record_id)
        if record is None:
            continue
        if record.version != row.version:
            left.append(_left(spec, record, row, "It was changed since and stays."))
            continue
        record.deleted_at, record.deleted_by = at, by.label
        changes.append(Change(record, {"deleted_at", "deleted_by"}, [RecordDeleted(reason=TAKEN_BACK)]))
    write_changes(spec=spec, changes=changes, by=by, at=at)
    return [RecordRef(spec.type, change.record.pk) for change in changes]


def _restore(
    spec: RecordSpec, rows: Sequence[ImportedRecord], left: list[dict[str, Any]], by: Actor, at: datetime
) -> int:
    """Give values back, the latest change first; a record that several lines changed is gone through backwards."""
    records = _locked(spec, rows)
    wishes: dict[int, dict[str, Any]] = {}
    for row in rows:
        record = records.get(row.record_id)
        if record is None:
            continue
        own = wishes.setdefault(row.record_id, {})
        kept = []
        for name, (before, after) in row.values.items():
            described = spec.by_name.get(name)
            if described is None:
                continue
            now = own[name] if name in own else plain(described.value_of(record))
            if now == after:
                own[name] = before
            else:
                kept.append(str(described.label))
        if kept:
            left.append(_left(spec, record, row, f"{', '.join(kept)} was changed since and stays."))
    edits = [Edit(key, values) for key, values in wishes.items() if values]
    if edits:
        update_records(spec=spec, edits=edits, by=by, at=at)
    return len(edits)


def _left(spec: RecordSpec, record: Any, row: ImportedRecord, sentence: str) -> dict[str, Any]:
    return {"line": row.line, "record_id": record.pk, "title": spec.title(record), "sentence": sentence}
