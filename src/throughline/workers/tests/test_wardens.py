"""Wardens: what takes long holds up neither a case nor the other wardens."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections

from throughline.core.procedures import chores, worker
from throughline.core.procedures.inbox import wake
from throughline.core.procedures.models import Upkeep
from throughline.workers import main, wardens

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PATIENCE = 20


@contextmanager
def beside(work: Callable[[], object]) -> Iterator[None]:
    """Let something run in a thread of its own, with a connection of its own, until it ends."""

    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    yield
    thread.join(PATIENCE)
    assert not thread.is_alive()


class Chore:
    """A chore that takes until it is let go."""

    def __init__(self) -> None:
        self.begun, self.let_go, self.times = threading.Event(), threading.Event(), 0

    def __call__(self, at: datetime) -> int:
        self.times += 1
        self.begun.set()
        assert self.let_go.wait(PATIENCE)
        return 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("B5", "N2")
class TestWhatTakesLong:
    def test_no_case_waits_for_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        chore, drained, stop, listening = Chore(), threading.Event(), threading.Event(), threading.Event()

        def drain(**_how: object) -> worker.Drained:
            if chore.begun.is_set():
                drained.set()
            return worker.Drained()

        monkeypatch.setattr(main, "drain", drain)
        monkeypatch.setattr(chores, "look_after", lambda *, at: chore(at))
        with (
            beside(lambda: wardens.run(stop, clock=main.utc_now)),
            beside(lambda: main.run_worker(stop, listening=listening)),
        ):
            try:
                assert chore.begun.wait(PATIENCE)
                assert listening.wait(PATIENCE)
                wake()
                assert drained.wait(PATIENCE)
            finally:
                stop.set()
                chore.let_go.set()

    def test_another_warden_goes_on_with_the_rest_and_does_it_not_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        chore = Chore()
        monkeypatch.setattr(chores, "PERIODIC", (("long", timedelta(minutes=1), chore),))
        with beside(lambda: chores.look_after(at=AT)):
            try:
                assert chore.begun.wait(PATIENCE)
                chores.look_after(at=AT + timedelta(minutes=2))
            finally:
                chore.let_go.set()

        assert chore.times == 1
        assert Upkeep.objects.get(pk="long").begun_at == AT


@pytest.mark.django_db(transaction=True)
class TestRounds:
    def test_what_moved_cases_wakes_the_workers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        stop = threading.Event()
        results, woken = iter([2, 0]), []

        def look_after(*, at: datetime) -> int:
            done = next(results)
            if not done:
                stop.set()
            return done

        monkeypatch.setattr(chores, "look_after", look_after)
        monkeypatch.setattr(wardens, "wake", lambda: woken.append(True))
        wardens.run(stop, clock=main.utc_now)

        assert woken == [True]
