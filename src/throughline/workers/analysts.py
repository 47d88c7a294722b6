"""
Analysts: a thread of a worker process that has experiments computed, one at a time, by processes of their own.

The thread only starts such a process and listens to it, so cases are stepped as fast as before; the process runs with
lower priority (nice). An experiment whose worker died is computed anew by another when the lease has run out.
"""

from __future__ import annotations

import logging
import threading

import psycopg
from django.db import close_old_connections, connections
from django.db.utils import InterfaceError, OperationalError

from throughline.insight.simulation import computing
from throughline.insight.simulation.operations import CHANNEL
from throughline.workers.listening import Clock, Listener, hearing, sleep_until

log = logging.getLogger("throughline.analyst")

PATIENCE = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds to wait before each further try when the database is away; the last one repeats."""


def run(stop: threading.Event, *, clock: Clock) -> None:
    """Have experiments computed until ``stop`` is set; one that is under way then waits for another worker."""
    failures = 0
    while not stop.is_set():
        try:
            with hearing(CHANNEL) as listener:
                while not stop.is_set():
                    _work(stop, listener, clock)
                    failures = 0
        except (OperationalError, InterfaceError, psycopg.OperationalError) as problem:
            seconds = PATIENCE[min(failures, len(PATIENCE) - 1)]
            failures += 1
            log.warning("The database is away (%s); trying again in %s s.", problem, seconds)
            connections.close_all()
            stop.wait(seconds)
    connections.close_all()


def _work(stop: threading.Event, listener: Listener, clock: Clock) -> None:
    close_old_connections()
    claimed = computing.claim(at=clock())
    if claimed is None:
        sleep_until(computing.next_due(), stop, listener, clock)
        return
    log.info("Experiment %s is computed.", claimed.pk)
    computing.compute(claimed, clock=clock, wanted=lambda: not stop.is_set())
