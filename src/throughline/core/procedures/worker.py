"""
``drain``: work off what waits, until nothing is due at ``at``.

Used by the worker process in a loop, and by tests and commands directly. Everything is done in batches; the size of a
batch adapts so that one takes about four tenths of a second: short enough that nobody waits for it, long enough to
spread what a batch costs whatever its size (some eighty statements for a chart with four actions in a row: 50 cases at
a time take 1.7 times the processor of 400, 100 take 1.3 times).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import OperationalError, connection

from throughline.core.procedures import gauge, messaging, outbox, schedule
from throughline.core.procedures.driver import timers
from throughline.core.procedures.driver.batch import StepFailed, Worked, hold, work_off
from throughline.core.procedures.driver.claim import next_cases
from throughline.core.procedures.driver.faults import AGAIN, is_passing, state_of

log = logging.getLogger(__name__)

SMALLEST, LARGEST = 100, 1000
TARGET_SECONDS = 0.25
"""Of our own processor per batch; with the server's part that is about four tenths of a second."""
LONGEST_SECONDS = 3.0
"""Of wall clock: a server or machine that is much slower than that gets smaller batches all the same."""
TRIES = 3
"""How often a batch is done again after a deadlock with somebody else's transaction."""


@dataclass(slots=True)
class Pace:
    """The size of the next batch, from how long the last one took."""

    size: int = 200

    def took(self, *, seconds: float, processor: float, commands: int) -> None:
        """
        Learn from a batch: double the size when it was light and full, halve it when it was heavy.

        What counts is the processor it took. Other work on the machine makes a batch longer, not larger; smaller ones
        would then only add to the load.
        """
        if processor > 2 * TARGET_SECONDS or seconds > LONGEST_SECONDS:
            self.size = max(SMALLEST, self.size // 2)
        elif processor < TARGET_SECONDS and commands >= self.size:
            self.size = min(LARGEST, self.size * 2)


@dataclass(slots=True)
class Drained:
    """
    What was done.

    ``commands`` worked off, ``cases`` stepped (one counts once per batch), ``wishes`` for outside actions written,
    outside actions ``performed`` (tried), ``timers`` that fell due, and cases ``held`` with an incident.
    """

    commands: int = 0
    cases: int = 0
    wishes: int = 0
    performed: int = 0
    timers: int = 0
    held: int = 0

    def add(self, worked: Worked) -> None:
        """Count a batch."""
        self.commands += worked.commands
        self.cases += worked.cases
        self.wishes += worked.wishes


def drain(
    *,
    at: datetime,
    limit: int | None = None,
    outside: bool = True,
    clock: Callable[[], datetime] | None = None,
    pace: Pace | None = None,
) -> Drained:
    """
    Do everything that is due at ``at``, at most about ``limit`` commands, and say what was done.

    Round by round: due timers, early messages and schedules become commands, then one batch of the inbox is worked off.
    When it is empty, what was asked of the outside is performed (with ``outside``), whose answers are worked off in
    turn. ``clock``: asked each round, so that what falls due in the middle of much work is not late; without it, no
    time passes. ``pace``: what earlier batches have taught about their size.
    """
    drained = Drained()
    pace = pace or Pace()
    while limit is None or drained.commands < limit:
        if clock is not None:
            at = clock()
        drained.timers += timers.fire_due(at=at, limit=pace.size)
        schedule.start_due(at=at)
        messaging.match_buffered(at=at)
        before = drained.commands
        _work_off_batch(drained, pace, at, limit, clock)
        if drained.commands == before:
            performed = outbox.perform_due(at=at) if outside else 0
            drained.performed += performed
            if not performed:
                return drained
    return drained


def _work_off_batch(
    drained: Drained, pace: Pace, at: datetime, limit: int | None, clock: Callable[[], datetime] | None
) -> None:
    size = pace.size if limit is None else min(pace.size, limit - drained.commands)
    began, spent = time.monotonic(), time.thread_time()
    worked = _safely(drained, size, at, None)
    pace.took(seconds=time.monotonic() - began, processor=time.thread_time() - spent, commands=worked.commands)
    if worked.due:
        committed_at = at if clock is None else clock()
        gauge.timers_done([(committed_at - due).total_seconds() for due in worked.due])
    drained.add(worked)


def _safely(drained: Drained, size: int, at: datetime, cases: Sequence[int] | None) -> Worked:
    """Work off one batch; if it fails, halve it until the case that fails alone is found and held."""
    try:
        return _again_after_deadlock(size, at, cases)
    except Exception as problem:
        if is_passing(problem):
            raise
        candidates = list(cases) if cases is not None else next_cases(size)
        if isinstance(problem, StepFailed):
            return _set_apart(drained, problem.case, candidates, size, at)
        if len(candidates) <= 1:
            return _hold(drained, candidates, problem, at)
        middle = len(candidates) // 2
        return _both(drained, size, at, candidates[:middle], candidates[middle:])


def _again_after_deadlock(size: int, at: datetime, cases: Sequence[int] | None) -> Worked:
    for left in reversed(range(TRIES)):
        try:
            return work_off(limit=size, at=at, cases=cases)
        except OperationalError as problem:
            if state_of(problem) not in AGAIN or not left or connection.in_atomic_block:
                raise
    raise AssertionError("unreachable")


def _set_apart(drained: Drained, case: int, candidates: list[int], size: int, at: datetime) -> Worked:
    """Step the named case alone, and the others without it."""
    if candidates == [case]:
        return _alone(drained, case, size, at)
    others = [each for each in candidates if each != case]
    return _both(drained, size, at, [case], others)


def _alone(drained: Drained, case: int, size: int, at: datetime) -> Worked:
    try:
        return _again_after_deadlock(size, at, [case])
    except StepFailed as problem:
        return _hold(drained, [case], problem.problem, at)


def _both(drained: Drained, size: int, at: datetime, first: Sequence[int], second: Sequence[int]) -> Worked:
    one, two = _safely(drained, size, at, first), _safely(drained, size, at, second)
    return one + two


def _hold(drained: Drained, cases: Sequence[int], problem: Exception, at: datetime) -> Worked:
    for case in cases:
        log.error("Case %s cannot be stepped and is held.", case, exc_info=problem, extra={"case": case})
        hold(case, problem, at=at)
        drained.held += 1
    return Worked(commands=len(cases), cases=len(cases))
