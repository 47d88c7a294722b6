"""
Performing what cases asked of the outside.

A wish is claimed with a lease in a transaction of its own, performed with no transaction open, and answered in another
one. A worker that dies in between leaves a lease that runs out, and the wish is performed again under the same key: at
least once outside, counted once inside.

Failures that may pass are tried again with growing pauses (core/actions.py, ``Patience``). When patience is over, the
step shows an incident, but the wish stays: it is tried on, less often, and a success ends the incident by itself. What
goes over a connection that does not answer at all waits behind its circuit breaker (breaker.py) instead of being tried
one by one; its incidents come as late as they would have without.

``perform_due`` does everything due, in the caller's thread. Worker processes call ``perform_some`` for each connection
in a thread of its own, so a slow one holds up nobody else (workers/couriers.py).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from throughline.core.actions import ActionRequest, ActionResult, Patience
from throughline.core.actor import Actor
from throughline.core.procedures import actions, breaker, feel, setwise
from throughline.core.procedures.driver.perform import answer, failed
from throughline.core.procedures.inbox import Order, enqueue
from throughline.core.recordref import RecordRef
from throughline.flow.engine import commands as cmd

log = logging.getLogger(__name__)

AT_ONCE = 100
"""How many wishes one claim takes at most; a performer may be handed fewer (``Patience.at_once``)."""
LEASE = timedelta(seconds=30)
"""How long a claim holds unless it is kept up: so long after a worker has died another one takes over."""

Clock = Callable[[], datetime]
Chance = Callable[[], float]
"""Gives a number in [0, 1) each time; pauses are spread by it."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A claimed row of the outbox: what is to be done, how often it was tried, whether an incident shows already."""

    id: int
    action: str
    tries: int
    reported: bool
    written_at: datetime
    request: ActionRequest


@dataclass(slots=True)
class Claim:
    """Wishes of one connection that are held until ``until``; ``longest``: the seconds performing may take at most."""

    connection: str
    wishes: list[Wish]
    until: datetime
    longest: float

    def keep(self, *, at: datetime) -> bool:
        """Hold the wishes on, in a transaction of its own; return whether any was still held."""
        until = at + LEASE
        kept = setwise.execute(_KEEP, [until, [wish.id for wish in self.wishes], self.until])
        self.until = until
        return kept > 0


Keep = Callable[[Claim], AbstractContextManager[object]]
"""Keeps a claim up while it is performed; ``workers`` does it from a thread."""


def _leave(_: Claim) -> AbstractContextManager[object]:
    return nullcontext()


# --- what is due ------------------------------------------------------------------------------------------------------
def perform_due(*, at: datetime, chance: Chance = lambda: 0.0) -> int:
    """
    Perform the wishes that are due at ``at``, connection by connection, and return of how many there is news: tried, or
    shown as an incident.
    """
    return report_overdue(at=at) + sum(_perform_all(connection, at, chance) for connection in ready(at=at))


def _perform_all(connection: str, at: datetime, chance: Chance) -> int:
    tried = 0
    while some := perform_some(connection=connection, clock=lambda: at, chance=chance):
        tried += some
    return tried


_READY = f"""
SELECT DISTINCT o.connection FROM procedures_outbox o LEFT JOIN procedures_connection c ON c.key = o.connection
WHERE o.status = 'waiting' AND (o.leased_until IS NULL OR o.leased_until <= %s)
    AND (o.due_at <= %s OR c.state <> 'closed') AND ({breaker.PASSABLE})
ORDER BY 1
"""


def ready(*, at: datetime) -> list[str]:
    """Return the connections over which something is due and that are not left alone at the moment."""
    return [row[0] for row in setwise.fetch(_READY, [at, at, at])]


_NEXT = """
SELECT min(greatest(o.leased_until, CASE WHEN c.state <> 'closed' THEN c.retry_at ELSE o.due_at END))
FROM procedures_outbox o LEFT JOIN procedures_connection c ON c.key = o.connection
WHERE o.status = 'waiting' AND NOT coalesce(c.paused, false)
"""


def next_due() -> datetime | None:
    """Return when the next wish can be tried; None when nothing waits (or all that waits is paused)."""
    due: datetime | None = setwise.fetch(_NEXT)[0][0]
    return due


