"""
The worker process: drains what waits, sleeps until something is due, stops gracefully.

It listens on one connection of its own for what other processes commit (``NOTIFY``) and otherwise sleeps until the next
timer, schedule or try; a look every minute covers a notification lost with a connection. Any number of workers may run.
Threads beside do all that may take long, so that it stops no case: outside actions (couriers.py), computations
(analysts.py), reading and trying (readers.py), changes of many records (clerks.py), telling subscribers (heralds.py),
upkeep of the whole (wardens.py).
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

from django.db import close_old_connections, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.utils import InterfaceError, OperationalError

from throughline.core.procedures.driver.timers import next_due
from throughline.core.procedures.gauge import Gauge
from throughline.core.procedures.inbox import CHANNEL
from throughline.core.procedures.silence import APPLICATION
from throughline.core.procedures.worker import Pace, drain
from throughline.core.records.custom import live
from throughline.workers import analysts, clerks, couriers, heralds, readers, wardens
from throughline.workers.listening import Clock, Listener, keep_at, sleep_until

log = logging.getLogger("throughline.worker")

AT_ONCE = 2_000
"""Commands per drain, so that a request to stop is heard in the middle of a flood."""


def utc_now() -> datetime:
    """Return the instant; the only clock of the worker."""
    return datetime.now(UTC)


def settle_memory() -> None:
    """
    Tell the collector of garbage that what has been loaded by now stays, and to look less often.

    A batch makes many small things that live until its end; looking for garbage among them and all of the product took
    a sixth of the processor. Called once, by a process that is a worker.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def run(stop: threading.Event | None = None) -> None:
    """Work until SIGTERM or SIGINT (or until ``stop`` is set); the batch at hand is finished first."""
    stop = stop or threading.Event()
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
    connection_created.connect(bound)
    beside = [
        threading.Thread(target=target, args=(stop,), kwargs={"clock": utc_now}, name=name)
        for name, target in (
            ("couriers", couriers.run),
            ("analysts", analysts.run),
            ("readers", readers.run),
            ("heralds", heralds.run),
            ("clerks", clerks.run),
            (wardens.NAME, wardens.run),
        )
    ]
    for thread in beside:
        thread.start()
    try:
        run_worker(stop)
    finally:
        stop.set()
        for thread in beside:
            thread.join()


HELD_SECONDS = 30
"""How long the database waits for a worker that has begun a transaction and says nothing any more."""
STATEMENT_SECONDS = 60
"""How long one statement may take, so that nobody waits for ever for the lock of a silent worker, which the wardens end
(core/procedures/silence.py); a batch that truly takes so long is halved."""


def bound(connection: BaseDatabaseWrapper, **_: object) -> None:
    """
    Let the database end the transactions of a worker that is cut off or stopped in the middle of a batch, so that the
    others get at its cases within the time of a lease. Only for those who hold cases: others may think for long. The
    statements of a warden take as long as they take: it looks at everything there is.
    """
    thread = threading.current_thread()
    drains = thread is threading.main_thread() or thread.name.startswith("courier")
    if not drains and thread.name != wardens.NAME:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('idle_in_transaction_session_timeout', %s, false),"
            " set_config('statement_timeout', %s, false), set_config('application_name', %s, false),"
            " set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '5', false),"
            " set_config('tcp_keepalives_count', '4', false)",
            [f"{HELD_SECONDS}s", f"{STATEMENT_SECONDS if drains else 0}s", APPLICATION],
        )


def run_worker(stop: threading.Event, *, clock: Clock = utc_now, listening: threading.Event | None = None) -> None:
    """
    Drain, sleep, drain again, until ``stop`` is set.

    ``listening`` is set once the worker hears notifications. A database that goes away is waited for.
    """
    log.info("Worker %s drains the queues.", os.getpid())
    gauge = Gauge(f"{socket.gethostname()}:{os.getpid()}", at=clock())

    def work(listener: Listener) -> Iterator[None]:
        if listening is not None:
            listening.set()
        yield from _work(stop, listener, gauge, clock)

    keep_at(work, CHANNEL, stop, log)
    _say_goodbye(gauge)
    connections.close_all()
    log.info("Worker %s has stopped.", os.getpid())


def _say_goodbye(gauge: Gauge) -> None:
    """Take the worker's row away; when the database is away, too, the row grows old and is forgotten."""
    try:
        gauge.leave()
    except (OperationalError, InterfaceError) as problem:
        log.warning("The database is away (%s); this worker is shown until it is forgotten.", problem)


def _work(stop: threading.Event, listener: Listener, gauge: Gauge, clock: Clock) -> Iterator[None]:
    pace = Pace()
    while not stop.is_set():
        close_old_connections()
        live.look()
        drained = drain(at=clock(), limit=AT_ONCE, outside=False, clock=clock, pace=pace)
        gauge.worked(drained.commands)
        gauge.tell(at=clock())
        yield
        if not drained.commands:
            sleep_until(next_due(), stop, listener, clock)
