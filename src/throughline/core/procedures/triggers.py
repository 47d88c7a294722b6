"""
What business facts set off: the journal tells procedures what has happened.

Registered as a listener of the journal at start-up, so it runs inside the transaction of the change, once per batch of
entries. An entry may prove that a waiting human step was done (``tl:evidence``), start cases (``tl:trigger``), and
change what a waiting condition reads. All three are commands in the inbox: nothing is stepped here.

A chain of causes that grows too long is cut: the case is opened but held, with an incident that names the chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from throughline.core.journal import MAX_DEPTH, Fact, Recorded, record_many
from throughline.core.procedures import charts, feel, setwise
from throughline.core.procedures.driver.batch import hold
from throughline.core.procedures.events import WorkCompleted
from throughline.core.procedures.inbox import Order, enqueue
from throughline.core.procedures.models import WorkItem
from throughline.core.procedures.opening import Opening, open_cases
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.context import facts
from throughline.flow.bpmn.extensions import Evidence
from throughline.flow.engine import Node
from throughline.flow.engine import commands as cmd
from throughline.flow.engine.formula import Formula


def react(entries: Sequence[Recorded]) -> None:
    """Let procedures react to entries of the journal; entries of sandbox records concern nobody."""
    live = [entry for entry in entries if not entry.sandbox]
    if not live:
        return
    known = _Facts()
    _take_as_evidence(live, known)
    _start(live, known)
    _test_conditions(live)


class _Facts:
    """Facts of records, read set-wise when the first expression asks for them, once per batch of entries."""

    def __init__(self) -> None:
        self._known: dict[RecordRef, Mapping[str, Any]] = {}

    def read(self, refs: Iterable[RecordRef]) -> None:
        missing = {ref for ref in refs if ref not in self._known and registry.find(ref.type) is not None}
        if missing:
            self._known.update(facts(missing))

    def context(self, entry: Recorded) -> dict[str, Any]:
        """
        Return what ``where`` sees: the entry's record by its type, its values as ``event`` and under the first word of
        its name.

        ``activity.logged`` about a lead gives ``lead`` (the record), ``activity`` and ``event`` (what was logged).
        Where the two share a name, the record's fields win.
        """
        told = feel.context({**entry.data, **entry.personal})
        record = dict(self._known.get(entry.about, {}))
        context = {entry.event.partition(".")[0]: told, "event": told}
        if record:
            context[entry.about.type] = {**context.get(entry.about.type, {}), **record}
        return context


# --- evidence ---------------------------------------------------------------------------------------------------------
_PROVABLE = """
SELECT w.id, w.case_id, w.token, w.node, w.title, w.version_id, c.process, w.record_type, w.record_id
FROM procedures_workitem w JOIN procedures_case c ON c.id = w.case_id
JOIN (SELECT DISTINCT * FROM unnest(%s::text[], %s::bigint[]) AS r (type, id)) r
    ON w.record_type = r.type AND w.record_id = r.id
