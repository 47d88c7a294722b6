"""
Readers: a thread of a worker process that has imported logs read and past cases tried, one errand at a time, by
processes of their own. These take seconds to minutes; simulations, which may take hours, have a thread of their own
(analysts.py).
"""

from __future__ import annotations

import logging
import threading

from django.db import close_old_connections

from throughline.insight.errands import leases
from throughline.insight.logs import readings
from throughline.insight.logs.models import LogReading
from throughline.insight.simulation import dry_runs
from throughline.insight.simulation.models import DryRun
from throughline.workers.listening import Clock, Listener, keep_doing, sleep_until

log = logging.getLogger("throughline.reader")


def run(stop: threading.Event, *, clock: Clock) -> None:
    """Do errands until ``stop`` is set; one that is under way then waits for another worker."""
    keep_doing(_work, leases.CHANNEL, stop, clock=clock, log=log)


def _work(stop: threading.Event, listener: Listener, clock: Clock) -> None:
    close_old_connections()
    reading = leases.claim(LogReading, at=clock())
    if reading is not None:
        log.info("Log %s is read.", reading.log_id)
        readings.read(reading, clock=clock, wanted=lambda: not stop.is_set())
    dry_run = leases.claim(DryRun, at=clock())
    if dry_run is not None:
        log.info("The cases of dry run %s are tried.", dry_run.pk)
        dry_runs.try_cases(dry_run, clock=clock, wanted=lambda: not stop.is_set())
    if reading is None and dry_run is None:
        sleep_until(leases.next_due(LogReading, DryRun), stop, listener, clock)
