"""Carrying out migrations: a batch of cases, one transaction."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from psycopg.types.json import Jsonb

from throughline.core import journal
from throughline.core.actor import Actor
from throughline.core.procedures import charts, setwise
from throughline.core.procedures.calendars import flow_calendars
from throughline.core.procedures.driver.batch import StepFailed, settle
from throughline.core.procedures.driver.case_run import CaseRun
from throughline.core.procedures.driver.load import load
from throughline.core.procedures.events import CaseMigrated, MigrationEnded
from throughline.core.procedures.migration.places import plan_for
from throughline.core.procedures.migration.rewrite import keep_due_moments, make_room
from throughline.core.procedures.models import Migration, MigrationCase
from throughline.core.recordref import RecordRef
from throughline.flow.engine import MigrationRefused, Plan, Surroundings, migrate
from throughline.flow.engine import commands as cmd

log = logging.getLogger(__name__)

AT_ONCE = 200
Status = MigrationCase.Status

_NEXT = """
SELECT m.case_id, m.places::text FROM procedures_migrationcase m
WHERE m.migration_id = %s AND m.status = 'waiting' ORDER BY m.case_id LIMIT %s FOR UPDATE SKIP LOCKED
"""
_CASES = """
SELECT id, version_id, process, status IN ('finished', 'cancelled'), state IS NULL, started_at
FROM procedures_case WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
"""


@dataclass(frozen=True, slots=True)
class _Done:
    """What became of one case. ``places``: node before, node after."""

    case: int
    status: str
    places: dict[str, str]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Begun:
    """A case that has made its first step: of which process, and since when it runs."""

    process: str
    started_at: datetime


def advance_migrations(*, at: datetime) -> int:
    """
    Move the next cases of every running migration, and return how many had their turn.

    Cases that a worker steps at the moment are left for the next time.
    """
    done = 0
    for migration in Migration.objects.filter(status=Migration.Status.RUNNING).order_by("pk"):
        done += _advance(migration, at)
    return done


def _advance(migration: Migration, at: datetime) -> int:
    try:
        return _batch(migration, at)
    except StepFailed as problem:
        log.exception("Case %s cannot be moved to another version.", problem.case, extra={"case": problem.case})
        _refuse(migration, problem)
        return 1


@transaction.atomic
def _refuse(migration: Migration, problem: StepFailed) -> None:
    why = f"The case could not go on there: {problem.problem}"
    _mark(migration, [_Done(problem.case, Status.REFUSED, {}, why)], None)


@transaction.atomic
def _batch(migration: Migration, at: datetime) -> int:
    waiting: dict[int, str] = dict(setwise.fetch(_NEXT, [migration.pk, AT_ONCE]))
    if not waiting:
        _end_if_done(migration, at)
        return 0
    rows = setwise.fetch(_CASES, [list(waiting)])
    done: list[_Done] = []
    begun: dict[int, _Begun] = {}
    for case, version, process, is_over, is_new, started_at in rows:
        if is_over or version != migration.source_id:
            done.append(_Done(case, Status.OVER, {}))
        elif is_new:
            done.append(_take_along(migration, case, process))
        else:
            begun[case] = _Begun(process, started_at)
    done += _move(migration, begun, waiting, at)
    _mark(migration, done, at)
    _tell(migration, done, at)
    return len(done)


def _take_along(migration: Migration, case: int, process: str) -> _Done:
    """Let a case that has not made its first step make it on the new version."""
    if process and process not in charts.running(migration.target_id).processes:
        return _Done(case, Status.REFUSED, {}, f"The new drawing has no process “{process}”.")
    for table, key in (("case", "id"), ("incident", "case_id")):  # an incident tells why it has not begun
        setwise.execute(f"UPDATE procedures_{table} SET version_id = %s WHERE {key} = %s", [migration.target_id, case])
    return _Done(case, Status.MOVED, {})


def _move(migration: Migration, begun: Mapping[int, _Begun], kept: Mapping[int, str], at: datetime) -> list[_Done]:
    """
    Move cases that have begun, by their keys; ``kept`` is where those that are brought back were.

    A case that an incident holds is moved, too, and stays held: a new drawing is often what it needs to be retried on.
    """
    done: list[_Done] = []
    moved: list[CaseRun] = []
    for run in load({case: [] for case in begun}, held=True).runs.values():
        plan = plan_for(migration, kept[run.id])
        before = run.state
        assert before is not None
        try:
            new = charts.running(migration.target_id, begun[run.id].process)
            _migrate(run, new, plan, by=_who(migration), at=at, started_at=begun[run.id].started_at)
        except MigrationRefused as refused:
            done.append(_Done(run.id, Status.REFUSED, {}, " ".join(each.message for each in refused.problems)))
            continue
        except charts.NoSuchProcess as missing:
            done.append(_Done(run.id, Status.REFUSED, {}, str(missing)))
            continue
        moved.append(run)
        places = {token.node: plan.target(token.node) for token in before.tokens.values()}
        done.append(_Done(run.id, Status.MOVED, places))
    if moved:
        make_room(moved)
        settle(moved)
        keep_due_moments(moved)
    return done


def _migrate(run: CaseRun, new: charts.Running, plan: Plan, *, by: Actor, at: datetime, started_at: datetime) -> None:
    """Let the kernel move one case in memory, as if it were one more command."""
    assert run.state is not None
    now = max(at, run.moved_at)
    around = Surroundings(now, run.facts, flow_calendars())
    began = {**run.arrived, 0: started_at}
    step = migrate(run.running.chart, new.chart, run.state, plan, around, began=began)
    run.running = new
    run.take(step, cmd.Migrate(new.chart.digest, dict(plan.nodes)), by, now, None)


def _who(migration: Migration) -> Actor:
    return Actor(migration.started_by_kind, migration.started_by_id, migration.started_by_label)


# --- what is kept of it -----------------------------------------------------------------------------------------------
_MARK = """
UPDATE procedures_migrationcase m
SET status = r.status, places = r.places, problem = r.problem, moved_at = CASE WHEN r.status = 'moved' THEN %s END
FROM unnest(%s::bigint[], %s::text[], %s::jsonb[], %s::text[]) AS r (case_id, status, places, problem)
WHERE m.migration_id = %s AND m.case_id = r.case_id
"""


def _mark(migration: Migration, done: Iterable[_Done], at: datetime | None) -> None:
    rows = [(each.case, each.status, Jsonb(each.places), each.problem) for each in done]
    if rows:
        setwise.execute(_MARK, [at, *setwise.columns_of(rows, 4), migration.pk])


_RECORDS = "SELECT id, record_type, record_id, sandbox FROM procedures_case WHERE id = ANY(%s)"


def _tell(migration: Migration, done: Sequence[_Done], at: datetime) -> None:
    """Leave one entry per moved case, about its record."""
    moved = {each.case: each for each in done if each.status == Status.MOVED}
    if not moved:
        return
    numbers = (migration.source.number, migration.target.number)
    facts = []
    for case, record_type, record_id, sandbox in setwise.fetch(_RECORDS, [sorted(moved)]):
        event = CaseMigrated(
            case=case,
            procedure=migration.procedure.key,
            source=numbers[0],
            target=numbers[1],
            migration=migration.pk,
            places=moved[case].places,
        )
        about = RecordRef("case", case) if record_id is None else RecordRef(record_type, record_id)
        facts.append(journal.Fact(event, about, sandbox=sandbox))
    journal.record_many(facts, by=_who(migration), at=at)


def _end_if_done(migration: Migration, at: datetime) -> None:
    """End a migration of which no case waits any more, unless another worker holds the last ones."""
    locked = Migration.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=migration.pk)
    found = locked.filter(status=Migration.Status.RUNNING).first()
    if found is not None and not found.cases.filter(status=Status.WAITING).exists():
        end(found, at=at, by=Actor.system("Throughline"))


def end(migration: Migration, *, at: datetime, by: Actor, stopped: bool = False) -> None:
    """Close a migration in the caller's transaction, and say in the journal how it went."""
    migration.status = Migration.Status.STOPPED if stopped else Migration.Status.DONE
    migration.ended_at = at
    migration.save(update_fields=["status", "ended_at"])
    ended = MigrationEnded(
        migration=migration.pk,
        moved=migration.cases.filter(status=Status.MOVED).count(),
        refused=migration.cases.filter(status=Status.REFUSED).count(),
        stopped=stopped,
    )
    journal.record(ended, by=by, at=at, about=RecordRef("procedure", migration.procedure_id))
