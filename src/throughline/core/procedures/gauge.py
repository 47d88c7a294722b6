"""
What one worker process has done and how it feels, told to the others by a row of its own.

The numbers are kept in memory and written every few seconds by the process itself (workers/main.py): the queues are the
truth about what waits, a row here says who works on it, and how late timers were when they fired.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from throughline.core.procedures import setwise
from throughline.core.procedures.lateness import Lateness

EVERY = timedelta(seconds=10)
ALIVE = timedelta(seconds=90)
"""A worker that has not told for so long is taken for gone: it tells at least every minute."""
FORGOTTEN = timedelta(days=1)

_late_seconds = 0.0
_lateness = Lateness()


def timers_done(late_seconds: Sequence[float]) -> None:
    """Note how late timers were whose steps have been committed together; clocks of machines may differ a little."""
    global _late_seconds, _lateness  # noqa: PLW0603 (one process, one gauge)
    late = [max(0.0, each) for each in late_seconds]
    _late_seconds = max(_late_seconds, *late) if late else _late_seconds
    _lateness = _lateness.with_more(late)


class Gauge:
    """The row of one worker process. ``name``: the machine and the process."""

    def __init__(self, name: str, *, at: datetime) -> None:
        self._name, self._started_at = name, at
        self._told_at: datetime | None = None
        self._commands = 0
        self._before = _lateness

    def worked(self, commands: int) -> None:
        """Count commands that were worked off."""
        self._commands += commands

    def tell(self, *, at: datetime) -> None:
        """Write the row, if that was not done a moment ago, and forget who has not told for a day."""
        global _late_seconds  # noqa: PLW0603
        if self._told_at is not None and at - self._told_at < EVERY:
            return
        self._told_at = at
        counts = [now - then for now, then in zip(_lateness.counts, self._before.counts, strict=True)]
        seconds = _lateness.seconds - self._before.seconds
        told = [self._name, self._started_at, at, self._commands, _late_seconds, counts, seconds]
        setwise.execute(_TELL, told)
        setwise.execute("DELETE FROM procedures_workerprocess WHERE seen_at < %s", [at - FORGOTTEN])
        _late_seconds = 0.0

    def leave(self) -> None:
        """Take the row away: the process ends properly."""
        setwise.execute("DELETE FROM procedures_workerprocess WHERE name = %s", [self._name])


_TELL = """
INSERT INTO procedures_workerprocess (
    name, started_at, seen_at, commands, timer_late_seconds, timers_by_lateness, timers_late_seconds
) VALUES (%s, %s, %s, %s, %s, %s::bigint[], %s)
ON CONFLICT (name) DO UPDATE SET started_at = EXCLUDED.started_at, seen_at = EXCLUDED.seen_at,
    commands = EXCLUDED.commands, timer_late_seconds = EXCLUDED.timer_late_seconds,
    timers_by_lateness = EXCLUDED.timers_by_lateness, timers_late_seconds = EXCLUDED.timers_late_seconds
"""
