"""
What business facts set off: the journal tells procedures what has happened.

Registered as a listener of the journal at start-up, so it runs inside the transaction of the change, once per batch of
entries. An entry may prove that a waiting human step was done (``tl:evidence``), show something to procedures that only
watch (sights.py), start cases (``tl:trigger``), and change what a waiting condition reads. All are commands in the
inbox: nothing is stepped here.

A chain of causes that grows too long is cut (loops.py): the case is held, with an incident that names the chain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from throughline.core.actor import Actor
from throughline.core.journal import Recorded
from throughline.core.procedures import charts, feel, loops, setwise
from throughline.core.procedures.evidence import take_as_evidence
from throughline.core.procedures.inbox import Order, enqueue
from throughline.core.procedures.loops import is_too_deep
from throughline.core.procedures.opening import Opening, open_cases
from throughline.core.procedures.resting.operations import go_to_bin_and_back
from throughline.core.procedures.sights import take_note
from throughline.core.procedures.told import Told
from throughline.core.recordref import RecordRef
from throughline.flow.engine import Node
from throughline.flow.engine import commands as cmd
from throughline.flow.engine.formula import Formula


def react(entries: Sequence[Recorded]) -> None:
    """
    Let procedures react to entries of the journal; of test records only conditions of their own cases hear.
    """
    go_to_bin_and_back(entries)
    _test_conditions([entry for entry in entries if entry.sandbox])
    live = [entry for entry in entries if not entry.sandbox]
    if not live:
        return
    told = Told()
    take_as_evidence(live, told)
    _start(live, told)
    _test_conditions(live)


# --- starts -----------------------------------------------------------------------------------------------------------
_TRIGGERS = """
SELECT t.name, t.version_id, t.node, p.record_type, t.kind FROM procedures_starttrigger t
JOIN procedures_procedureversion v ON v.id = t.version_id JOIN procedures_procedure p ON p.id = v.procedure_id
WHERE t.kind IN ('event', 'sight') AND t.name = ANY(%s) ORDER BY t.id
"""


@dataclass(frozen=True, slots=True)
class _Trigger:
    """A start event of a published version that entries of one kind set off."""

    version: int
    node: Node
    record_type: str
    where: Formula | None

    def is_set_off(self, entry: Recorded, told: Told) -> bool:
        if self.record_type and self.record_type != entry.about.type:
            return False
        return self.where is None or self.where(told.context(entry), feel.instant(entry.at)) is True


def _start(entries: Sequence[Recorded], told: Told) -> None:
    rows = setwise.fetch(_TRIGGERS, [sorted({entry.event for entry in entries})])
    watched = {(row[0], row[3]) for row in rows if row[4] == "sight"}
    take_note([entry for entry in entries if (entry.event, entry.about.type) in watched], told)
    triggers = _triggers([row for row in rows if row[4] == "event"])
    if any(each.where is not None for of_event in triggers.values() for each in of_event):
        told.read(entry.about for entry in entries)
    openings: dict[tuple[Actor, datetime], list[tuple[Recorded, Opening]]] = {}
    for entry in entries:
        for trigger in triggers.get(entry.event, ()):
            if trigger.is_set_off(entry, told):
                openings.setdefault((entry.by, entry.at), []).append((entry, _opening(entry, trigger)))
    for (by, at), group in openings.items():
        cases = open_cases([opening for _, opening in group], by=by, at=at)
        deep = [(case, entry.id) for case, (entry, _) in zip(cases, group, strict=True) if is_too_deep(entry.depth)]
        loops.cut(deep, at=at)


def _triggers(rows: Sequence[setwise.Row]) -> dict[str, list[_Trigger]]:
    ready = charts.running_many((row[1], "") for row in rows)
    found: dict[str, list[_Trigger]] = {}
    for name, version, node, record_type, _kind in rows:
        chart = ready[(version, "")].chart
        where = next((start.where for start in chart.starts if start.node == node and start.event == name), None)
        found.setdefault(name, []).append(_Trigger(version, chart.node(node), record_type, where))
    return found


def _opening(entry: Recorded, trigger: _Trigger) -> Opening:
    """Return the case to open. What was told goes along only where the start event maps it: it may be personal."""
    wanted = bool(trigger.node.outputs)
    return Opening(
        version=trigger.version,
        record=entry.about if trigger.record_type else None,
        node=trigger.node.id,
        payload=feel.context({**entry.data, **entry.personal}) if wanted else {},
        cause=entry.id,
        depth=min(entry.depth, 32_000),
    )


# --- conditions -------------------------------------------------------------------------------------------------------
_WAITING = """
SELECT w.case_id, array_agg(DISTINCT f ORDER BY f), r.type, r.id
FROM procedures_conditionwait w
JOIN unnest(%s::text[], %s::bigint[]) AS r (type, id)
    ON w.record_type = r.type AND w.record_id = r.id
CROSS JOIN LATERAL unnest(w.fields) f
GROUP BY w.case_id, r.type, r.id ORDER BY w.case_id
"""


def _test_conditions(entries: Sequence[Recorded]) -> None:
    """Let cases look again at conditions that read the record; a condition that has not become true moves nothing."""
    if not entries:
        return
    last = {entry.about: entry for entry in entries}
    orders = []
    for case, reads, record_type, record_id in setwise.fetch(_WAITING, setwise.columns_of(sorted(last), 2)):
        entry = last[RecordRef(record_type, record_id)]
        if is_too_deep(entry.depth):
            loops.cut([(case, entry.id)], at=entry.at)
        orders.append(Order(case, cmd.RecordChanged(tuple(reads)), entry.by, entry.at, entry.id))
    enqueue(orders)


LISTENERS = (react,)
"""What wiring.py tells the journal to call."""
