"""
Performing what cases asked of the outside.

A wish is claimed with a lease in a transaction of its own, performed with no transaction open, and answered in another
one. A worker that dies in between leaves a lease that runs out, and the wish is performed again under the same key: at
least once outside, counted once inside. Failures that may pass are tried again with growing pauses before they become
incidents.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from throughline.core.actions import ActionRequest, ActionResult
from throughline.core.actor import Actor
from throughline.core.procedures import actions, feel, setwise
from throughline.core.procedures.driver.perform import answer, failed
from throughline.core.procedures.inbox import Order, enqueue
from throughline.core.recordref import RecordRef

log = logging.getLogger(__name__)

AT_ONCE = 100
LEASE = timedelta(minutes=5)
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (10, 60, 300, 1800, 7200))
"""How long to wait before each further try; after the last one the failure becomes an incident."""

_CLAIM = """
UPDATE procedures_outbox o SET leased_until = %s, tries = o.tries + 1
FROM (
    SELECT id FROM procedures_outbox
    WHERE status = 'waiting' AND due_at <= %s AND (leased_until IS NULL OR leased_until <= %s)
    ORDER BY due_at, id LIMIT %s FOR UPDATE SKIP LOCKED
) due, procedures_case c JOIN procedures_procedureversion v ON v.id = c.version_id
    JOIN procedures_procedure p ON p.id = v.procedure_id
WHERE o.id = due.id AND c.id = o.case_id
RETURNING o.id, o.case_id, o.activation, o.action, o.record_type, o.record_id, o.inputs::text, o.tries, o.cause, p.name
"""


@dataclass(frozen=True, slots=True)
class _Wish:
    id: int
    action: str
    tries: int
    request: ActionRequest


def perform_due(*, at: datetime) -> int:
    """Perform the wishes that are due, one call per action, and return how many were tried."""
    wishes = _claim(at)
    by_action: dict[str, list[_Wish]] = {}
    for wish in wishes:
        by_action.setdefault(wish.action, []).append(wish)
    for name, group in sorted(by_action.items()):
        _settle(group, _results(name, [wish.request for wish in group]), at)
    return len(wishes)


@transaction.atomic
def _claim(at: datetime) -> list[_Wish]:
    rows = setwise.fetch(_CLAIM, [at + LEASE, at, at, AT_ONCE])
    return [_wish(row, at) for row in sorted(rows)]


def _wish(row: setwise.Row, at: datetime) -> _Wish:
    key, case, activation, action, record_type, record_id, inputs, tries, cause, procedure = row
    request = ActionRequest(
        case=case,
        activation=activation,
        record=None if record_id is None else RecordRef(record_type, record_id),
        inputs=feel.read(inputs),
        by=Actor("procedure", f"{case}:{activation}", procedure),
        at=at,
        cause=cause,
    )
    return _Wish(key, action, tries, request)


def _results(name: str, requests: Sequence[ActionRequest]) -> list[ActionResult]:
    """
    Perform the requests; if the call raises, each by itself (their keys let the other side recognise repetitions).
    """
    action = actions.find(name)
    if action is None:
        gone = f"Expected an installed part that performs the action “{name}”, but there is none."
        return [ActionResult.failed(gone)] * len(requests)
    try:
        return list(action.perform(requests))
    except Exception as problem:
        if len(requests) > 1:
            return [_results(name, [request])[0] for request in requests]
        log.warning("Action %s failed for %s.", name, requests[0].key, exc_info=problem)
        return [failed(name, problem)]


@transaction.atomic
def _settle(wishes: Sequence[_Wish], results: Sequence[ActionResult], at: datetime) -> None:
    rows: list[setwise.Row] = []
    orders: list[Order] = []
    for wish, result in zip(wishes, results, strict=True):
        again = result.failure is not None and result.retryable and wish.tries <= len(PAUSES)
        due_at = at + PAUSES[wish.tries - 1] if again else at
        status = "waiting" if again else "done" if result.failure is None else "failed"
        rows.append((wish.id, status, due_at, result.failure or "", None if again else at))
        if not again:
            command = answer(wish.request.activation, result)
            orders.append(Order(wish.request.case, command, wish.request.by, at, wish.request.cause))
    setwise.execute(_SETTLE, setwise.columns_of(rows, 5))
    enqueue(orders)


_SETTLE = """
UPDATE procedures_outbox o
SET status = r.status, due_at = r.due_at, failure = r.failure, closed_at = r.closed_at, leased_until = NULL
FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::text[], %s::timestamptz[])
    AS r (id, status, due_at, failure, closed_at)
WHERE o.id = r.id AND o.status = 'waiting'
"""
