"""Clerks: a thread of a worker process that changes many records as people asked for it, batch by batch."""

from __future__ import annotations

import logging
import threading

from django.db import DatabaseError, close_old_connections

from throughline.core.records import bulk_edit
from throughline.workers.listening import Clock, Listener, keep_doing, sleep_until

log = logging.getLogger("throughline.clerk")


def run(stop: threading.Event, *, clock: Clock) -> None:
    """Carry out what is asked for until ``stop`` is set; a run that is under way goes on with another worker."""
    keep_doing(_work, bulk_edit.CHANNEL, stop, clock=clock, log=log)


def _work(stop: threading.Event, listener: Listener, clock: Clock) -> None:
    close_old_connections()
    asked = bulk_edit.claim(at=clock())
    if asked is None:
        sleep_until(bulk_edit.next_due(), stop, listener, clock)
        return
    try:
        done = bulk_edit.carry_out(run=asked, clock=clock, wanted=lambda: not stop.is_set())
    except DatabaseError:
        raise
    except Exception:
        log.exception("Change %s of many records failed and is stopped; what it has done can be taken back.", asked.pk)
        bulk_edit.stop(run_id=asked.pk, user=asked.user, at=clock())
        return
    log.info("Change %s of many records: %s of %s looked at.", done.pk, done.reached, len(done.ids))
