"""
Two machines on one PostgreSQL: one is cut off in the middle of its work, the other takes over within the lease.

A machine is a set of processes with connections of their own and nothing in common but the database's address and the
secret key; being cut off is SIGSTOP, which to everybody else looks like a machine that has gone silent.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.run import Installation
from tests.outside.receiver import Receiver
from tests.outside.smtp import MailServer
from throughline.core.procedures.outbox import LEASE
from throughline.platform.cluster import any_free_port
from throughline.workers.main import HELD_SECONDS, STATEMENT_SECONDS

pytestmark = [
    pytest.mark.req("B7", "N1"),
    pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="finds the processes in /proc"),
]
SLACK_SECONDS = 180
"""
What starting a process and stepping may take beyond that, on a machine with much else to do: a limit against waiting
for ever, not a measure.
"""
TAKE_OVER_SECONDS = max(HELD_SECONDS, STATEMENT_SECONDS) + LEASE.total_seconds() + SLACK_SECONDS
"""
The machine is cut off wherever it happens to be: in the middle of a call (its lease runs out), but also in the middle
of a transaction (the database ends it) or of sending rows (the other worker does).
"""
DONE = "SELECT count(*) FROM procedures_case WHERE status = 'finished'"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def machines(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[Installation]:
    """The first machine, served; its second worker is the second machine."""
    mail = MailServer(any_free_port())
    mail.start()
    installation = Installation(tmp_path_factory.mktemp("two") / "home", mail.port)
    stage = [sys.executable, "-m", "tests.chaos.stage", receiver.url]
    subprocess.run(stage, env=installation.environment(), check=True)
    installation.start()
    try:
        installation.until_ready()
        yield installation
    finally:
        for pid in installation.children("worker"):
            os.kill(pid, signal.SIGCONT)
        installation.close()
        mail.stop()


def finished(machines: Installation) -> int:
    ((count,),) = machines.ask(DONE)
    return int(count)


def wait_until_finished(machines: Installation, count: int, seconds: float) -> float:
    """Wait, and return the seconds it took."""
    began = time.monotonic()
    while finished(machines) < count:
        assert time.monotonic() - began < seconds, f"{finished(machines)} of {count}\n{machines.said()[-2000:]}"
        time.sleep(0.2)
    return time.monotonic() - began


class TestCutOff:
    def test_in_the_middle_of_a_call(self, machines: Installation, receiver: Receiver) -> None:
        (worker,) = machines.children("worker")
        receiver.hold.clear()
        machines.capture(0, 20)
        deadline = time.monotonic() + SLACK_SECONDS
        while not receiver.calls:
            assert time.monotonic() < deadline, machines.said()
            time.sleep(0.05)

        os.kill(worker, signal.SIGSTOP)
        receiver.hold.set()
        second = machines.second_worker()
        wait_until_finished(machines, 20, TAKE_OVER_SECONDS)

        keys = [call.key for call in receiver.calls]
        assert len(set(keys)) == 20
        assert len(keys) > 20  # the calls of the first machine were repeated, under their keys
        os.kill(worker, signal.SIGCONT)
        time.sleep(3)
        assert machines.ask("SELECT status, count(*) FROM procedures_outbox GROUP BY 1") == [("done", 40)]
        assert machines.ask("SELECT count(*) FROM journal_entry WHERE event = 'case.finished'") == [(20,)]
        second.terminate()
        assert second.wait(timeout=60) == 0

    def test_in_the_middle_of_a_transaction(self, machines: Installation) -> None:
        (worker,) = machines.children("worker")
        before = finished(machines)
        machines.capture(20, 420)

        self.stop_inside_a_transaction(machines, worker)
        machines.second_worker()
        wait_until_finished(machines, before + 400, TAKE_OVER_SECONDS)

        os.kill(worker, signal.SIGCONT)
        time.sleep(3)
        assert machines.ask("SELECT count(*) FROM procedures_incident") == [(0,)]
        assert machines.ask("SELECT count(*) FROM journal_entry WHERE event = 'case.finished'") == [(before + 400,)]
        assert machines.ask("SELECT count(*) FROM leads_lead WHERE cardinality(tags) = 1") == [(before + 400,)]

    def stop_inside_a_transaction(self, machines: Installation, worker: int) -> None:
        """Stop the worker again and again until the database says that it stands in the middle of one."""
        deadline = time.monotonic() + SLACK_SECONDS
        while time.monotonic() < deadline:
            os.kill(worker, signal.SIGSTOP)
            time.sleep(0.3)
            held = machines.ask(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE state = 'idle in transaction' AND datname = current_database()"
            )
            if held != [(0,)]:
                return
            os.kill(worker, signal.SIGCONT)
            time.sleep(0.05)
        pytest.fail("The worker was never caught in the middle of a transaction.")
