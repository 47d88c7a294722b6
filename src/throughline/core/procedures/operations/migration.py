"""Deciding that running cases go on by another version, stopping that, and taking it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from throughline.core import journal
from throughline.core.actor import Actor
from throughline.core.procedures import charts, permits, setwise
from throughline.core.procedures.events import MigrationStarted
from throughline.core.procedures.inbox import wake
from throughline.core.procedures.migration.carry import end
from throughline.core.procedures.migration.places import fits
from throughline.core.procedures.models import Migration, Procedure, ProcedureVersion
from throughline.core.recordref import RecordRef
from throughline.core.refusals import NotFound, Refusal

Status = Migration.Status


@transaction.atomic
def start_migration(
    *,
    procedure: str,
    source: int,
    target: int,
    by: Actor,
    at: datetime,
    reason: str,
    nodes: Mapping[str, str] | None = None,
    case_ids: Sequence[int] | None = None,
) -> Migration:
    """
    Have the running cases of version ``source`` moved to version ``target``; workers carry it out.

    ``nodes`` says where steps go that have another id in the new drawing or are gone from it; the others keep their id.
    ``case_ids``: these cases only (None: all). A case that has no place in the new drawing is left where it is, and
    says why (``queries.migration_cases``). Sandbox cases stay.

    Raises:
        NotAllowed: the person behind the actor may not publish; the sentence names who can.
        NotFound: there is no such procedure or version.
        Refusal: no reason is given, the target is not the published version, a step of the mapping does not fit
            (``fields`` by step of the old drawing), only one of the two acts, another migration of these cases is
            running, or no case runs there.
    """
    permits.require_publish(by)
    if not reason.strip():
        raise Refusal("reason_missing", "Say why; the reason is kept in the history of the cases.", "reason")
    found = _procedure(procedure)
    old, new = _version(found, source), _version(found, target)
    if new.status != ProcedureVersion.Status.PUBLISHED or old.pk == new.pk:
        raise Refusal("wrong_target", "Cases can be moved to the published version only. Publish it first.", "target")
    mapping = {step: goal for step, goal in (nodes or {}).items() if goal and goal != step}
    if old.guided != new.guided:
        raise Refusal("other_mode", "One of the two versions only watches: their cases end where they began.", "target")
    _require_fitting(old, new, mapping)
    return _write(_Wish(found, old, new, mapping, reason, case_ids=case_ids), by, at)


@transaction.atomic
def take_back_migration(*, migration_id: int, by: Actor, at: datetime, reason: str) -> Migration:
    """
    Have the cases that a migration has moved brought back to where they came from, as one action.

    Each case goes by the way it came. Those that have ended since stay ended; those that now wait at a step the old
    drawing does not have stay where they are and say why.

    Raises:
        NotAllowed: the person behind the actor may not publish; the sentence names who can.
        NotFound: there is no such migration.
        Refusal: it is still running, was taken back already, is itself a taking back, or moved no case.
    """
    permits.require_publish(by)
    done = _migration(migration_id)
    if done.status == Status.RUNNING:
        raise Refusal("still_running", "The cases are still being moved. Stop that first, then take it back.")
    if done.takes_back_id is not None:
        raise Refusal("not_undoable", "This was itself a taking back. Move the cases again instead.")
    if Migration.objects.filter(takes_back=done).exists():
        raise Refusal("taken_back", "These cases have been brought back already.")
    back = {new: old for old, new in done.nodes.items()}
    wish = _Wish(done.procedure, done.target, done.source, back, reason or done.reason, takes_back=done)
    return _write(wish, by, at)


@transaction.atomic
def stop_migration(*, migration_id: int, by: Actor, at: datetime) -> Migration:
    """
    Move no more cases; those that were moved stay moved.

    Raises:
        NotAllowed: the person behind the actor may not publish; the sentence names who can.
        NotFound: there is no such migration.
        Refusal: it has ended already.
    """
    permits.require_publish(by)
    migration = _migration(migration_id)
    if migration.status != Status.RUNNING:
        raise Refusal("already_ended", "All cases have had their turn already. Take it back if it was wrong.")
    end(migration, at=at, by=by, stopped=True)
    return migration


# --- writing it down --------------------------------------------------------------------------------------------------
_ALL = """
INSERT INTO procedures_migrationcase (migration_id, case_id, status, places, problem)
SELECT %s, id, 'waiting', '{}', '' FROM procedures_case
WHERE version_id = %s AND status IN ('starting', 'running') AND NOT sandbox AND (%s::bigint[] IS NULL OR id = ANY(%s))
"""
_MOVED = """
INSERT INTO procedures_migrationcase (migration_id, case_id, status, places, problem)
SELECT %s, case_id, 'waiting', places, '' FROM procedures_migrationcase WHERE migration_id = %s AND status = 'moved'
"""


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is to be moved: from a version to another, by a mapping of steps; these cases, or those of a migration."""

    procedure: Procedure
    old: ProcedureVersion
    new: ProcedureVersion
    nodes: Mapping[str, str]
    reason: str
    case_ids: Sequence[int] | None = None
    takes_back: Migration | None = None


