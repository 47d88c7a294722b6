"""The steps of an import before it runs: staged, mapped, tried, begun; and what is decided of lines put aside."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.copying import copy, in_parts
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.imports.events import ImportDiscarded
from throughline.core.records.imports.faults import FileRefused, Problem
from throughline.core.records.imports.guessing import guess_columns
from throughline.core.records.imports.lines import AT_ONCE, LineReader, Staged
from throughline.core.records.imports.models import Import, Policy, StagedRow
from throughline.core.records.imports.tables import read_table
from throughline.core.records.imports.writing import Line, Writer
from throughline.core.records.mapping import ImportMapping
from throughline.core.records.spec import RecordSpec
from throughline.core.refusals import Conflict, NotFound, Refusal

LARGEST = 200 * 1024**2
"""Bytes of a file."""
TRIED = 5_000
"""So many lines a trial carries out."""
SHOWN = 20
STAGED_AT_ONCE = 10_000


@transaction.atomic
def stage_file(*, spec: RecordSpec, content: bytes, file_name: str, by: Actor, at: datetime) -> Import:
    """
    Take in a file to be imported, with what its columns seem to be. Nothing is imported yet.

    Raises:
        NotAllowed: the actor may not import such records.
        Refusal: records of this type cannot be imported, or the file is too large.
        FileRefused: it is no table.
    """
    access.require(by, access.IMPORT, spec)
    if spec.create_many is None:
        raise Refusal("not_importable", f"{spec.plural} cannot be imported from a file.")
    if len(content) > LARGEST:
        raise Refusal("file_too_large", f"The file is larger than {LARGEST // 1024**2} MB. Split it.", "file")
    table = read_table(content, file_name)
    run = Import.objects.create(
        record_type=spec.type,
        file_name=file_name[:255],
        sha256=hashlib.sha256(content).hexdigest(),
        header=table.header,
        actor_kind=by.kind,
        actor_id=by.id,
        by=by.label,
        at=at,
    )
    batch: list[tuple[int, int, str, str, None]] = []
    for line, cells in table.rows():
        if len(cells) != len(table.header):
            expected = f"Expected {len(table.header)} cells as in the first line, but there are {len(cells)}."
            raise FileRefused([Problem(line, "", expected)])
        batch.append((run.pk, line, msgspec.json.encode(cells).decode(), "", None))
        if len(batch) == STAGED_AT_ONCE:
            run.lines += _stage(batch)
    run.lines += _stage(batch)
    if not run.lines:
        raise FileRefused([Problem(1, "", "The file has a header, but no lines below it.")])
    guesses = guess_columns(spec, run.header, sample(run))
    run.mapping = msgspec.to_builtins(
        ImportMapping(
            columns={guess.name: guess.field for guess in guesses if guess.field},
            dates={guess.name: guess.orders[0] for guess in guesses if guess.field and len(guess.orders) == 1},
        )
    )
    run.save()
    return run


def _stage(batch: list[Any]) -> int:
    count = len(batch)
    copy("imports_stagedrow", "run_id, line, cells, problem, held_for", batch)
    batch.clear()
    return count


def sample(run: Import, most: int = 2_000) -> list[list[str]]:
    """Return the first lines of a staged file."""
    return list(run.staged.order_by("line").values_list("cells", flat=True)[:most])


def own_import(*, import_id: int, by: Actor, lock: bool = False) -> Import:
    """
    Return an import that is the actor's own, or of a type that administrators look after.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    rows = Import.objects.select_for_update() if lock else Import.objects.all()
    run = rows.filter(pk=import_id).first()
    if run is None or not may_see(run, by):
        raise NotFound("There is no such import, or it is somebody else's. Look at the list of imports.")
    return run


def may_see(run: Import, by: Actor) -> bool:
    """Whether an import is the actor's own, or the actor sees every record of its type and may import them."""
    user = access.user_of(by)
    if user is None or (run.actor_kind, run.actor_id) == (by.kind, by.id):
        return True
    scope = access.grants(user).scope
    return all(scope(run.record_type, action) is access.Scope.ALL for action in (access.VIEW, access.IMPORT))


@transaction.atomic
def set_mapping(*, import_id: int, mapping: ImportMapping, policy: str, by: Actor, at: datetime) -> Import:
    """
    Say which column is which field, how days are written, what values mean, and what happens with known ones.

    Raises:
        NotFound: it is not the actor's.
        Refusal: the mapping makes no sense, or the import has begun.
    """
    run = _draft(import_id, by)
    if policy not in Policy.values:
        raise Refusal("unknown_policy", "Choose what happens with lines that are known already.", "policy")
    run.mapping, run.policy, run.at = msgspec.to_builtins(mapping), policy, at
    LineReader(registry.get(run.record_type), run)
    run.save()
    return run


def _draft(import_id: int, by: Actor) -> Import:
    run = own_import(import_id=import_id, by=by, lock=True)
    if run.status != Import.Status.DRAFT:
        raise Conflict("This import has begun already. Look at its page.")
    return run


