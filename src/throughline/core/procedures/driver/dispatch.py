"""What the cases of a batch asked of other cases and of the outside: written in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from throughline.core import journal
from throughline.core.actor import Actor
from throughline.core.procedures import messaging, setwise
from throughline.core.procedures.driver.case_run import CaseRun
from throughline.core.procedures.driver.project import own_key
from throughline.core.procedures.events import CaseFinished
from throughline.core.procedures.inbox import Order, enqueue
from throughline.core.procedures.loops import is_too_deep
from throughline.core.procedures.opening import Opening, open_cases
from throughline.core.recordref import RecordRef
from throughline.flow.engine import commands as cmd

THROWN_MESSAGE_LIVES = timedelta(days=7)
"""How long a message that a chart throws waits for its receiver."""

TOLD = {"completed": "completed", "terminated": "completed", "error": "error", "cancelled": "cancelled"}
"""What a calling case is told for each way the called one ended."""


def dispatch(runs: Sequence[CaseRun]) -> None:
    """Start called cases, tell callers, send messages and signals, and record what has finished."""
    _start_called(runs)
    _cancel_called(runs)
    _tell_callers(runs)
    for run in runs:
        if not run.running.chart.watches:
            _throw(run)
    _record_finished([run for run in runs if run.finish is not None])


def _start_called(runs: Iterable[CaseRun]) -> None:
    calls = [(run, token, call.called) for run in runs for token, call in run.calls.items()]
    if not calls:
        return
    published = _published_versions({called for _, _, called in calls})
    for run, token, called in calls:
        opening = _opening(run, token, called, published)
        if is_too_deep(run.depth + 1):
            message = f"Expected cases to call each other at most {run.depth} deep, but “{called}” would be one more."
            failed = cmd.ChildFinished(token, outcome="error", message=f"{message} {_callers(run)}")
            enqueue([Order(run.id, failed, run.actor, run.moved_at, run.cause)])
        elif opening is not None:
            open_cases([opening], by=run.actor, at=run.moved_at)
        else:
            message = f"Expected a published procedure “{called}” to start, but there is none. Publish it, then retry."
            failed = cmd.ChildFinished(token, outcome="error", message=message)
            enqueue([Order(run.id, failed, run.actor, run.moved_at, run.cause)])


_CALLERS = """
WITH RECURSIVE caller (id, parent_id, version_id, place) AS (
    SELECT id, parent_id, version_id, 0 FROM procedures_case WHERE id = %s
    UNION ALL
    SELECT c.id, c.parent_id, c.version_id, caller.place + 1
    FROM caller JOIN procedures_case c ON c.id = caller.parent_id WHERE caller.place < 100
)
SELECT p.name, caller.id FROM caller JOIN procedures_procedureversion v ON v.id = caller.version_id
JOIN procedures_procedure p ON p.id = v.procedure_id ORDER BY caller.place DESC
"""


def _callers(run: CaseRun) -> str:
    chain = " > ".join(f"{name} ({case})" for name, case in setwise.fetch(_CALLERS, [run.id]))
    return f"The chain: {chain}."


def _published_versions(keys: set[str]) -> dict[str, tuple[int, str]]:
    rows = setwise.fetch(
        "SELECT p.key, v.id, p.record_type FROM procedures_procedureversion v"
        " JOIN procedures_procedure p ON p.id = v.procedure_id WHERE p.key = ANY(%s) AND v.status = 'published'",
        [sorted(keys)],
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def _opening(run: CaseRun, token: int, called: str, published: dict[str, tuple[int, str]]) -> Opening | None:
    version, process = run.running.version, called
    if called in published:
        version, process = published[called][0], ""
    elif called not in run.running.processes:
        return None
    return Opening(
        version=version,
        process=process,
        record=run.record,
        variables=run.calls[token].variables,
        cause=run.cause,
        depth=run.depth + 1,
        sandbox=run.sandbox,
        parent=run.id,
        parent_token=token,
    )


_CHILDREN = """
SELECT c.id, r.case_id FROM procedures_case c
JOIN unnest(%s::bigint[], %s::integer[]) AS r (case_id, token) ON c.parent_id = r.case_id AND c.parent_token = r.token
WHERE c.status IN ('starting', 'running')
"""


def _cancel_called(runs: Iterable[CaseRun]) -> None:
    by_id = {run.id: run for run in runs}
    keys = [(run.id, token) for run in by_id.values() for token in run.uncalled]
    if not keys:
        return
    enqueue(
        [
            Order(child, cmd.Cancel("The case that called this one goes on without it."), run.actor, run.moved_at)
            for child, parent in setwise.fetch(_CHILDREN, setwise.columns_of(keys, 2))
            for run in [by_id[parent]]
        ]
    )


def _tell_callers(runs: Iterable[CaseRun]) -> None:
    orders: list[Order] = []
    for run in runs:
        if run.parent is None or run.parent_token is None or run.state is None:
            continue
        told: list[cmd.Command] = [cmd.ChildEscalated(run.parent_token, code) for code in run.escalations]
        if run.finish is not None:
            ended = run.finish
            variables = run.state.variables
            outcome = TOLD[ended.outcome]
            told.append(cmd.ChildFinished(run.parent_token, outcome, variables, ended.code, ended.message))
        orders += [Order(run.parent, command, run.actor, run.moved_at, run.cause) for command in told]
    enqueue(orders)


def _throw(run: CaseRun) -> None:
    for thrown in run.messages:
        key = own_key(run) if thrown.key is None else thrown.key
        sending = _sending(run, thrown.name)
        messaging.deliver(sending, [messaging.Message(key=key, payload=thrown.payload)])
    for signal in run.signals:
        messaging.broadcast(_sending(run, signal.name), signal.payload, but_not=run.id)


def _sending(run: CaseRun, name: str) -> messaging.Sending:
    return messaging.Sending(name, run.actor, run.moved_at, THROWN_MESSAGE_LIVES, run.sandbox, run.cause)


def _record_finished(runs: Iterable[CaseRun]) -> None:
    """Leave one entry per finished case; cancelling has left its own."""
    groups: dict[tuple[str, str, datetime], list[journal.Fact]] = {}
    for run in runs:
        finish = run.finish
        if finish is None or finish.outcome == "cancelled":
            continue
        running = run.running
        finished = CaseFinished(
            case=run.id,
            procedure=running.key,
            version=running.number,
            outcome=finish.code or running.label(finish.node),
            end_node=finish.node or "",
        )
        about = run.record or RecordRef("procedure", running.procedure)
        group = groups.setdefault((running.key, running.name, run.moved_at), [])
        group.append(journal.Fact(finished, about, run.cause, run.sandbox))
    for (key, name, at), facts in groups.items():
        journal.record_many(facts, by=Actor("procedure", key, name), at=at)
