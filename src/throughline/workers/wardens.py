"""
Wardens: a thread of a worker process that looks after the whole, so that no case waits for it.

Sealing the journal, moving cases to other versions, carrying out repairs and imports, watching and telling owners take
long where there is much to look at. What only one can do at a time one warden does; the others go on with the rest.
People are reminded first: that is quick, and has its time.
"""

from __future__ import annotations

import logging
import threading

from django.db import close_old_connections

from throughline.core.journal.upkeep import look_after as look_after_journal
from throughline.core.procedures import chores
from throughline.core.procedures.inbox import CHANNEL, wake
from throughline.core.records.custom.upkeep import look_after as look_after_definitions
from throughline.crm.activities import reminders
from throughline.workers.listening import Clock, Listener, keep_doing, sleep_until

log = logging.getLogger("throughline.warden")

NAME = "wardens"
REST_SECONDS = 0.2
"""Between two rounds that found nothing to do: while cases move, every commit is a notification."""


def run(stop: threading.Event, *, clock: Clock) -> None:
    """Look after everything until ``stop`` is set; the round at hand is finished first."""
    keep_doing(_work, CHANNEL, stop, clock=clock, log=log)


def _work(stop: threading.Event, listener: Listener, clock: Clock) -> None:
    close_old_connections()
    reminders.remind(at=clock())
    if chores.look_after(at=clock()):
        wake()  # cases were given something to do
        return
    look_after_journal(at=clock())
    look_after_definitions(at=clock())
    stop.wait(REST_SECONDS)
    due = [moment for moment in (chores.next_due(), reminders.next_due(at=clock())) if moment is not None]
    sleep_until(min(due, default=None), stop, listener, clock)
