"""``throughline serve`` for real: started, killed in every way, stopped."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.operation.served import LONGEST_STOP, Served, until

pytestmark = [
    pytest.mark.req("N1", "N2"),
    pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="finds the processes in /proc"),
]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A system that runs; every test leaves it running."""
    served = Served(tmp_path_factory.mktemp("serve") / "home")
    served.start()
    try:
        served.until_ready()
        yield served
    finally:
        served.stop()


class TestServe:
    def test_answers_and_says_where_it_is(self, served: Served) -> None:
        until(lambda: "Ctrl-C stops it." in served.said(), served.said)

        assert re.search(rf"Throughline is ready after \d+\.\d s:  http://localhost:{served.port}\n", served.said())
        assert served.status("/healthz") == 200

    def test_runs_once_per_data_folder(self, served: Served) -> None:
        second = subprocess.run(
            [sys.executable, "-m", "throughline", "serve"],
            env={**os.environ, "THROUGHLINE_HOME": str(served.home)},
            capture_output=True,
            text=True,
            check=False,
        )

        assert second.returncode == 2
        assert "Throughline is already running" in second.stderr

    @pytest.mark.parametrize("name", ["web", "worker"])
    def test_brings_a_killed_child_back(self, served: Served, name: str) -> None:
        killed = served.children(name)
        os.kill(min(killed), signal.SIGKILL)

        until(lambda: set(served.children(name)).isdisjoint(killed) and bool(served.children(name)), served.said)
        served.until_ready()

        assert f"The {name} process ended unexpectedly (signal 9)" in served.said()

    def test_brings_a_killed_database_back(self, served: Served) -> None:
        killed = served.postmaster()
        os.kill(killed, signal.SIGKILL)

        until(lambda: "The database has stopped unexpectedly" in served.said(), served.said)
        served.until_ready()

        assert served.postmaster() != killed


class TestAfterTheParentIsKilled:
    def test_nobody_is_left(self, served: Served) -> None:
        served.parent.kill()
        served.parent.wait()

        until(lambda: not served.everybody() and served.status() is None, served.said)
        until(lambda: not (served.home / "postgres" / "data" / "postmaster.pid").exists(), served.said)

        served.start()
        served.until_ready()

    def test_the_next_start_waits_for_what_is_ending(self, served: Served) -> None:
        served.parent.kill()
        served.parent.wait()

        served.start()

        served.until_ready()

    def test_even_if_everything_was_killed_at_once(self, served: Served) -> None:
        for pid in (served.parent.pid, *served.everybody(), served.postmaster()):
            with suppress(ProcessLookupError):  # it ended with the one before
                os.kill(pid, signal.SIGKILL)
        served.parent.wait()

        served.start()

        served.until_ready()


class TestStop:
    def test_ends_everything_and_says_so(self, served: Served) -> None:
        served.parent.send_signal(signal.SIGINT)

        assert served.parent.wait(timeout=LONGEST_STOP) == 0
        assert "Stopped.\n" in served.said()
        assert served.everybody() == []
        assert not (served.home / "postgres" / "data" / "postmaster.pid").exists()
        served.start()
        served.until_ready()
