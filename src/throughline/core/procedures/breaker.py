"""
The circuit breaker of a connection, kept in the database so that all workers see the same.

Theory of operation. A connection that works is *closed*. After ``THRESHOLD`` requests in a row that found nobody there
it is *open*: nothing is tried over it for a while, which spares both sides and lets others through. Then it is
*half-open*: one request tries it. If that finds somebody, the connection is closed and everything that waited behind it
is due at once; if not, it is open again, for twice as long, up to ``LONGEST``.

A failure of one request (an address that is refused, an answer that says no) proves that somebody is there, so it
counts as a success of the connection.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from throughline.core.actions import ActionResult
from throughline.core.procedures import setwise
from throughline.core.procedures.driver.wishes import OUTSIDE_CHANNEL

THRESHOLD = 5
FIRST = timedelta(seconds=15)
LONGEST = timedelta(minutes=5)

PASSABLE = "c.key IS NULL OR (NOT c.paused AND (c.state = 'closed' OR c.retry_at <= %s))"
"""SQL: whether something may be tried over connection ``c`` at an instant (its parameter)."""

_STATE = "SELECT state, retry_at, paused FROM procedures_connection WHERE key = %s FOR NO KEY UPDATE"


@dataclass(frozen=True, slots=True)
class Pass:
    """How many requests may be tried now. ``probing``: one, to see whether it works, due or not."""

    most: int
    probing: bool = False


def pass_through(key: str, wanted: int, *, at: datetime, lease: timedelta) -> Pass:
    """
    Say how many requests may be tried over a connection now: as many as wanted, one to try it, or none.

    Called in the transaction that claims them: who tries a half-open connection keeps others from it for ``lease``.
    """
    rows = setwise.fetch(_STATE, [key])
    if not rows:
        return Pass(wanted)
    state, retry_at, paused = rows[0]
    if paused or (state != "closed" and retry_at > at):
        return Pass(0)
    if state == "closed":
        return Pass(wanted)
    setwise.execute(
        "UPDATE procedures_connection SET state = 'half-open', retry_at = %s WHERE key = %s", [at + lease, key]
    )
    return Pass(1, probing=True)


_LEARN = """
INSERT INTO procedures_connection AS c (
    key, state, failures, openings, last_success_at, last_failure_at, last_failure, paused
) VALUES (%s, 'closed', %s, 0, %s, %s, %s, false)
ON CONFLICT (key) DO UPDATE SET
    failures = EXCLUDED.failures + CASE WHEN EXCLUDED.last_success_at IS NULL THEN c.failures ELSE 0 END,
    last_success_at = coalesce(EXCLUDED.last_success_at, c.last_success_at),
    last_failure_at = coalesce(EXCLUDED.last_failure_at, c.last_failure_at),
    last_failure = CASE WHEN EXCLUDED.last_failure_at IS NULL THEN c.last_failure ELSE EXCLUDED.last_failure END
RETURNING state, failures, openings
"""
_SILENT = "SELECT state = 'closed' AND failures = 0 FROM procedures_connection WHERE key = %s AND last_success_at > %s"


def learn(key: str, results: Sequence[ActionResult], *, at: datetime, chance: float) -> None:
    """Take the results of requests over a connection into account, in the transaction that settles them."""
    if not results:
        return
    failures = _in_a_row(results)
    worked = failures < len(results)
    if worked and not failures and setwise.fetch(_SILENT, [key, at - timedelta(minutes=1)]) == [(True,)]:
        return  # it works and that is known: no row to write for every batch
    failure = next((each.failure for each in reversed(results) if each.unreachable), None)
    told = [key, failures, at if worked else None, None if failure is None else at, failure or ""]
    ((state, count, openings),) = setwise.fetch(_LEARN, told)
    if worked and state != "closed":
        _close(key, at)
    elif not worked and (state != "closed" or count >= THRESHOLD):
        _open(key, openings, at, chance)


def _in_a_row(results: Sequence[ActionResult]) -> int:
    """Return how many of the last results found nobody there."""
    count = 0
    for result in reversed(results):
        if not result.unreachable:
            break
        count += 1
    return count


def _open(key: str, openings: int, at: datetime, chance: float) -> None:
    pause = min(LONGEST, FIRST * 2 ** min(openings, 20)) * (1 - chance / 2)
    setwise.execute(
        "UPDATE procedures_connection SET state = 'open', openings = openings + 1, retry_at = %s,"
        " opened_at = CASE WHEN openings = 0 THEN %s ELSE opened_at END WHERE key = %s",
        [at + pause, at, key],
    )


def reset(key: str, *, at: datetime) -> None:
    """Use a connection again whatever was learnt about it: a person says that it works."""
    setwise.execute("UPDATE procedures_connection SET paused = false WHERE key = %s", [key])
    _close(key, at)
    setwise.fetch("SELECT pg_notify(%s, '')", [OUTSIDE_CHANNEL])


def _close(key: str, at: datetime) -> None:
    """Let everything through that has waited behind the connection."""
    setwise.execute(
        "UPDATE procedures_connection SET state = 'closed', failures = 0, openings = 0, opened_at = NULL,"
        " retry_at = NULL WHERE key = %s",
        [key],
    )
    setwise.execute(
        "UPDATE procedures_outbox SET due_at = %s WHERE connection = %s AND status = 'waiting' AND due_at > %s"
        " AND leased_until IS NULL",
        [at, key, at],
    )
