"""
Ending what a worker holds that has fallen silent in the middle of sending rows.

Theory of operation. A worker that stops in a transaction is ended by the database
(``idle_in_transaction_session_timeout``), one whose machine is gone by the missing answers to its keep-alives. Neither
helps when the process stands still, its machine answers, and the database is waiting for the rest of a COPY: that is no
idle session, and PostgreSQL does not look at time limits there. So the other workers do. What was ended is done again
by whoever claims it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from throughline.core.procedures import setwise

APPLICATION = "throughline worker"
"""What sessions that hold cases are called in ``pg_stat_activity``."""
PATIENCE = timedelta(seconds=30)
"""A batch sends its rows in a part of a second."""

_END = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user AND application_name = %s AND pid <> pg_backend_pid()
    AND state = 'active' AND wait_event = 'ClientRead' AND state_change < %s
"""


def end_silent(*, at: datetime) -> int:
    """End the sessions of workers that have been sending rows for too long, and return how many there were."""
    return len(setwise.fetch(_END, [APPLICATION, at - PATIENCE]))
