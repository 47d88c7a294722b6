"""
One parent for the processes of a running system.

Theory of operation. The parent is small: it imports neither Django nor a web server, starts its children in process
groups of their own, and looks at them five times a second. A child that ended is swept up with its whole group (a web
server killed hard leaves workers that hold the port) and started again, at once the first time and then after a pause
that doubles. The database is watched in the same way when it is ours.

An orderly stop (Ctrl-C, SIGTERM, SIGHUP) asks the children, waits, insists, and leaves the database last. A second
signal insists at once. If the parent itself is killed hard, its children notice by their lifeline.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from throughline.platform.cluster import Cluster
from throughline.platform.faults import Fault

LOOK_SECONDS = 0.2
STOP_SECONDS = 15.0
KILL_SECONDS = 5.0
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0  # after this long, an end is a new story

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """Somebody asked this process to end. Not an ``Exception``: no code below may take it for a failure."""


def stop_on_signals() -> None:
    """From now on the first signal raises ``Stopped`` in the main thread; later ones are left to ``stop``."""
    for number in SIGNALS:
        signal.signal(number, _raise_once)


def _raise_once(_number: int, _frame: object) -> None:
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise Stopped


@dataclass
class Child:
    """
    One supervised process: how it is called in messages, and how it is started.

    ``pause_seconds`` and ``resume_at`` (on the monotonic clock) are the supervisor's memory of its crashes.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    pause_seconds: float = 0.0
    resume_at: float = 0.0

    def start(self) -> None:
        """Start the process in a group of its own, so that Ctrl-C in the terminal reaches the parent only."""
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603
            self.command, env={**os.environ, **self.environment}, stdin=subprocess.DEVNULL, start_new_session=True
        )

    def ended(self) -> int | None:
        """The exit status when the process has ended; None while it runs or waits to be started."""
        return self.process.poll() if self.process else None

    def signal_group(self, number: signal.Signals) -> None:
        """Send a signal to the process and everything that it started."""
        if self.process:
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                return

    def group_lives(self) -> bool:
        """Whether any process of the group is left."""
        if not self.process:
            return False
        self.process.poll()
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return False
        return True


class Supervisor:
    """Keeps children, and the database if it is ours, running until it is told to stop."""

    def __init__(self, children: Sequence[Child], cluster: Cluster | None, report: Callable[[str], None]) -> None:
        self._children = children
        self._cluster = cluster
        self._report = report

    def start(self) -> None:
        """Start every child."""
        for child in self._children:
            child.start()

    def watch(self) -> None:
        """Look after the children for ever; ends by ``Stopped``."""
        while True:
            self.look()
            time.sleep(LOOK_SECONDS)

    def look(self) -> None:
        """Bring back what has ended."""
        if self._cluster and not self._cluster.running():
            self._revive(self._cluster)
        for child in self._children:
            if (status := child.ended()) is not None:
                self._sweep(child, status)
            if child.process is None and time.monotonic() >= child.resume_at:
                child.start()

    def _revive(self, cluster: Cluster) -> None:
        self._report("The database has stopped unexpectedly; starting it again.")
        try:
            cluster.revive()
        except Fault as fault:
            self._report(str(fault))
            time.sleep(FIRST_PAUSE_SECONDS)

    def _sweep(self, child: Child, status: int) -> None:
        child.signal_group(signal.SIGKILL)
        now = time.monotonic()
        if now - child.started_at > STEADY_SECONDS:
            child.pause_seconds = 0.0
        child.resume_at = now + child.pause_seconds
        when = f"in {child.pause_seconds:.0f} s" if child.pause_seconds else "now"
        self._report(f"The {child.name} process ended unexpectedly ({_in_words(status)}); starting it again {when}.")
        child.pause_seconds = min(max(child.pause_seconds * 2, FIRST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)
        child.process = None

    def stop(self) -> None:
        """Stop every child: ask, wait up to ``STOP_SECONDS``, then insist. A signal meanwhile insists at once."""
        impatient: list[int] = []
        for number in SIGNALS:
            signal.signal(number, lambda received, _: impatient.append(received))
        for child in self._children:
            child.signal_group(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while self._living() and time.monotonic() < deadline and not impatient:
            time.sleep(0.05)
        for child in self._living():
            self._report(f"The {child.name} process does not stop by itself; ending it.")
            child.signal_group(signal.SIGKILL)
        ended_by = time.monotonic() + KILL_SECONDS  # a dead grandchild that nobody reaps keeps its group for ever
        while self._living() and time.monotonic() < ended_by:
            time.sleep(0.02)

    def _living(self) -> list[Child]:
        return [child for child in self._children if child.group_lives()]


def _in_words(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"exit status {status}"
