"""Wishes of a batch for actions outside: rows of the outbox, in the transaction that steps the cases."""

from __future__ import annotations

from collections.abc import Iterable

from throughline.core.procedures import actions, setwise
from throughline.core.procedures.driver.case_run import CaseRun
from throughline.flow import values

OUTSIDE_CHANNEL = "throughline_outside"
"""The notification channel on which those who perform outside actions hear of new wishes."""

_OUTBOX = """
INSERT INTO procedures_outbox (
    case_id, activation, action, connection, node, record_type, record_id, inputs, status, written_at, due_at,
    tries, failure, cause, sandbox
)
SELECT r.case_id, r.activation, r.action, r.connection, r.node, r.record_type, r.record_id, r.inputs, r.status,
       r.at, r.at, 0, '', r.cause, r.sandbox
FROM unnest(%s::bigint[], %s::integer[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::jsonb[],
            %s::text[], %s::timestamptz[], %s::bigint[], %s::boolean[])
    AS r (case_id, activation, action, connection, node, record_type, record_id, inputs, status, at, cause, sandbox)
ON CONFLICT (case_id, activation) DO UPDATE
SET inputs = EXCLUDED.inputs, status = EXCLUDED.status, connection = EXCLUDED.connection, due_at = EXCLUDED.due_at,
    written_at = EXCLUDED.written_at, tries = 0, reported_at = NULL, closed_at = NULL
WHERE procedures_outbox.status <> 'done'
"""


def write_wishes(runs: Iterable[CaseRun]) -> int:
    """
    Write the wishes of these cases for outside actions, and return how many there are.

    A wish that failed and is retried keeps its row and so its idempotency key.
    """
    rows = [_wish_row(run, activation) for run in runs for activation in run.wishes]
    if rows:
        setwise.execute(_OUTBOX, setwise.columns_of(rows, 12))
        setwise.fetch("SELECT pg_notify(%s, '')", [OUTSIDE_CHANNEL])
    unwanted = [(run.id, activation) for run in runs for activation in run.unwanted]
    if unwanted:
        setwise.execute(
            "UPDATE procedures_outbox o SET status = 'cancelled' FROM unnest(%s::bigint[], %s::integer[])"
            " AS r (case_id, activation) WHERE o.case_id = r.case_id AND o.activation = r.activation"
            " AND o.status = 'waiting'",
            setwise.columns_of(unwanted, 2),
        )
    return len(rows)


def _wish_row(run: CaseRun, activation: int) -> setwise.Row:
    wish, at = run.wishes[activation]
    record = ("", None) if run.record is None else (run.record.type, run.record.id)
    status = "caught" if run.sandbox else "waiting"
    inputs = values.dumps(wish.inputs)
    action = actions.find(wish.action)
    connection = wish.action if action is None else action.connection(wish.inputs)
    return (run.id, activation, wish.action, connection, wish.node, *record, inputs, status, at, run.cause, run.sandbox)
