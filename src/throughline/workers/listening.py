"""Hearing what other processes commit (``NOTIFY``), sleeping until something is due, bearing an absent database."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import psycopg
from django.db import connection, connections
from django.db.utils import InterfaceError, OperationalError

LONGEST_SLEEP = 60.0
"""A look every minute covers a notification that was lost with a connection."""
PATIENCE = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds to wait before each further try when the database is away; the last one repeats."""

Clock = Callable[[], datetime]
Listener = psycopg.Connection[Any]

_KNOWN = {"host", "port", "user", "password", "dbname", "sslmode", "sslrootcert", "sslcert", "sslkey", "options"}


@contextmanager
def hearing(channel: str) -> Iterator[Listener]:
    """Give a connection of its own that hears a channel."""
    parameters = connection.get_connection_params()
    listener = psycopg.connect(**{name: value for name, value in parameters.items() if name in _KNOWN}, autocommit=True)
    try:
        listener.execute(f"LISTEN {channel}")
        yield listener
    finally:
        listener.close()


def keep_at(
    work: Callable[[Listener], Iterator[None]], channel: str, stop: threading.Event, log: logging.Logger
) -> None:
    """
    Let ``work`` go round by round until ``stop`` is set, with an ear on the channel; a database that goes away is
    waited for, longer each time until a round is done again.
    """
    failures = 0
    while not stop.is_set():
        try:
            with hearing(channel) as listener:
                for _ in work(listener):
                    failures = 0
        except (OperationalError, InterfaceError, psycopg.OperationalError) as problem:
            seconds = PATIENCE[min(failures, len(PATIENCE) - 1)]
            failures += 1
            log.warning("The database is away (%s); trying again in %s s.", problem, seconds)
            connections.close_all()
            stop.wait(seconds)


Turn = Callable[[threading.Event, Listener, Clock], None]
"""What a worker does again and again: look whether something is to be done, do it, or sleep until something is due."""


def keep_doing(turn: Turn, channel: str, stop: threading.Event, *, clock: Clock, log: logging.Logger) -> None:
    """Take one turn after the other until ``stop`` is set, with an ear on the channel; the turn at hand is finished."""

    def work(listener: Listener) -> Iterator[None]:
        while not stop.is_set():
            turn(stop, listener, clock)
            yield

    keep_at(work, channel, stop, log)
    connections.close_all()


def sleep_until(due: datetime | None, stop: threading.Event, listener: Listener, clock: Clock) -> None:
    """Sleep until ``due``, a notification, or a request to stop (looked at twice a second)."""
    longest = clock() + timedelta(seconds=LONGEST_SLEEP)
    until = longest if due is None else min(due, longest)
    while not stop.is_set():
        seconds = (until - clock()).total_seconds()
        if seconds <= 0:
            return
        if any(True for _ in listener.notifies(timeout=min(0.5, seconds), stop_after=1)):
            for _ in listener.notifies(timeout=0):
                pass  # one look at the queues answers all of them
            return