# --- one claim --------------------------------------------------------------------------------------------------------
def perform_some(*, connection: str, clock: Clock, chance: Chance, keep: Keep = _leave) -> int:
    """
    Claim wishes of one connection, perform them one call per action, and return how many were tried.

    ``clock`` is asked before and after: performing takes its time. ``keep`` holds the claim up meanwhile.
    """
    claim = _claim(connection, clock())
    by_action: dict[str, list[Wish]] = {}
    for wish in claim.wishes:
        by_action.setdefault(wish.action, []).append(wish)
    for name, group in sorted(by_action.items()):
        with keep(claim):
            results = _results(name, [wish.request for wish in group])
        _settle(claim, group, results, clock(), chance)
    return len(claim.wishes)


_CLAIM = """
UPDATE procedures_outbox o SET leased_until = %s, tries = least(o.tries + 1, 32000)
FROM (
    SELECT id FROM procedures_outbox
    WHERE status = 'waiting' AND connection = %s AND (due_at <= %s OR %s)
        AND (leased_until IS NULL OR leased_until <= %s)
    ORDER BY due_at, id LIMIT %s FOR UPDATE SKIP LOCKED
) due, procedures_case c JOIN procedures_procedureversion v ON v.id = c.version_id
    JOIN procedures_procedure p ON p.id = v.procedure_id
WHERE o.id = due.id AND c.id = o.case_id
RETURNING o.id, o.case_id, o.activation, o.action, o.record_type, o.record_id, o.inputs::text, o.tries, o.cause, p.name,
    o.reported_at IS NOT NULL, o.written_at
"""
_KEEP = """
UPDATE procedures_outbox SET leased_until = %s WHERE id = ANY(%s) AND leased_until = %s AND status = 'waiting'
"""


@transaction.atomic
def _claim(connection: str, at: datetime) -> Claim:
    allowed = breaker.pass_through(connection, AT_ONCE, at=at, lease=LEASE)
    until = at + LEASE
    told = [until, connection, at, allowed.probing, at, allowed.most]
    rows = sorted(setwise.fetch(_CLAIM, told)) if allowed.most else []
    wishes = [_wish(row, at) for row in rows]
    longest = sum(_patience(wish.action).timeout for wish in wishes)
    return Claim(connection, wishes, until, longest)


def _wish(row: setwise.Row, at: datetime) -> Wish:
    key, case, activation, action, record_type, record_id, inputs, tries, cause, procedure, reported, written_at = row
    request = ActionRequest(
        case=case,
        activation=activation,
        record=None if record_id is None else RecordRef(record_type, record_id),
        inputs=feel.read(inputs),
        by=Actor("procedure", f"{case}:{activation}", procedure),
        at=at,
        cause=cause,
    )
    return Wish(key, action, tries, reported, written_at, request)


def _patience(name: str) -> Patience:
    action = actions.find(name)
    return actions.DEFAULT_PATIENCE if action is None else action.patience


def _results(name: str, requests: Sequence[ActionRequest]) -> list[ActionResult]:
    """
    Perform the requests, as many at once as their performer likes. When it finds nobody there, the rest is not tried.
    """
    action = actions.find(name)
    if action is None:
        gone = f"Expected an installed part that performs the action “{name}”, but there is none."
        return [ActionResult.failed(gone)] * len(requests)
    results: list[ActionResult] = []
    size = max(1, action.patience.at_once)
    for begin in range(0, len(requests), size):
        if len(results) >= breaker.THRESHOLD and all(each.unreachable for each in results):
            results += [results[-1]] * (len(requests) - begin)
            break
        results += _call(action, requests[begin : begin + size])
    return results


def _call(action: actions.Action, requests: Sequence[ActionRequest]) -> list[ActionResult]:
    """Perform the requests; if the call raises, each by itself (their keys let repetitions be recognised)."""
    try:
        return list(action.perform(requests))
    except Exception as problem:
        if len(requests) > 1:
            return [_call(action, [request])[0] for request in requests]
        (request,) = requests
        log.warning(
            "Action %s failed for %s.", action.spec.name, request.key, exc_info=problem, extra={"case": request.case}
        )
        return [failed(action.spec.name, problem)]


