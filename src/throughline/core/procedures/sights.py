"""
What procedures that only watch make of the journal.

An entry that may prove a step becomes the command ``Observe`` for each open case of its record, whether the step is
expected there or not: the kernel finds out which step it was and what was left out for it (flow/engine/watching.py).
Nothing is stepped here, and nobody is asked for anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from throughline.core.journal import Recorded
from throughline.core.procedures import charts, setwise
from throughline.core.procedures.inbox import Order, enqueue
from throughline.core.procedures.models import StartTrigger
from throughline.core.procedures.told import Told
from throughline.core.recordref import RecordRef
from throughline.flow.engine import Chart
from throughline.flow.engine import commands as cmd

_CASES = """
SELECT c.id, c.version_id, c.process, c.record_type, c.record_id
FROM procedures_case c JOIN procedures_procedureversion v ON v.id = c.version_id AND v.guided
JOIN unnest(%s::text[], %s::bigint[]) AS r (type, id) ON c.record_type = r.type AND c.record_id = r.id
WHERE c.status IN ('starting', 'running') AND NOT c.sandbox ORDER BY c.id
"""


def sights_of(chart: Chart, version_id: int) -> Iterator[StartTrigger]:
    """Return the rows that let the journal tell a version that only watches; none for one that acts."""
    if chart.watches:
        for name in sorted({proof.event for node in chart.nodes for proof in node.element.extensions.evidence}):
            yield StartTrigger(version_id=version_id, kind="sight", name=name)


def take_note(entries: Sequence[Recorded], told: Told) -> None:
    """Tell the open cases that only watch what these entries may prove."""
    if not entries:
        return
    by_record: dict[RecordRef, list[Recorded]] = {}
    for entry in entries:
        by_record.setdefault(entry.about, []).append(entry)
    rows = setwise.fetch(_CASES, setwise.columns_of(sorted(by_record), 2))
    if not rows:
        return
    told.read(by_record)
    ready = charts.running_many((row[1], row[2]) for row in rows)
    orders = []
    for case, version, process, record_type, record_id in rows:
        chart = ready[(version, process)].chart
        for entry in by_record[RecordRef(record_type, record_id)]:
            seen = _seen(chart, entry, told)
            if seen:
                person = None if entry.by.user_id is None else str(entry.by.user_id)
                orders.append(Order(case, cmd.Observe(seen, person), entry.by, entry.at, entry.id))
    enqueue(orders)


def _seen(chart: Chart, entry: Recorded, told: Told) -> dict[str, dict[str, str]]:
    """Return the steps that an entry may prove, each with what that sets."""
    seen = {}
    for node in chart.nodes:
        extensions = node.element.extensions
        proof = next(
            (each for each in extensions.evidence if each.event == entry.event and told.fulfils(entry, each.where)),
            None,
        )
        if proof is not None:
            result = "outcome" if extensions.work_item is None else extensions.work_item.result
            seen[node.id] = {result: proof.outcome} if proof.outcome else {}
    return seen
