"""One running system for tests: ``throughline serve`` in a data folder of its own."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from throughline.platform import cluster, supervisor
from throughline.platform.cluster import any_free_port

RECOVERY_SECONDS = 60
LONGEST_STOP = supervisor.STOP_SECONDS + supervisor.KILL_SECONDS + cluster.STOP_SECONDS
"""What the processes are given to end by themselves, and the database to write what it holds."""
FIRST_START_SECONDS = 240
"""Making the database and all of its tables, on a machine that does other things, too."""


class Served:
    """One running system in a data folder of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = any_free_port()
        self.log = home.with_suffix(".log")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, without waiting."""
        self.log.write_bytes(b"")
        with self.log.open("ab") as log:  # several processes write to it
            self._process = subprocess.Popen(
                [sys.executable, "-m", "throughline", "serve", "--port", str(self.port)],
                env=self.environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def environment(self) -> dict[str, str]:
        """The environment of a command that works on this system."""
        others = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "SECRET_KEY")}
        return {**others, "THROUGHLINE_HOME": str(self.home)}

    def stop(self) -> None:
        """Let it end properly."""
        self.parent.send_signal(signal.SIGTERM)
        self.parent.wait(timeout=LONGEST_STOP)

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
        until(lambda: self.status() == 200, self.said, seconds=FIRST_START_SECONDS)

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


def until(true: Callable[[], bool], said: Callable[[], str], seconds: float = RECOVERY_SECONDS) -> None:
    """Wait until something is true; fail with what was said when it takes too long to recover."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, said()
        time.sleep(0.1)
