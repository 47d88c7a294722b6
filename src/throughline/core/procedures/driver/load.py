"""Loading the cases of a batch: one query for the states, one for the tokens, one per record type for the facts."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from datetime import datetime

from throughline.core.procedures import charts, setwise
from throughline.core.procedures.driver.case_run import CaseRun
from throughline.core.procedures.driver.claim import Claimed
from throughline.core.procedures.facts import facts_of_records
from throughline.core.procedures.reads import Names
from throughline.core.recordref import RecordRef
from throughline.flow.engine import State, decode_state
from throughline.flow.engine import commands as cmd

_CASES = """
SELECT id, version_id, process, record_type, record_id, state, sequence, inputs, moved_at, sandbox, cause, depth,
       parent_id, parent_token, held, status IN ('finished', 'cancelled'),
       EXISTS (SELECT FROM resting_restingcase r WHERE r.case_id = procedures_case.id)
FROM procedures_case WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
"""
_TOKENS = "SELECT case_id, token, arrived_at FROM procedures_token WHERE case_id = ANY(%s)"


class Loaded:
    """
    The cases of a batch in memory.

    ``runs``: those that can be stepped. ``over``: commands for cases that have ended meanwhile; they are dropped.
    ``held``: keys of cases that an incident holds, or whose record lies in the bin; their commands are parked.
    """

    def __init__(self) -> None:
        self.runs: dict[int, CaseRun] = {}
        self.over: list[Claimed] = []
        self.held: list[int] = []


def load(claimed: Mapping[int, list[Claimed]], *, held: bool = False) -> Loaded:
    """
    Lock and load the cases of these commands. A case somebody else has locked is left out, its commands stay.

    ``held``: take cases that an incident holds for such as can be stepped.
    """
    loaded = Loaded()
    rows = setwise.fetch(_CASES, [list(claimed)])
    ready = charts.running_many((row[1], row[2]) for row in rows)
    arrived = _arrivals([row[0] for row in rows])
    for row in rows:
        case, is_held, is_over, rests = row[0], row[14], row[15], row[16]
        orders = _ending_first(claimed[case]) if rests else claimed[case]
        if is_over:
            loaded.over.extend(orders)
        elif (is_held and not held) or (rests and not _ends(orders)):
            loaded.held.append(case)
        else:
            loaded.runs[case] = _run(row, ready[(row[1], row[2])], arrived.get(case, {}), orders)
    refresh_facts(loaded.runs.values())
    return loaded


def _ends(orders: list[Claimed]) -> bool:
    return any(isinstance(order.command, cmd.Cancel) for order in orders)


def _ending_first(orders: list[Claimed]) -> list[Claimed]:
    """A case that rests is ended without doing first what it left undone."""
    return sorted(orders, key=lambda order: not isinstance(order.command, cmd.Cancel))


def _run(row: setwise.Row, running: charts.Running, arrived: dict[int, datetime], claimed: list[Claimed]) -> CaseRun:
    case, _, _, record_type, record_id, state, sequence, inputs, moved_at, sandbox, cause, depth, parent, token = row[
        :14
    ]
    before: State | None = None if state is None else decode_state(bytes(state))
    return CaseRun(
        id=case,
        running=running,
        record=None if record_id is None else RecordRef(record_type, record_id),
        before=before,
        state=before,
        sequence=sequence,
        inputs=inputs,
        moved_at=moved_at,
        sandbox=sandbox,
        cause=cause,
        depth=depth,
        parent=parent,
        parent_token=token,
        arrived=arrived,
        claimed=deque(claimed),
    )


def _arrivals(cases: list[int]) -> dict[int, dict[int, datetime]]:
    arrived: dict[int, dict[int, datetime]] = {}
    for case, token, at in setwise.fetch(_TOKENS, [cases]):
        arrived.setdefault(case, {})[token] = at
    return arrived


def refresh_facts(runs: Iterable[CaseRun]) -> None:
    """Read the records of these cases again; a record that is gone has no facts, so expressions over it give null."""
    alike: dict[tuple[str, Names], list[CaseRun]] = {}
    for run in runs:
        if run.record is not None and run.running.reads != frozenset():
            alike.setdefault((run.record.type, run.running.reads), []).append(run)
    for (record_type, names), group in alike.items():
        before = {run.record: run.seen for run in group if run.record is not None and run.seen is not None}
        known = facts_of_records([run.record for run in group if run.record is not None], names, before)
        for run in group:
            assert run.record is not None
            run.seen = known.get(run.record)
            run.facts = {record_type: None if run.seen is None else run.seen.context}
