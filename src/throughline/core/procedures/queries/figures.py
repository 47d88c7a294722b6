"""How running procedures are doing as a whole: the figures of the Operations page and of ``/metrics``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from throughline.core.procedures import setwise
from throughline.core.procedures.gauge import ALIVE
from throughline.core.procedures.lateness import RANGES, Lateness, together
from throughline.core.procedures.models import Connection, WorkerProcess

WINDOW = timedelta(minutes=5)
"""Rates and lateness are of this long before the instant that is asked about."""


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """A way out of the house: its circuit breaker, and what waits for it. ``retry_at``: when it is tried again."""

    key: str
    state: str
    paused: bool
    failures: int
    waiting: int
    oldest_at: datetime | None
    reported: int
    opened_at: datetime | None
    retry_at: datetime | None
    last_success_at: datetime | None
    last_failure_at: datetime | None
    last_failure: str


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """A worker process: since when it runs, when it told last, whether it is taken for alive, what it has done."""

    name: str
    started_at: datetime
    seen_at: datetime
    alive: bool
    commands: int
    timer_late_seconds: float
    lateness: Lateness


@dataclass(frozen=True, slots=True)
class Figures:
    """
    Running procedures at one instant. Seconds are seconds, counts are rows; sandbox cases are in the queues too.

    ``commands``: waiting to be worked off, ``lag_seconds`` how long the oldest has waited; ``parked``: of held cases.
    ``timers_overdue``: due and not yet fired, ``timer_lag_seconds`` since when the oldest; ``timer_late_seconds``: how
    late the latest was of those that live workers dealt with a moment ago, ``lateness``: all since they started, to the
    commit of their steps. ``batch_size``: commands that were worked off
    together, on average; ``steps_per_second``: commands worked off per second, both of the last minutes. ``outside``:
    wishes waiting, ``outside_lag_seconds`` since when the oldest is due. ``watchdog``: open cases that nothing could
    move when it looked last, ``watched_at``.
    """

    at: datetime
    commands: int
    lag_seconds: float
    parked: int
    cases: Mapping[str, int]
    tokens: int
    timers: int
    timers_overdue: int
    timer_lag_seconds: float
    timer_late_seconds: float
    lateness: Lateness
    steps_per_second: float
    batch_size: float
    outside: int
    outside_lag_seconds: float
    incidents: int
    buffered: int
    watchdog: int
    watched_at: datetime | None
    connections: tuple[ConnectionRow, ...]
    workers: tuple[WorkerRow, ...]


_NOW = """
SELECT
    (SELECT count(*) FROM procedures_inbox WHERE NOT parked),
    (SELECT extract(epoch FROM %(at)s - min(at)) FROM procedures_inbox WHERE NOT parked),
    (SELECT count(*) FROM procedures_inbox WHERE parked),
    (SELECT count(*) FROM procedures_token),
    (SELECT count(*) FROM procedures_timer),
    (SELECT count(*) FROM procedures_timer WHERE due_at <= %(at)s),
    (SELECT extract(epoch FROM %(at)s - min(due_at)) FROM procedures_timer WHERE due_at <= %(at)s),
    (SELECT count(*) FROM procedures_outbox WHERE status = 'waiting'),
    (SELECT extract(epoch FROM %(at)s - min(due_at)) FROM procedures_outbox
     WHERE status = 'waiting' AND due_at <= %(at)s),
    (SELECT count(*) FROM procedures_incident WHERE status = 'open'),
    (SELECT count(*) FROM procedures_bufferedmessage WHERE expires_at > %(at)s)
"""
_CASES = """
SELECT CASE WHEN held THEN 'held' ELSE status END, count(*) FROM procedures_case
WHERE status IN ('starting', 'running') GROUP BY 1
"""
_RATES = """
SELECT count(*), coalesce(avg(together), 0) FROM (
    SELECT count(*) OVER (PARTITION BY at) AS together FROM procedures_case_input WHERE at > %s AND at <= %s
) recent
"""
_CONNECTIONS = """
SELECT o.connection, count(*), min(o.due_at), count(o.reported_at) FROM procedures_outbox o
WHERE o.status = 'waiting' GROUP BY o.connection
"""


def figures(*, at: datetime) -> Figures:
    """Return how running procedures are doing at ``at``. Eight queries, on indexes but for the counts of rows."""
    (row,) = setwise.fetch(_NOW.replace("%(at)s", "%s"), [at] * _NOW.count("%(at)s"))
    ((steps, batch_size),) = setwise.fetch(_RATES, [at - WINDOW, at])
    watched = setwise.fetch("SELECT found, begun_at FROM procedures_upkeep WHERE name = 'watchdog'")
    workers = _workers(at)
    found, watched_at = watched[0] if watched else (0, None)
    return Figures(
        at=at,
        commands=row[0],
        lag_seconds=_seconds(row[1]),
        parked=row[2],
        cases={"starting": 0, "running": 0, "held": 0, **dict(setwise.fetch(_CASES))},
        tokens=row[3],
        timers=row[4],
        timers_overdue=row[5],
        timer_lag_seconds=_seconds(row[6]),
        timer_late_seconds=max((worker.timer_late_seconds for worker in workers if worker.alive), default=0.0),
        lateness=together(worker.lateness for worker in workers if worker.alive),
        steps_per_second=steps / WINDOW.total_seconds(),
        batch_size=float(batch_size),
        outside=row[7],
        outside_lag_seconds=_seconds(row[8]),
        incidents=row[9],
        buffered=row[10],
        watchdog=found,
        watched_at=watched_at,
        connections=tuple(connections()),
        workers=workers,
    )


def _seconds(value: object) -> float:
    """Return seconds as they are shown: never negative, since clocks of machines differ a little."""
    return 0.0 if value is None else max(0.0, float(value))  # type: ignore[arg-type]


def _workers(at: datetime) -> tuple[WorkerRow, ...]:
    return tuple(
        WorkerRow(
            name=row.pk,
            started_at=row.started_at,
            seen_at=row.seen_at,
            alive=at - row.seen_at < ALIVE,
            commands=row.commands,
            timer_late_seconds=row.timer_late_seconds,
            lateness=_lateness(row),
        )
        for row in WorkerProcess.objects.order_by("pk")
    )


def _lateness(row: WorkerProcess) -> Lateness:
    """Return what a worker told; one of another release may have told of other ranges, or of none."""
    counts = row.timers_by_lateness
    return Lateness(tuple(counts), row.timers_late_seconds) if len(counts) == RANGES else Lateness()


def connections() -> list[ConnectionRow]:
    """Return all connections that anything ever went over or waits for, by key. Two queries."""
    known = {row.pk: row for row in Connection.objects.all()}
    waiting = {row[0]: row[1:] for row in setwise.fetch(_CONNECTIONS)}
    rows = []
    for key in sorted(known.keys() | waiting.keys()):
        connection = known.get(key) or Connection(key=key)
        count, oldest, reported = waiting.get(key, (0, None, 0))
        rows.append(
            ConnectionRow(
                key=key,
                state=connection.state,
                paused=connection.paused,
                failures=connection.failures,
                waiting=count,
                oldest_at=oldest,
                reported=reported,
                opened_at=connection.opened_at,
                retry_at=connection.retry_at,
                last_success_at=connection.last_success_at,
                last_failure_at=connection.last_failure_at,
                last_failure=connection.last_failure,
            )
        )
    return rows
