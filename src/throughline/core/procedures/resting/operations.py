"""Putting cases to rest and waking them, in the transaction that moves their records into the bin or out of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from throughline.core.journal import Recorded
from throughline.core.procedures import setwise
from throughline.core.procedures.inbox import wake as wake_workers
from throughline.core.procedures.resting.queries import rests
from throughline.core.recordref import RecordRef

_REST = """
INSERT INTO resting_restingcase (case_id, since_at)
SELECT c.id, %s FROM procedures_case c JOIN unnest(%s::text[], %s::bigint[]) AS r (type, id)
    ON c.record_type = r.type AND c.record_id = r.id
WHERE c.status IN ('starting', 'running') ORDER BY c.id
ON CONFLICT DO NOTHING
"""
_WAKE = """
DELETE FROM resting_restingcase USING procedures_case c JOIN unnest(%s::text[], %s::bigint[]) AS r (type, id)
    ON c.record_type = r.type AND c.record_id = r.id
WHERE resting_restingcase.case_id = c.id RETURNING c.id
"""
_GO_ON = """
UPDATE procedures_inbox i SET parked = false, at = greatest(i.at, %s) FROM procedures_case c
WHERE i.case_id = ANY(%s) AND c.id = i.case_id AND NOT c.held
"""
"""What fell due meanwhile happens now: later deadlines are counted from here. What an incident holds stays held."""


def rest(records: Sequence[RecordRef], *, at: datetime) -> None:
    """Let the running cases of these records rest: nobody is asked, nothing is sent, commands wait in the inbox."""
    setwise.execute(_REST, [at, *setwise.columns_of(sorted(records), 2)])


def wake(records: Sequence[RecordRef], *, at: datetime) -> None:
    """Let the cases of these records go on, with their due moments as they were and what came meanwhile, in order."""
    woken = [row[0] for row in setwise.fetch(_WAKE, setwise.columns_of(sorted(records), 2))]
    if woken:
        setwise.execute(_GO_ON, [at, woken])
        wake_workers()


def release(case_id: int) -> None:
    """Let the parked commands of a case that rests be looked at again, because it is to be ended."""
    if rests(case_id):
        setwise.execute("UPDATE procedures_inbox SET parked = false WHERE case_id = %s", [case_id])


def go_to_bin_and_back(entries: Sequence[Recorded]) -> None:
    """Follow the records of these entries of the journal into the bin and out of it."""
    for event, follow in (("record.deleted", rest), ("record.restored", wake)):
        moved: dict[datetime, list[RecordRef]] = {}
        for entry in entries:
            if entry.event == event:
                moved.setdefault(entry.at, []).append(entry.about)
        for at, records in moved.items():
            follow(records, at=at)
