"""
Couriers: threads of a worker process that perform outside actions, one thread per connection that has something to do.

A connection that is slow or hangs holds up nobody but itself: cases are stepped by the main thread, other connections
have threads of their own. What a courier holds is a lease; it is kept up while the courier works, but never for longer
than its requests may take together, so that a courier that hangs loses it, as a process that has died does.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

from django.db import DatabaseError, close_old_connections, connections

from throughline.core.procedures import outbox
from throughline.core.procedures.driver.wishes import OUTSIDE_CHANNEL
from throughline.workers.listening import Clock, Listener, keep_at, sleep_until

log = logging.getLogger("throughline.courier")

THREADS = 8
"""Connections served at the same time by one process."""
SLACK = 10.0
"""Seconds that performing may take beyond the time-outs of its requests before the lease is let go."""
BUSY_LOOK = timedelta(seconds=1)
"""How soon to look again for connections that are being served."""


def run(stop: threading.Event, *, clock: Clock) -> None:
    """Perform outside actions until ``stop`` is set; what is being performed then is finished first."""
    with ThreadPoolExecutor(THREADS, thread_name_prefix="courier") as pool:
        keep_at(_Office(pool, stop, clock).work, OUTSIDE_CHANNEL, stop, log)
    connections.close_all()


class _Office:
    """Who serves which connection at the moment."""

    def __init__(self, pool: ThreadPoolExecutor, stop: threading.Event, clock: Clock) -> None:
        self._pool, self._stop, self._clock = pool, stop, clock
        self._out: dict[str, Future[None]] = {}

    def work(self, listener: Listener) -> Iterator[None]:
        """Send couriers out, sleep, and so on, until told to stop."""
        while not self._stop.is_set():
            close_old_connections()
            outbox.report_overdue(at=self._clock())
            self._out = {key: courier for key, courier in self._out.items() if not courier.done()}
            for key in outbox.ready(at=self._clock()):
                if key not in self._out:
                    self._out[key] = self._pool.submit(_serve, key, self._stop, self._clock)
            yield
            due = outbox.next_due()
            if self._out:
                soon = self._clock() + BUSY_LOOK
                due = soon if due is None else max(due, soon)
            sleep_until(due, self._stop, listener, self._clock)


def _serve(connection: str, stop: threading.Event, clock: Clock) -> None:
    """Perform what is due over one connection until nothing is."""
    try:
        close_old_connections()
        chance = random.random
        while not stop.is_set():
            if not outbox.perform_some(
                connection=connection, clock=clock, chance=chance, keep=lambda claim: _kept(claim, clock)
            ):
                return
    except DatabaseError as problem:
        log.warning("The database went away while “%s” was served (%s); it is done again.", connection, problem)
    except Exception:
        log.exception("Serving the connection “%s” failed; it is tried again when its lease has run out.", connection)
        raise
    finally:
        connections.close_all()


@contextmanager
def _kept(claim: outbox.Claim, clock: Clock) -> Iterator[None]:
    """Keep a claim up from a thread beside, for as long as its requests may take."""
    done = threading.Event()
    keeper = threading.Thread(target=_keep_up, args=(claim, done, clock), name="lease", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join()


def _keep_up(claim: outbox.Claim, done: threading.Event, clock: Clock) -> None:
    ends_at = clock() + timedelta(seconds=claim.longest + SLACK)
    try:
        while not done.wait(outbox.LEASE.total_seconds() / 3) and clock() < ends_at:
            if not claim.keep(at=clock()):
                return
    except DatabaseError as problem:
        log.warning("A lease could not be kept up (%s); others may repeat what is performed now.", problem)
    finally:
        connections.close_all()
