"""``throughline serve`` for real: started, killed in every way, stopped."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from throughline.platform.cluster import any_free_port

pytestmark = [
    pytest.mark.req("N1", "N2"),
    pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="finds the processes in /proc"),
]

RECOVERY_SECONDS = 60


class Served:
    """One running system in a data folder of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = any_free_port()
        self.log = home.with_suffix(".log")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, without waiting."""
        environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "SECRET_KEY")}
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "throughline", "serve", "--port", str(self.port)],
                env={**environment, "THROUGHLINE_HOME": str(self.home)},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def parent(self) -> subprocess.Popen[bytes]:
        """The process that was started last."""
        assert self._process is not None
        return self._process

    def status(self, path: str = "/readyz") -> int | None:
        """The status of one page, or None when nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def until_ready(self) -> None:
        """Wait until the pages can work."""
        _until(lambda: self.status() == 200, self.said)

    def said(self) -> str:
        """Everything that the process has written."""
        return self.log.read_text()

    def postmaster(self) -> int:
        """The PID of the database's main process."""
        return int((self.home / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0])

    def children(self, name: str) -> list[int]:
        """The PIDs of the processes of one command, found by the lifeline in their environment."""
        return [pid for pid, words in self._family() if name in words]

    def everybody(self) -> list[int]:
        """The PIDs of all children."""
        return [pid for pid, _ in self._family()]

    def _family(self) -> Iterator[tuple[int, list[str]]]:
        mark = f"THROUGHLINE_LIFELINE={self.home}".encode()
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                ours = mark in (folder / "environ").read_bytes()
                words = (folder / "cmdline").read_bytes().decode().split("\0")
            except OSError:
                continue
            if ours and int(folder.name) != self.parent.pid and len(words) > 1:
                yield int(folder.name), words


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A system that runs; every test leaves it running."""
    served = Served(tmp_path_factory.mktemp("serve") / "home")
    served.start()
    try:
        served.until_ready()
        yield served
    finally:
        served.parent.send_signal(signal.SIGTERM)
        served.parent.wait(timeout=30)


def _until(true: Callable[[], bool], said: Callable[[], str]) -> None:
    deadline = time.monotonic() + RECOVERY_SECONDS
    while not true():
        assert time.monotonic() < deadline, said()
        time.sleep(0.1)


class TestServe:
    def test_answers_and_says_where_it_is(self, served: Served) -> None:
        _until(lambda: "Ctrl-C stops it." in served.said(), served.said)

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

        _until(lambda: set(served.children(name)).isdisjoint(killed) and bool(served.children(name)), served.said)
        served.until_ready()

        assert f"The {name} process ended unexpectedly (signal 9)" in served.said()

    def test_brings_a_killed_database_back(self, served: Served) -> None:
        killed = served.postmaster()
        os.kill(killed, signal.SIGKILL)

        _until(lambda: "The database has stopped unexpectedly" in served.said(), served.said)
        served.until_ready()

        assert served.postmaster() != killed


class TestAfterTheParentIsKilled:
    def test_nobody_is_left(self, served: Served) -> None:
        served.parent.kill()
        served.parent.wait()

        _until(lambda: not served.everybody() and served.status() is None, served.said)
        _until(lambda: not (served.home / "postgres" / "data" / "postmaster.pid").exists(), served.said)

        served.start()
        served.until_ready()

    def test_the_next_start_waits_for_what_is_ending(self, served: Served) -> None:
        served.parent.kill()
        served.parent.wait()

        served.start()

        served.until_ready()

    def test_even_if_everything_was_killed_at_once(self, served: Served) -> None:
        for pid in (served.parent.pid, *served.everybody(), served.postmaster()):
            os.kill(pid, signal.SIGKILL)
        served.parent.wait()

        served.start()

        served.until_ready()


class TestStop:
    def test_ends_everything_and_says_so(self, served: Served) -> None:
        served.parent.send_signal(signal.SIGINT)

        assert served.parent.wait(timeout=30) == 0
        assert served.said().endswith("Stopped.\n")
        assert served.everybody() == []
        assert not (served.home / "postgres" / "data" / "postmaster.pid").exists()
        served.start()
        served.until_ready()
