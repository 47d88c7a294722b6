"""Timers that fall due become commands, set-wise: the row is taken away in the transaction that writes the command."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from throughline.core.actor import Actor
from throughline.core.procedures import setwise
from throughline.core.procedures.inbox import Lane, Order, enqueue
from throughline.flow.engine import commands as cmd

_TAKE = """
WITH due AS (
    SELECT case_id, timer FROM procedures_timer WHERE due_at <= %s ORDER BY due_at, case_id, timer LIMIT %s
    FOR UPDATE SKIP LOCKED
)
DELETE FROM procedures_timer t USING due WHERE t.case_id = due.case_id AND t.timer = due.timer
RETURNING t.due_at, t.case_id, t.timer
"""


@transaction.atomic
def fire_due(*, at: datetime, limit: int) -> int:
    """
    Turn up to ``limit`` timers due at ``at`` into commands, earliest first, and return how many there were.

    They queue in a lane of their own: a hundred thousand at once keep nobody from being served.
    """
    clock = Actor.system("Clock")
    rows = sorted(setwise.fetch(_TAKE, [at, limit]))
    enqueue([Order(case, cmd.TimerDue(timer), clock, at) for _, case, timer in rows], lane=Lane.TIMERS)
    return len(rows)


def next_due() -> datetime | None:
    """Return when the next timer or schedule is due; None when nothing is. Of outside actions outbox.py tells."""
    (row,) = setwise.fetch(
        "SELECT least((SELECT min(due_at) FROM procedures_timer),"
        " (SELECT min(due_at) FROM procedures_starttrigger WHERE kind = 'timer'))"
    )
    due: datetime | None = row[0]
    return due