def _write(wish: _Wish, by: Actor, at: datetime) -> Migration:
    _require_no_other(wish.procedure)
    migration = Migration.objects.create(
        procedure=wish.procedure,
        source=wish.old,
        target=wish.new,
        nodes=dict(wish.nodes),
        takes_back=wish.takes_back,
        reason=wish.reason,
        total=0,
        started_at=at,
        started_by_kind=by.kind,
        started_by_id=by.id,
        started_by_label=by.label,
    )
    migration.total = _choose_cases(migration, wish)
    migration.save(update_fields=["total"])
    started = MigrationStarted(
        migration=migration.pk,
        source=wish.old.number,
        target=wish.new.number,
        nodes=dict(wish.nodes),
        total=migration.total,
        reason=wish.reason,
        takes_back=None if wish.takes_back is None else wish.takes_back.pk,
    )
    journal.record(started, by=by, at=at, about=RecordRef("procedure", wish.procedure.pk))
    wake()
    return migration


def _require_no_other(procedure: Procedure) -> None:
    running = Migration.objects.filter(procedure=procedure, status=Status.RUNNING).first()
    if running is not None:
        raise Refusal(
            "already_running",
            f"{running.started_by_label} is having cases of “{procedure.name}” moved already. Wait until that has"
            " ended, or stop it.",
        )


def _choose_cases(migration: Migration, wish: _Wish) -> int:
    if wish.takes_back is not None:
        chosen = setwise.execute(_MOVED, [migration.pk, wish.takes_back.pk])
    else:
        only = None if wish.case_ids is None else list(wish.case_ids)
        chosen = setwise.execute(_ALL, [migration.pk, wish.old.pk, only, only])
    if not chosen:
        raise Refusal("no_cases", f"No case of “{wish.procedure.name}” is there to be moved.")
    return chosen


def _require_fitting(old: ProcedureVersion, new: ProcedureVersion, nodes: Mapping[str, str]) -> None:
    before, after = charts.running(old.pk).chart, charts.running(new.pk).chart
    wrong: dict[str, str] = {}
    for step, goal in nodes.items():
        why = fits(before, after, step, goal, nodes)
        if why:
            wrong[step] = why
    if wrong:
        raise Refusal("wrong_mapping", " ".join(wrong.values()), fields=wrong)


def _procedure(key: str) -> Procedure:
    procedure = Procedure.objects.select_for_update().filter(key=key).first()
    if procedure is None:
        raise NotFound(f"There is no procedure “{key}”.")
    return procedure


def _version(procedure: Procedure, number: int) -> ProcedureVersion:
    version = procedure.versions.defer("bpmn").filter(number=number).first()
    if version is None or version.status == ProcedureVersion.Status.DRAFT:
        raise NotFound(f"“{procedure.name}” has no published version {number}.")
    return version


def _migration(migration_id: int) -> Migration:
    locked = Migration.objects.select_for_update(of=("self",)).select_related("procedure", "source", "target")
    migration = locked.filter(pk=migration_id).first()
    if migration is None:
        raise NotFound("There is no such moving of cases.")
    return migration
