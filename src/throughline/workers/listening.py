"""Hearing what other processes commit (``NOTIFY``), and sleeping until then or until something is due."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import psycopg
from django.db import connection

LONGEST_SLEEP = 60.0
"""A look every minute covers a notification that was lost with a connection."""

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
