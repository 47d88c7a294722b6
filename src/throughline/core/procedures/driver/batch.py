"""One batch: one transaction, from claiming commands to everything they led to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from throughline.core.procedures import messaging, setwise
from throughline.core.procedures.calendars import flow_calendars
from throughline.core.procedures.driver.case_run import CaseRun
from throughline.core.procedures.driver.claim import Claimed, claim
from throughline.core.procedures.driver.dispatch import dispatch
from throughline.core.procedures.driver.load import load, refresh_facts
from throughline.core.procedures.driver.perform import perform
from throughline.core.procedures.driver.wishes import write_wishes
from throughline.core.procedures.driver.write import write
from throughline.core.records.unit_of_work import WriteFailed, unit_of_work
from throughline.flow.engine import commands as cmd

ROUNDS = 1000
"""How often actions of one batch may lead to further actions before a loop without a wait is assumed."""


class StepFailed(Exception):
    """Stepping one case raised: a fault of the kernel, of a stored state, or a loop of actions."""

    def __init__(self, case: int, problem: Exception) -> None:
        super().__init__(f"case {case}: {type(problem).__name__}: {problem}")
        self.case = case
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Worked:
    """
    What one batch did: how many commands it took from the inbox, of how many cases, and how many wishes it wrote.

    ``due``: when the timers were due whose steps it made.
    """

    commands: int = 0
    cases: int = 0
    wishes: int = 0
    due: tuple[datetime, ...] = ()

    def __add__(self, other: Worked) -> Worked:
        return Worked(
            self.commands + other.commands, self.cases + other.cases, self.wishes + other.wishes, self.due + other.due
        )


def work_off(*, limit: int, at: datetime, cases: Sequence[int] | None = None) -> Worked:
    """
    Work off up to ``limit`` commands of the inbox (of these ``cases`` only, if given) in one transaction.

    Records are written once for all that happens to them in the batch. Where the database refuses such a row, the batch
    is done again with each action writing at once, so that the action at fault fails and no other.

    Raises:
        StepFailed: a case could not be stepped; nothing of the batch was done.
    """
    try:
        return _work_off(limit, at, cases, write_once=True)
    except WriteFailed:
        return _work_off(limit, at, cases, write_once=False)


def _work_off(limit: int, at: datetime, cases: Sequence[int] | None, write_once: bool) -> Worked:
    with transaction.atomic():
        claimed = claim(limit, cases)
        if not claimed:
            return Worked()
        loaded = load(claimed)
        _park(loaded.held)
        runs = list(loaded.runs.values())
        due = tuple(_due_moments(runs))
        wishes = settle(runs, write_once=write_once)
        refused = [(order, run.sandbox) for run in runs for order in run.refused]
        _put_back([*refused, *((order, False) for order in loaded.over)], at)
        done = [order for run in runs for order in claimed[run.id]] + loaded.over
        _delete(done)
    return Worked(len(done) + len(loaded.held), len(runs) + len(loaded.held), wishes, due)


def _due_moments(runs: Iterable[CaseRun]) -> Iterator[datetime]:
    """Give when the timers were due that are among the commands; asked before the step, which ends them."""
    for run in runs:
        for order in run.claimed:
            if isinstance(order.command, cmd.TimerDue) and run.before is not None:
                wait = run.before.waits.get(order.command.timer)
                if wait is not None and wait.due_at is not None:
                    yield wait.due_at


def settle(runs: Sequence[CaseRun], *, write_once: bool = False) -> int:
    """
    Step cases until they rest and write everything they led to, in the caller's transaction; return how many wishes.

    ``write_once``: see ``core.records.unit_of_work``.

    Raises:
        StepFailed: a case could not be stepped; the transaction must be undone.
        WriteFailed: with ``write_once`` only; the transaction must be undone.
    """
    with unit_of_work() if write_once else nullcontext():
        _run_all(runs)
    write(runs)
    wishes = write_wishes(runs)
    dispatch(runs)
    return wishes


def _run_all(runs: Iterable[CaseRun]) -> None:
    hours = flow_calendars()
    active = list(runs)
    for _ in range(ROUNDS):
        for run in active:
            try:
                run.step(hours)
            except Exception as problem:  # the kernel asks nobody: it is this case's own fault
                raise StepFailed(run.id, problem) from problem
        active = perform(active)
        if not active:
            return
        refresh_facts(active)
    loop = RuntimeError(
        f"Expected actions to come to rest within {ROUNDS} rounds, but they lead to each other for ever."
    )
    raise StepFailed(active[0].id, loop)


def _park(cases: Sequence[int]) -> None:
    if cases:
        setwise.execute("UPDATE procedures_inbox SET parked = true WHERE case_id = ANY(%s)", [list(cases)])


def _put_back(orders: Iterable[tuple[Claimed, bool]], at: datetime) -> None:
    for order, sandbox in orders:
        if order.letter is not None and isinstance(order.command, cmd.ReceiveMessage):
            messaging.put_back(order.letter, order.command, by=order.by, at=at, sandbox=sandbox)


def _delete(orders: Sequence[Claimed]) -> None:
    setwise.execute("DELETE FROM procedures_inbox WHERE id = ANY(%s)", [[order.id for order in orders]])


_HOLD = "UPDATE procedures_case SET held = true WHERE id = %s RETURNING version_id, sandbox"
_HOST_INCIDENT = """
INSERT INTO procedures_incident (
    case_id, version_id, node, message, data, status, retries, opened_at, closed_by_label, resolution, sandbox
) VALUES (%s, %s, %s, %s, '{"kind": "driver", "retryable": true}', 'open', 0, %s, '', '', %s)
"""


@transaction.atomic
def hold(case: int, problem: BaseException, *, at: datetime) -> None:
    """Stop stepping a case that fails even alone: an incident says why, and its commands wait for a retry."""
    rows = setwise.fetch(_HOLD, [case])
    if not rows:
        return
    version, sandbox = rows[0]
    message = f"Expected the case to go on, but its step failed: {type(problem).__name__}: {problem}"
    setwise.execute(_HOST_INCIDENT, [case, version, "", message, at, sandbox])
    _park([case])
