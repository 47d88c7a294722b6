"""Writing what a batch changed: one statement per table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib import import_module

from throughline.core.procedures import setwise
from throughline.core.procedures.driver import log
from throughline.core.procedures.driver.case_run import CaseRun
from throughline.core.procedures.driver.project import Projection
from throughline.core.procedures.driver.work_items import write_work_items
from throughline.core.records import nextstep
from throughline.flow.engine import encode_state

TZ_VERSION: str = import_module("tzdata").IANA_VERSION
"""The release of the time-zone data that this process reckons with."""

ENDED = {"completed": "finished", "terminated": "finished", "error": "finished", "cancelled": "cancelled"}
"""The status of a case for each way the kernel says it ended."""


def write(runs: Sequence[CaseRun]) -> None:
    """Write states, projections and logs of these cases; what they asked of others is dispatched by batch.py."""
    moved = [run for run in runs if run.fed]
    if not moved:
        return
    projection = Projection()
    for run in moved:
        projection.add(run)
    _write_cases(moved)
    _take_away(projection)
    _add(projection)
    write_work_items(moved)
    nextstep.refresh(run.record for run in moved if run.record is not None and not run.sandbox)
    _write_logs(moved)


_CASES = """
UPDATE procedures_case c
SET state = r.state, sequence = r.sequence, inputs = r.inputs, status = r.status, outcome = r.outcome,
    end_node = r.end_node, moved_at = r.moved_at, ended_at = r.ended_at, tz_version = %s
FROM unnest(%s::bigint[], %s::bytea[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[],
            %s::timestamptz[], %s::timestamptz[])
    AS r (id, state, sequence, inputs, status, outcome, end_node, moved_at, ended_at)
WHERE c.id = r.id
"""


def _write_cases(runs: Sequence[CaseRun]) -> None:
    setwise.execute(_CASES, [TZ_VERSION, *setwise.columns_of([_case_row(run) for run in runs], 9)])


def _case_row(run: CaseRun) -> setwise.Row:
    assert run.state is not None
    finish = run.finish
    ending: tuple[str, str, str] = ("running", "", "")
    if finish is not None:
        cancelled = finish.outcome == "cancelled"
        outcome = "cancelled" if cancelled else finish.code or run.running.label(finish.node)
        ending = (ENDED[finish.outcome], outcome, finish.node or "")
    ended_at = None if finish is None else run.moved_at
    return (run.id, encode_state(run.state), run.sequence, run.inputs, *ending, run.moved_at, ended_at)


_WAIT_TABLES = {
    "timer": ("procedures_timer", "timer", "case_id, timer, node, token, due_at"),
    "message": ("procedures_messagewait", "wait", "case_id, wait, name, key, node, token"),
    "signal": ("procedures_signalwait", "wait", "case_id, wait, name"),
    "condition": ("procedures_conditionwait", "wait", "case_id, wait, record_type, record_id, fields"),
}


def _take_away(projection: Projection) -> None:
    _delete("procedures_token", "token", projection.gone_tokens)
    for kind, gone in sorted(projection.gone_waits.items()):
        table, number, _ = _WAIT_TABLES[kind]
        _delete(table, number, gone)
    _withdraw(projection.withdrawn)
    _close_incidents(projection.gone_incidents)


def _delete(table: str, number: str, keys: Sequence[setwise.Row]) -> None:
    if keys:
        setwise.execute(
            f"DELETE FROM {table} t USING unnest(%s::bigint[], %s::integer[]) AS r (case_id, number)"
            f" WHERE t.case_id = r.case_id AND t.{number} = r.number",
            setwise.columns_of(keys, 2),
        )


_WITHDRAW = """
UPDATE procedures_workitem w SET status = 'withdrawn', closed_at = r.at
FROM unnest(%s::bigint[], %s::integer[], %s::timestamptz[]) AS r (case_id, token, at)
WHERE w.case_id = r.case_id AND w.token = r.token AND w.status IN ('open', 'watched')
"""


def _withdraw(gone: Sequence[setwise.Row]) -> None:
    """Close the work items whose token has left; those done by somebody were closed when they said so."""
    if gone:
        setwise.execute(_WITHDRAW, setwise.columns_of(gone, 3))


_CLOSE = """
UPDATE procedures_incident i SET status = 'closed', closed_at = r.at
FROM unnest(%s::bigint[], %s::integer[], %s::timestamptz[]) AS r (case_id, number, at)
WHERE i.case_id = r.case_id AND i.number = r.number AND i.status = 'open'
"""


def _close_incidents(gone: Sequence[setwise.Row]) -> None:
    if gone:
        setwise.execute(_CLOSE, setwise.columns_of(gone, 3))


def _add(projection: Projection) -> None:
    setwise.copy(
        "procedures_token",
        "case_id, token, version_id, node, record_type, record_id, arrived_at, waits_for, due_at, sandbox",
        projection.tokens,
    )
    for kind, rows in sorted(projection.waits.items()):
        table, _, columns = _WAIT_TABLES[kind]
        setwise.copy(table, columns, rows)
    setwise.copy(
        "procedures_incident",
        "case_id, number, version_id, token, node, message, data, opened_at, sandbox, status, retries, closed_by_label,"
        " resolution",
        [(*row, "open", 0, "", "") for row in projection.incidents],
    )


def _write_logs(runs: Iterable[CaseRun]) -> None:
    events = [row for run in runs for row in run.log]
    inputs = [row for run in runs for row in run.fed]
    ensure_months({row[2] for row in events} | {row[2] for row in inputs})
    setwise.copy("procedures_case_event", log.EVENT_COLUMNS, events)
    setwise.copy("procedures_case_input", log.INPUT_COLUMNS, inputs)


def ensure_months(instants: Iterable[datetime]) -> None:
    """Make sure that the logs have a partition for the month of each instant."""
    months = sorted({at.astimezone(UTC).date().replace(day=1) for at in instants})
    setwise.fetch("SELECT procedures_ensure_months(%s::date[])", [months])