# --- what became of it ------------------------------------------------------------------------------------------------
_SETTLE = """
UPDATE procedures_outbox o
SET status = r.status, due_at = r.due_at, failure = r.failure, closed_at = r.closed_at, reported_at = r.reported_at,
    leased_until = NULL
FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::text[], %s::timestamptz[], %s::timestamptz[])
    AS r (id, status, due_at, failure, closed_at, reported_at)
WHERE o.id = r.id AND CASE WHEN r.status = 'done' THEN o.status IN ('waiting', 'failed')
                           ELSE o.status = 'waiting' AND o.leased_until = %s END
RETURNING o.id
"""
"""Done is done, whoever did it; of a failure only the one who still holds the lease may tell."""


@transaction.atomic
def _settle(
    claim: Claim, wishes: Sequence[Wish], results: Sequence[ActionResult], at: datetime, chance: Chance
) -> None:
    rows: list[setwise.Row] = []
    orders: dict[int, Order] = {}
    for wish, result in zip(wishes, results, strict=True):
        row, command = _verdict(wish, result, at, chance)
        rows.append(row)
        if command is not None:
            orders[wish.id] = Order(wish.request.case, command, wish.request.by, at, wish.request.cause)
    breaker.learn(claim.connection, results, at=at, chance=chance())
    wanted = {row[0] for row in setwise.fetch(_SETTLE, [*setwise.columns_of(rows, 6), claim.until])}
    enqueue([order for key, order in orders.items() if key in wanted])


def _verdict(wish: Wish, result: ActionResult, at: datetime, chance: Chance) -> tuple[setwise.Row, cmd.Command | None]:
    """Return what the row becomes, and what the case is told (None: nothing yet, or nothing new)."""
    patience, request = _patience(wish.action), wish.request
    told = answer(request.activation, result)
    if result.failure is None:
        return (wish.id, "done", at, "", at, None), told
    waited = (at - wish.written_at).total_seconds()
    if not result.retryable or waited > patience.gives_up_after:
        return (wish.id, "failed", at, result.failure, at, at), None if wish.reported and result.retryable else told
    due_at = at + timedelta(seconds=patience.pause(wish.tries, chance()))
    if wish.reported or wish.tries < patience.tries:
        return (wish.id, "waiting", due_at, result.failure, None, at if wish.reported else None), None
    return (wish.id, "waiting", due_at, result.failure, None, at), _worded(wish, result)


def _worded(wish: Wish, result: ActionResult) -> cmd.ActionFailed:
    """Return the failure that becomes an incident while trying goes on."""
    text = f"{result.failure} It was tried {wish.tries} times; trying goes on, and the step by itself when it works."
    return cmd.ActionFailed(wish.request.activation, text, retryable=True, code=result.code)


_OVERDUE = """
UPDATE procedures_outbox o SET reported_at = %s
FROM procedures_connection c, procedures_case k JOIN procedures_procedureversion v ON v.id = k.version_id
    JOIN procedures_procedure p ON p.id = v.procedure_id
WHERE c.key = o.connection AND (c.state <> 'closed' OR c.paused) AND k.id = o.case_id AND o.status = 'waiting'
    AND o.action = %s AND o.reported_at IS NULL AND o.written_at <= %s
    AND (o.leased_until IS NULL OR o.leased_until <= %s)
RETURNING o.case_id, o.activation, o.cause, p.name, o.connection, c.opened_at, c.last_failure, c.paused
"""


@transaction.atomic
def report_overdue(*, at: datetime) -> int:
    """
    Show an incident for what waits behind a connection that is left alone for longer than the action's patience;
    return how many. They end by themselves when the connection works again.
    """
    orders: list[Order] = []
    for action in actions.outside():
        before = at - timedelta(seconds=action.patience.patience)
        for row in setwise.fetch(_OVERDUE, [at, action.spec.name, before, at]):
            case, activation, cause, procedure, connection, opened_at, failure, paused = row
            reason = _why_behind(connection, opened_at, failure, paused)
            command = cmd.ActionFailed(activation, reason, retryable=True)
            orders.append(Order(case, command, Actor("procedure", f"{case}:{activation}", procedure), at, cause))
    enqueue(orders)
    return len(orders)


def _why_behind(connection: str, opened_at: datetime | None, failure: str, paused: bool) -> str:
    if paused:
        return f"Expected to use the connection “{connection}”, but somebody has paused it. Resume it to go on."
    since = "" if opened_at is None else f" since {opened_at:%Y-%m-%d %H:%M} UTC"
    return f"{failure} The connection “{connection}” has not worked{since}; the step goes on by itself when it does."