WHERE w.status = 'open' AND w.evidence && %s::text[] AND NOT w.sandbox
ORDER BY w.id FOR UPDATE OF w
"""


def _take_as_evidence(entries: Sequence[Recorded], known: _Facts) -> None:
    names = sorted({entry.event for entry in entries})
    rows = setwise.fetch(_PROVABLE, [*_columns(entries), names])
    if not rows:
        return
    ready = charts.running_many((row[5], row[6]) for row in rows)
    known.read(entry.about for entry in entries)
    by_record: dict[RecordRef, list[Recorded]] = {}
    for entry in entries:
        by_record.setdefault(entry.about, []).append(entry)
    for row in rows:
        element = ready[(row[5], row[6])].chart.node(row[3]).element
        for entry in by_record.get(RecordRef(row[7], row[8]), []):
            proof = _proof(element.extensions.evidence, entry, known)
            if proof is not None:
                _complete(row, element, proof, entry)
                break


def _columns(entries: Sequence[Recorded]) -> list[list[Any]]:
    return setwise.columns_of(sorted({entry.about for entry in entries}), 2)


def _proof(evidence: Sequence[Evidence], entry: Recorded, known: _Facts) -> Evidence | None:
    for each in evidence:
        if each.event == entry.event and _holds(each.where, entry, known):
            return each
    return None


_formulas: dict[str, Formula] = {}


def _holds(where: str, entry: Recorded, known: _Facts) -> bool:
    if not where.strip():
        return True
    if where not in _formulas:
        _formulas[where] = Formula(where)
    return _formulas[where](known.context(entry), feel.instant(entry.at)) is True


def _complete(row: setwise.Row, element: Any, proof: Evidence, entry: Recorded) -> None:
    item, case, token, node, title = row[:5]
    work = element.extensions.work_item
    variables = {work.result if work is not None else "outcome": proof.outcome} if proof.outcome else {}
    WorkItem.objects.filter(pk=item).update(
        status=WorkItem.Status.DONE,
        closed_at=entry.at,
        closed_by_label=entry.by.label,
        outcome=proof.outcome,
        answers=variables,
    )
    done = WorkCompleted(case=case, node=node, title=title, outcome=proof.outcome, evidence=entry.id)
    (recorded,) = record_many([Fact(done, entry.about, entry.id)], by=entry.by, at=entry.at)
    by = str(entry.by.user_id) if entry.by.user_id is not None else None
    enqueue([Order(case, cmd.CompleteWork(token, dict(variables), by), entry.by, entry.at, recorded.id)])


# --- starts -----------------------------------------------------------------------------------------------------------
_TRIGGERS = """
SELECT t.name, t.version_id, t.node, p.record_type FROM procedures_starttrigger t
JOIN procedures_procedureversion v ON v.id = t.version_id JOIN procedures_procedure p ON p.id = v.procedure_id
WHERE t.kind = 'event' AND t.name = ANY(%s) ORDER BY t.id
"""


def _start(entries: Sequence[Recorded], known: _Facts) -> None:
    rows = setwise.fetch(_TRIGGERS, [sorted({entry.event for entry in entries})])
    if not rows:
        return
    ready = charts.running_many((row[1], "") for row in rows)
    wheres = {
        (row[1], row[2]): start.where
        for row in rows
        for start in ready[(row[1], "")].chart.starts
        if start.node == row[2] and start.event
    }
    if any(where is not None for where in wheres.values()):
        known.read(entry.about for entry in entries)
    by_event = setwise.group(rows)
    openings: dict[tuple[Any, Any], list[tuple[Recorded, Opening]]] = {}
    for entry in entries:
        for _, version, node, record_type in by_event.get(entry.event, ()):
            if record_type and record_type != entry.about.type:
                continue
            where = wheres.get((version, node))
            if where is None or where(known.context(entry), feel.instant(entry.at)) is True:
                opening = _opening(entry, version, ready[(version, "")].chart.node(node), record_type)
                openings.setdefault((entry.by, entry.at), []).append((entry, opening))
    for (by, at), group in openings.items():
        cases = open_cases([opening for _, opening in group], by=by, at=at)
        _cut_loops([(case, entry) for case, (entry, _) in zip(cases, group, strict=True) if entry.depth >= MAX_DEPTH])


def _opening(entry: Recorded, version: int, node: Node, record_type: str) -> Opening:
    """
    Return the case to open. What was recorded is handed over only where the start event maps it: it may be personal.
    """
    told = bool(node.outputs)
    return Opening(
        version=version,
        record=entry.about if record_type else None,
        node=node.id,
        payload=feel.context({**entry.data, **entry.personal}) if told else {},
        cause=entry.id,
        depth=min(entry.depth, 32_000),
    )


# --- loops of causes --------------------------------------------------------------------------------------------------
_CHAIN = """
WITH RECURSIVE chain (id, event, actor_label, cause_id, place) AS (
    SELECT id, event, actor_label, cause_id, 0 FROM journal_entry WHERE id = %s
    UNION ALL
    SELECT e.id, e.event, e.actor_label, e.cause_id, chain.place + 1
    FROM chain JOIN journal_entry e ON e.id = chain.cause_id WHERE chain.place < 100
)
SELECT event, actor_label FROM chain ORDER BY place DESC
"""


def _cut_loops(cut: Sequence[tuple[int, Recorded]]) -> None:
    for case, entry in cut:
        chain = setwise.fetch(_CHAIN, [entry.id])
        told = " > ".join(f"{event} ({label})" for event, label in chain)
        hold(
            case,
            LoopOfCauses(f"Expected at most {MAX_DEPTH} causes in a row, but this chain is longer: {told}"),
            at=entry.at,
        )


class LoopOfCauses(Exception):
    """Procedures set each other off without end."""


# --- conditions -------------------------------------------------------------------------------------------------------
_WAITING = """
SELECT w.case_id, array_agg(DISTINCT f ORDER BY f), r.type, r.id
FROM procedures_conditionwait w
JOIN (SELECT DISTINCT * FROM unnest(%s::text[], %s::bigint[]) AS r (type, id)) r
    ON w.record_type = r.type AND w.record_id = r.id
CROSS JOIN LATERAL unnest(w.fields) f
GROUP BY w.case_id, r.type, r.id ORDER BY w.case_id
"""


def _test_conditions(entries: Sequence[Recorded]) -> None:
    """Let cases look again at conditions that read the record; a condition that has not become true moves nothing."""
    last = {entry.about: entry for entry in entries}
    orders = []
    for case, reads, record_type, record_id in setwise.fetch(_WAITING, _columns(entries)):
        entry = last[RecordRef(record_type, record_id)]
        orders.append(Order(case, cmd.RecordChanged(tuple(reads)), entry.by, entry.at, entry.id))
    enqueue(orders)


LISTENERS = (react,)
"""What wiring.py tells the journal to call."""
