"""The worker process: woken by what others commit, asleep otherwise, stopped without losing anything."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.db import connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from throughline.core.procedures import silence, worker
from throughline.core.procedures.inbox import wake
from throughline.workers import listening, main

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Drains:
    """Stands in for ``drain`` and remembers when it was called; ``answer`` is what it says was done."""

    def __init__(self) -> None:
        self.instants: list[datetime] = []
        self.answer: Callable[[], worker.Drained] = worker.Drained

    def __call__(self, *, at: datetime, **_how: object) -> worker.Drained:
        self.instants.append(at)
        return self.answer()


@pytest.fixture
def drains(monkeypatch: pytest.MonkeyPatch) -> Drains:
    """Give a ``drain`` that only remembers."""
    found = Drains()
    monkeypatch.setattr(main, "drain", found)
    return found


@dataclass(frozen=True)
class Process:
    """A worker in a thread of its own, and how it is told to stop."""

    thread: threading.Thread
    stop: threading.Event


@pytest.fixture
def running(transactional_db: None, drains: Drains) -> Iterator[Process]:
    """Run a worker in a thread of its own, and stop it at the end of the test."""
    stop, listening = threading.Event(), threading.Event()

    def work() -> None:
        try:
            main.run_worker(stop, listening=listening)
        finally:
            connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    assert listening.wait(10)
    yield Process(thread, stop)
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


def wait_until(holds: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Wait until something holds; say whether it did in time."""
    until = time.monotonic() + seconds
    while not holds() and time.monotonic() < until:
        time.sleep(0.02)
    return holds()


class TestRunWorker:
    def test_it_drains_once_and_then_sleeps(self, running: Process, drains: Drains) -> None:
        assert wait_until(lambda: bool(drains.instants))

        time.sleep(1.0)

        assert len(drains.instants) == 1

    @pytest.mark.req("B8")
    def test_what_others_commit_wakes_it_within_a_second(self, running: Process, drains: Drains) -> None:
        assert wait_until(lambda: bool(drains.instants))
        time.sleep(0.2)
        asleep = len(drains.instants)

        with transaction.atomic():
            wake()

        assert wait_until(lambda: len(drains.instants) > asleep, seconds=1.0)

    def test_what_is_rolled_back_wakes_nobody(self, running: Process, drains: Drains) -> None:
        assert wait_until(lambda: bool(drains.instants))
        time.sleep(0.2)
        asleep = len(drains.instants)

        with transaction.atomic():
            wake()
            transaction.set_rollback(True)
        time.sleep(0.8)

        assert len(drains.instants) == asleep

    def test_it_drains_again_at_once_while_there_is_something_to_do(self, running: Process, drains: Drains) -> None:
        drains.answer = lambda: worker.Drained(commands=1 if len(drains.instants) < 5 else 0)

        with transaction.atomic():
            wake()

        assert wait_until(lambda: len(drains.instants) >= 5)

    def test_a_request_to_stop_is_heard_while_it_sleeps(self, running: Process, drains: Drains) -> None:
        assert wait_until(lambda: bool(drains.instants))
        time.sleep(0.2)

        running.stop.set()

        assert wait_until(lambda: not running.thread.is_alive(), seconds=2)


class TestSleep:
    @pytest.mark.req("B5")
    def test_it_ends_at_the_next_due_moment(
        self, transactional_db: None, drains: Drains, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stop = threading.Event()
        due = main.utc_now() + timedelta(seconds=0.7)
        monkeypatch.setattr(main, "next_due", lambda: due if len(drains.instants) < 2 else None)

        def finish() -> worker.Drained:
            if len(drains.instants) == 2:
                stop.set()
            return worker.Drained()

        drains.answer = finish
        main.run_worker(stop)

        first, second = drains.instants
        assert first < due <= second < due + timedelta(seconds=0.5)


@pytest.mark.req("B7", "N1")
class TestBound:
    KEY = 7_461_777

    @pytest.fixture
    def silent(self, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[BaseDatabaseWrapper]:
        """Give the connection of a worker that holds something and says nothing any more."""
        monkeypatch.setattr(main, "HELD_SECONDS", 1)
        silent = connection.copy()
        silent.connect()
        main.bound(silent)
        with silent.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [self.KEY])
            cursor.execute("CREATE TEMPORARY TABLE sent (number integer)")
        yield silent
        silent.connection.close()

    @pytest.mark.usefixtures("silent")
    def test_who_falls_silent_in_a_transaction_gives_up_what_it_holds(self) -> None:
        self.expect_others_to_get_at_it()

    def test_who_falls_silent_while_it_sends_rows_is_ended_by_the_others(self, silent: BaseDatabaseWrapper) -> None:
        """The database itself never would: the process lives, its machine answers, and a COPY has no time limit."""
        with silent.cursor() as cursor, suppress(psycopg.OperationalError), cursor.copy("COPY sent FROM STDIN"):
            now = main.utc_now()
            assert silence.end_silent(at=now) == 0

            later, ended, tries = now + silence.PATIENCE + timedelta(minutes=1), 0, 0
            while not ended and tries < 600:  # until the database waits for the rows
                ended, tries = silence.end_silent(at=later), tries + 1
                time.sleep(0.05)

            assert ended == 1
            self.expect_others_to_get_at_it()

    def expect_others_to_get_at_it(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '60s'")
            cursor.execute("SELECT pg_advisory_lock(%s)", [self.KEY])
            cursor.execute("SELECT pg_advisory_unlock(%s)", [self.KEY])
            cursor.execute("RESET lock_timeout")


class TestPatience:
    def test_a_database_that_goes_away_is_waited_for(
        self, transactional_db: None, drains: Drains, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from django.db import OperationalError

        stop = threading.Event()
        monkeypatch.setattr(listening, "PATIENCE", (0.05,))

        def fail_twice() -> worker.Drained:
            if len(drains.instants) < 3:
                raise OperationalError("the server closed the connection unexpectedly")
            stop.set()
            return worker.Drained()

        drains.answer = fail_twice
        main.run_worker(stop)

        assert len(drains.instants) == 3
