"""
Carrying imports out: a batch per transaction, by a cursor. See the package for what that promises.
"""

from __future__ import annotations

import csv
import io
import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection, transaction

from throughline.core import journal
from throughline.core.actor import Actor
from throughline.core.copying import copy
from throughline.core.recordref import RecordRef
from throughline.core.records import registry, search
from throughline.core.records.events import RecordsImported
from throughline.core.records.importing import linked
from throughline.core.records.imports.faults import Problem
from throughline.core.records.imports.lines import LineReader, staged
from throughline.core.records.imports.models import Import, ImportedRecord, Outcome, StagedRow
from throughline.core.records.imports.writing import Writer, Written
from throughline.core.records.operations import Edit, update_records
from throughline.core.refusals import Refusal

log = logging.getLogger(__name__)

BATCH = 5_000
LINKS = " links"
"""Among the values of an imported record: names of records of the same file that it is to be linked with."""

Cells = Sequence[tuple[int, list[str]]]


def advance_imports(*, at: datetime) -> int:
    """Carry out the next batch of every running import; return how many lines had their turn."""
    running = Import.objects.filter(status=Import.Status.RUNNING).order_by("pk").values_list("pk", flat=True)
    return sum(advance_import(import_id=key, at=at) for key in list(running))


def advance_import(*, import_id: int, at: datetime) -> int:
    """
    Carry out the next batch of one import; return how many lines had their turn: none when it is not running, or while
    somebody else is at it. What cannot go on is stopped, with its reason.
    """
    rows = Import.objects.filter(pk=import_id)
    try:
        with transaction.atomic():
            run = rows.select_for_update(skip_locked=True).filter(status=Import.Status.RUNNING).first()
            return 0 if run is None else _batch(run, at)
    except Refusal as refusal:
        rows.update(status=Import.Status.STOPPED, problem=refusal.message)
    except Exception:
        log.exception("Import %s cannot go on.", import_id)
        sentence = "Something failed that should not have. What was imported so far can be taken back."
        rows.update(status=Import.Status.STOPPED, problem=sentence)
    return 1


def _batch(run: Import, at: datetime) -> int:
    cells = staged(run, after=run.cursor, limit=BATCH)
    by = Actor(run.actor_kind, run.actor_id, run.by)
    if cells:
        carry_out(run, cells, policy=run.policy, by=by, at=at)
        run.cursor = cells[-1][0]
        run.passed += len(cells)
    if len(cells) < BATCH:
        _finish(run, by, at)
    run.save()
    return len(cells) or 1


def carry_out(run: Import, cells: Cells, *, policy: str, by: Actor, at: datetime) -> None:
    """Carry out lines and keep what came of each, in the transaction of the caller, who saves the import."""
    spec = registry.get(run.record_type)
    reader = LineReader(spec, run)
    lines, problems = reader.read(cells)
    links = reader.take_out(lines)
    with search.fed_behind():
        written = Writer(spec, policy, by, at).write(lines)
    written.refused += _sentences(problems)
    _keep(run, written, links)
    _remark(run, reader)
    run.created += len(written.created)
    run.updated += len(written.changed)
    run.existing += len(written.existing)
    run.held += len(written.held)
    run.refused += len(written.refused)


def _sentences(problems: Iterable[Problem]) -> list[tuple[int, str]]:
    """Return what is wrong with each line as one text."""
    by_line: dict[int, list[str]] = {}
    for each in problems:
        by_line.setdefault(each.line, []).append(f"{each.column}: {each.message}".removeprefix(": "))
    return [(line, " ".join(sentences)) for line, sentences in by_line.items()]


def _keep(run: Import, written: Written, links: dict[int, dict[str, str]]) -> None:
    rows: list[tuple[Any, ...]] = [
        (run.pk, line, run.record_type, key, Outcome.CREATED.value, 1, _json(_linked_later(links, line)))
        for line, key in written.created
    ]
    rows += [
        (run.pk, each.line, run.record_type, each.record_id, Outcome.UPDATED.value, each.version,
         _json(each.values | _linked_later(links, each.line)))
        for each in written.changed
    ]  # fmt: skip
    copy("imports_importedrecord", "run_id, line, record_type, record_id, outcome, version, values", rows)
    _mark(run, "problem", written.refused)
    _mark(run, "held_for", written.held)


def _linked_later(links: dict[int, dict[str, str]], line: int) -> dict[str, Any]:
    return {LINKS: links[line]} if line in links else {}


def _json(values: dict[str, Any]) -> str:
    return msgspec.json.encode(values).decode()


def _mark(run: Import, column: str, lines: Sequence[tuple[int, Any]]) -> None:
    if not lines:
        return
    kind = "text" if column == "problem" else "bigint"
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE imports_stagedrow s SET {column} = given.said "
            f"FROM unnest(%s::int[], %s::{kind}[]) AS given (line, said) WHERE s.run_id = %s AND s.line = given.line",
            [[line for line, _ in lines], [said for _, said in lines], run.pk],
        )


def _remark(run: Import, reader: LineReader) -> None:
    """Add the remarks of a batch to those of the import."""
    known = {each["message"]: each for each in run.warnings}
    for remark in reader.remarks():
        kept = known.get(remark.message)
        if kept is None:
            run.warnings.append({"message": remark.message, "lines": remark.lines})
        else:
            kept["lines"] += remark.lines
    run.notes = run.notes or reader.notes


def _finish(run: Import, by: Actor, at: datetime) -> None:
    _link(run, by, at)
    run.status, run.finished_at = Import.Status.DONE, at
    StagedRow.objects.filter(run=run, problem="", held_for=None).delete()
    event = RecordsImported(
        record_type=run.record_type,
        file_name=run.file_name,
        sha256=run.sha256,
        created=run.created,
        existing=run.existing + run.updated,
        warnings=sum(len(each["lines"]) for each in run.warnings),
    )
    journal.record(event, by=by, at=at, about=RecordRef("import", run.pk))


def _link(run: Import, by: Actor, at: datetime) -> None:
    """Link records of the file with each other, now that all are there; a name that leads nowhere is remarked."""
    spec = registry.get(run.record_type)
    rows = list(ImportedRecord.objects.filter(run=run, values__has_key=LINKS).order_by("line"))
    edits, lost = [], []
    for row in rows:
        values = {}
        for name, text in row.values.pop(LINKS).items():
            try:
                values[name] = linked(spec.field(name), text)
            except ValueError:
                lost.append(row.line)
        if values:
            edits.append((row, Edit(row.record_id, values)))
    if edits:
        after = update_records(spec=spec, edits=[edit for _, edit in edits], by=by, at=at)
        for (row, edit), record in zip(edits, after, strict=True):
            row.version = record.version
            if row.outcome == Outcome.UPDATED:
                row.values |= {name: [None, value] for name, value in edit.values.items()}
    ImportedRecord.objects.bulk_update(rows, ["values", "version"], batch_size=2000)
    if lost:
        run.warnings.append({"message": f"The linked {spec.label.lower()} is not there.", "lines": lost})


def error_file(run: Import) -> str:
    """Return the lines that were refused as CSV, with a column that says why."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["Line", "Problem", *run.header])
    rows = run.staged.exclude(problem="").order_by("line").values_list("line", "problem", "cells")
    for line, problem, cells in rows.iterator(chunk_size=2000):
        writer.writerow([line, problem, *map(_harmless, cells)])
    return out.getvalue()


def _harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in "=+-@\t" and cell[1:2].isalpha() else cell
