"""Ending a case that the kernel cannot step any more: its projections go, its logs stay."""

from __future__ import annotations

from datetime import datetime

from throughline.core.procedures import setwise
from throughline.core.recordref import RecordRef
from throughline.core.records import nextstep

_STATEMENTS = (
    "UPDATE procedures_case SET status = 'cancelled', outcome = 'cancelled', held = false, ended_at = %(at)s,"
    " moved_at = greatest(moved_at, %(at)s) WHERE id = %(case)s",
    "DELETE FROM procedures_inbox WHERE case_id = %(case)s",
    "DELETE FROM procedures_token WHERE case_id = %(case)s",
    "DELETE FROM procedures_timer WHERE case_id = %(case)s",
    "DELETE FROM procedures_messagewait WHERE case_id = %(case)s",
    "DELETE FROM procedures_signalwait WHERE case_id = %(case)s",
    "DELETE FROM procedures_conditionwait WHERE case_id = %(case)s",
    "UPDATE procedures_workitem SET status = 'withdrawn', closed_at = %(at)s"
    " WHERE case_id = %(case)s AND status = 'open'",
    "UPDATE procedures_outbox SET status = 'cancelled' WHERE case_id = %(case)s AND status = 'waiting'",
    "UPDATE procedures_incident SET status = 'closed', closed_at = %(at)s, closed_by_label = %(by)s,"
    " resolution = 'cancelled' WHERE case_id = %(case)s AND status = 'open'",
)


def abandon(case: int, *, by_label: str, at: datetime) -> None:
    """End a held case without asking the kernel, in the caller's transaction."""
    for statement in _STATEMENTS:
        setwise.execute(statement, {"case": case, "at": at, "by": by_label})
    rows = setwise.fetch("SELECT record_type, record_id FROM procedures_case WHERE id = %s", [case])
    nextstep.refresh(RecordRef(record_type, record_id) for record_type, record_id in rows if record_id is not None)
