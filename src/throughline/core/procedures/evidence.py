"""Human steps that are done because the journal proves it (``tl:evidence``), set-wise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from throughline.core.actor import Actor
from throughline.core.journal import Fact, Recorded, record_many
from throughline.core.procedures import charts, setwise
from throughline.core.procedures.events import WorkCompleted
from throughline.core.procedures.inbox import Order, enqueue
from throughline.core.procedures.told import Told
from throughline.core.recordref import RecordRef
from throughline.flow import values
from throughline.flow.bpmn.extensions import Evidence
from throughline.flow.engine import commands as cmd


@dataclass(frozen=True, slots=True)
class _Proven:
    """An open work item, and the entry that proves it was done."""

    item: int
    case: int
    token: int
    node: str
    title: str
    outcome: str
    variables: dict[str, Any]
    entry: Recorded


_PROVABLE = """
SELECT w.id, w.case_id, w.token, w.node, w.title, w.version_id, c.process, w.record_type, w.record_id
FROM procedures_workitem w JOIN procedures_case c ON c.id = w.case_id
JOIN unnest(%s::text[], %s::bigint[]) AS r (type, id) ON w.record_type = r.type AND w.record_id = r.id
WHERE w.status = 'open' AND w.evidence && %s::text[] AND NOT w.sandbox
ORDER BY w.id FOR UPDATE OF w
"""


def take_as_evidence(entries: Sequence[Recorded], told: Told) -> None:
    """
    Complete the open work items that these entries prove to be done; one entry proves at most one visit of a step.
    """
    names = sorted({entry.event for entry in entries})
    records = setwise.columns_of(sorted({entry.about for entry in entries}), 2)
    rows = setwise.fetch(_PROVABLE, [*records, names])
    if rows:
        told.read(entry.about for entry in entries)
        _complete(list(_proven(rows, entries, told)))


def _proven(rows: Sequence[setwise.Row], entries: Sequence[Recorded], told: Told) -> Iterator[_Proven]:
    ready = charts.running_many((row[5], row[6]) for row in rows)
    by_record: dict[RecordRef, list[Recorded]] = {}
    for entry in entries:
        by_record.setdefault(entry.about, []).append(entry)
    for row in rows:
        item, case, token, node, title, version, process = row[:7]
        element = ready[(version, process)].chart.node(node).element
        for entry in by_record[RecordRef(row[7], row[8])]:
            proof = _proof(element.extensions.evidence, entry, told)
            if proof is not None:
                answers = _variables(element, proof)
                yield _Proven(item, case, token, node, title, proof.outcome, answers, entry)
                break


def _proof(evidence: Iterable[Evidence], entry: Recorded, told: Told) -> Evidence | None:
    return next((each for each in evidence if each.event == entry.event and told.fulfils(entry, each.where)), None)


def _variables(element: Any, proof: Evidence) -> dict[str, Any]:
    work = element.extensions.work_item
    return {work.result if work is not None else "outcome": proof.outcome} if proof.outcome else {}


_CLOSE = """
UPDATE procedures_workitem w
SET status = 'done', closed_at = r.at, closed_by_label = r.label, outcome = r.outcome, answers = r.answers
FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[], %s::text[], %s::jsonb[]) AS r (id, at, label, outcome, answers)
WHERE w.id = r.id
"""


def _complete(proven: Sequence[_Proven]) -> None:
    if not proven:
        return
    rows = [
        (each.item, each.entry.at, each.entry.by.label, each.outcome, values.dumps(each.variables)) for each in proven
    ]
    setwise.execute(_CLOSE, setwise.columns_of(rows, 5))
    told_together: dict[tuple[Actor, datetime], list[_Proven]] = {}
    for each in proven:
        told_together.setdefault((each.entry.by, each.entry.at), []).append(each)
    for (by, at), group in told_together.items():
        recorded = record_many([_fact(each) for each in group], by=by, at=at)
        enqueue([_order(each, entry.id) for each, entry in zip(group, recorded, strict=True)])


def _fact(each: _Proven) -> Fact:
    done = WorkCompleted(case=each.case, node=each.node, title=each.title, outcome=each.outcome, evidence=each.entry.id)
    return Fact(done, each.entry.about, each.entry.id)


def _order(each: _Proven, cause: int) -> Order:
    by = each.entry.by
    person = None if by.user_id is None else str(by.user_id)
    return Order(each.case, cmd.CompleteWork(each.token, dict(each.variables), person), by, each.entry.at, cause)
