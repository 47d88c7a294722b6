"""The worker process on a real procedure: what is captured is routed before anybody looks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.db import connections

from tests.procedures import charts as c
from tests.procedures.conftest import Desk
from throughline.core.procedures.models import Case
from throughline.workers import main


@pytest.fixture
def worker(desk: Desk) -> Iterator[None]:
    """Run a worker beside the test."""
    stop, listening = threading.Event(), threading.Event()

    def work() -> None:
        try:
            main.run_worker(stop, listening=listening)
        finally:
            connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    assert listening.wait(10)
    yield
    stop.set()
    thread.join(20)
    assert not thread.is_alive()


@pytest.mark.django_db(transaction=True)
class TestWorker:
    @pytest.mark.req("C1", "B5")
    def test_a_lead_is_at_its_first_step_within_a_second_and_escalated_when_its_time_is_up(
        self, desk: Desk, worker: None
    ) -> None:
        desk.now = datetime.now(UTC)
        desk.publish(
            c.chart(
                c.captured(),
                c.work("call", assignee="lead.owner"),
                c.deadline("late", "call", "PT2S"),
                c.end("escalated"),
                c.flows("captured > call", "call > escalated", "late > escalated"),
            )
        )
        desk.now = datetime.now(UTC)
        began = time.monotonic()

        desk.capture()
        while not desk.open_items("call") and time.monotonic() - began < 10:
            time.sleep(0.01)
        routed_seconds = time.monotonic() - began
        while not Case.objects.filter(end_node="escalated").exists() and time.monotonic() - began < 10:
            time.sleep(0.01)
        late_seconds = (Case.objects.get().ended_at or desk.now) - desk.now

        assert routed_seconds < 3  # a quarter of a second on an idle machine
        assert 2 <= late_seconds.total_seconds() < 4