@dataclass(slots=True)
class Trial:
    """What an import would do with the lines that were tried."""

    tried: int = 0
    created: int = 0
    updated: int = 0
    existing: int = 0
    held: int = 0
    refused: int = 0
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def try_import(*, import_id: int, by: Actor, at: datetime) -> Trial:
    """
    Carry out the first lines and take them back; return what came of them. The rest is read.

    Raises:
        NotFound, Refusal: as ``set_mapping``.
    """
    with transaction.atomic():
        run = _draft(import_id, by)
        spec = registry.get(run.record_type)
        reader = LineReader(spec, run)
        trial = Trial(notes=reader.notes)
        lines: list[Line] = []
        for some in in_parts(Staged(run).rows(), AT_ONCE):
            read, problems = reader.read(some)
            trial.refused += len(some) - len(read)
            trial.problems += problems[: max(0, SHOWN - len(trial.problems))]
            lines += read[: max(0, TRIED - len(lines))]
        reader.take_out(lines)
        written = Writer(spec, run.policy, by, at).write(lines)
        transaction.set_rollback(True)
    trial.tried = len(lines)
    trial.created, trial.updated = len(written.created), len(written.changed)
    trial.existing, trial.held = len(written.existing), len(written.held)
    trial.refused += len(written.refused)
    for line, sentence in written.refused[: max(0, SHOWN - len(trial.problems))]:
        trial.problems.append(Problem(line, "", sentence))
    return trial


@transaction.atomic
def begin_import(*, import_id: int, by: Actor, at: datetime) -> Import:
    """
    Let a worker carry the import out.

    Raises:
        NotFound, Refusal: as ``set_mapping``; or the mapping leaves the order of days open.
    """
    run = _draft(import_id, by)
    reader = LineReader(registry.get(run.record_type), run)
    run.mapping["dates"] = reader.said_orders()
    run.notes = reader.notes
    run.status, run.at = Import.Status.RUNNING, at
    run.save()
    return run


@transaction.atomic
def resume_import(*, import_id: int, by: Actor, at: datetime) -> Import:
    """
    Let an import that was stopped go on after its last line; one that runs or is done is returned as it is.

    Raises:
        NotFound: it is not the actor's.
        NotAllowed: the actor may not import such records.
        Conflict: it has not begun, or was taken back.
    """
    run = own_import(import_id=import_id, by=by, lock=True)
    access.require(by, access.IMPORT, registry.get(run.record_type))
    if run.status == Import.Status.DRAFT:
        raise Conflict("This import has not begun. Start it on its page.")
    if run.status == Import.Status.UNDONE:
        raise Conflict("This import was taken back. Import the file again.")
    if run.status == Import.Status.STOPPED:
        run.status, run.problem, run.at = Import.Status.RUNNING, "", at
        run.save()
    return run


@dataclass(frozen=True, slots=True)
class HeldLine:
    """A line that waits for a decision: what stands in it, and the known record that it may mean."""

    line: int
    cells: Sequence[str]
    record_id: int
    number: str
    title: str


def held_lines(run: Import, *, limit: int | None = None) -> list[HeldLine]:
    """Return the first lines of an import that were put aside, in order. Two queries."""
    spec = registry.get(run.record_type)
    rows = list(run.staged.exclude(held_for=None).order_by("line")[:limit]) if run.held else []
    known = spec.model._default_manager.select_related(*spec.related).in_bulk([row.held_for for row in rows])
    return [
        HeldLine(row.line, row.cells, record.pk, record.number, spec.title(record))
        for row in rows
        if (record := known.get(row.held_for)) is not None
    ]


@transaction.atomic
def decide_held(*, import_id: int, lines: Sequence[int], policy: str, by: Actor, at: datetime) -> Import:
    """
    Carry out lines that were put aside, now that somebody has said what they are.

    Raises:
        NotFound: it is not the actor's.
        NotAllowed: the actor may not import such records.
        Conflict: it was taken back or stopped, or one of the lines does not wait (any more); nothing was changed.
        Refusal: the decision is none.
    """
    from throughline.core.records.imports.running import carry_out

    if policy not in (Policy.SKIP, Policy.UPDATE, Policy.CREATE):
        raise Refusal("unknown_policy", "Say whether it is the same, another one, or to be left out.", "policy")
    run = own_import(import_id=import_id, by=by, lock=True)
    access.require(by, access.IMPORT, registry.get(run.record_type))
    if run.status not in (Import.Status.DONE, Import.Status.RUNNING):
        raise Conflict("This import was taken back or stopped. Look at its page.")
    rows = StagedRow.objects.filter(run=run, line__in=lines).exclude(held_for=None)
    chosen = list(rows.order_by("line").values_list("line", "cells"))
    if others := sorted(set(lines) - {line for line, _cells in chosen}):
        first, more = ", ".join(map(str, others[:SHOWN])), " …" if len(others) > SHOWN else ""
        raise Conflict(f"No decision is waited for on line {first}{more}. Look at what waits, and choose again.")
    rows.update(held_for=None)
    run.held -= len(chosen)
    carry_out(run, chosen, policy=policy, by=by, at=at)
    run.save()
    return run


@transaction.atomic
def discard(*, import_id: int, by: Actor, at: datetime) -> None:
    """
    Forget a file that was not imported yet.

    Raises:
        NotFound, Conflict: it is not the actor's, or has begun.
    """
    run = _draft(import_id, by)
    event = ImportDiscarded(record_type=run.record_type, file_name=run.file_name)
    journal.record(event, by=by, at=at, about=RecordRef("import", run.pk))
    run.delete()
