"""
``throughline serve``: the whole system on one machine, under one parent.

In order: the database (our own, unless DATABASE_URL names a server), its tables, the sample company if ``--demo`` asks
for it and the database is empty, then the web server and a worker. Ctrl-C stops them in the opposite order.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time

from throughline.cli import OK, preparation, say
from throughline.platform import lifeline, ports, supervisor
from throughline.platform.faults import Fault
from throughline.platform.home import Home
from throughline.platform.locks import Lock
from throughline.platform.surroundings import Surroundings, entered

PORT = 8000
SETTLE_SECONDS = 30.0
FIRST_ANSWER_SECONDS = 120.0
POOL = "8"  # connections of one web process: as many as its threads


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--demo", action="store_true", help="load the sample company into an empty database")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: this machine only)")
    parser.add_argument(
        "--port", type=int, help=f"the port to listen on (default: {PORT}, or the next that is free)", metavar="N"
    )


def run(arguments: argparse.Namespace) -> int:
    """Run until stopped."""
    started_at = time.monotonic()
    try:
        supervisor.stop_on_signals()
        with _alone(), entered(say) as surroundings:
            return _run(arguments, surroundings, started_at)
    except supervisor.Stopped:
        say("Stopped.")
        return OK


class _alone:  # noqa: N801  a context manager, read as a word
    """Only one ``serve`` per data folder; it waits for what an earlier one left behind."""

    def __enter__(self) -> None:
        home = Home.find()
        self._lock = Lock(home.lock)
        if not self._lock.acquire():
            where = (home.run / "address").read_text() if (home.run / "address").exists() else "starting"
            raise Fault(f"Throughline is already running in {home.folder} ({where}). Stop it first, with Ctrl-C there.")
        if not lifeline.settle(home.run, wait_seconds=SETTLE_SECONDS):
            raise Fault(f"Processes of an earlier run in {home.folder} are still ending. Try again in a minute.")
        os.environ[lifeline.VARIABLE] = lifeline.tie(home.run)

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def _run(arguments: argparse.Namespace, surroundings: Surroundings, started_at: float) -> int:
    port = ports.choose(arguments.host, arguments.port or PORT, exactly=arguments.port is not None)
    os.environ.setdefault("THROUGHLINE_URL", f"http://localhost:{port}")
    if surroundings.cluster:
        os.environ[lifeline.CLUSTER_VARIABLE] = str(surroundings.home.postgres)
    _prepare(surroundings, demo=arguments.demo)
    keeper = supervisor.Supervisor(_children(arguments.host, port), surroundings.cluster, say)
    try:
        keeper.start()
        _greet(arguments, surroundings, port, keeper, started_at)
        keeper.watch()
    finally:
        keeper.stop()
    return OK


def _prepare(surroundings: Surroundings, *, demo: bool) -> None:
    if surroundings.cluster and preparation.remembered(surroundings.cluster.folder, demo=demo):
        return
    command = [*_throughline("prepare"), *(["--demo"] if demo else [])]
    status = subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode  # noqa: S603
    if status:
        raise Fault("The database could not be prepared, as said above.")
    if surroundings.cluster:
        preparation.remember(surroundings.cluster.folder, demo=demo)


def _children(host: str, port: int) -> list[supervisor.Child]:
    web = _throughline("web", "--host", host, "--port", str(port))
    pool = os.environ.get("DATABASE_POOL") or POOL
    return [
        supervisor.Child("web", web, {"DATABASE_POOL": pool}),
        supervisor.Child("worker", _throughline("worker")),
    ]


def _throughline(*words: str) -> list[str]:
    return [sys.executable, "-m", "throughline", *words]


def _greet(
    arguments: argparse.Namespace,
    surroundings: Surroundings,
    port: int,
    keeper: supervisor.Supervisor,
    started_at: float,
) -> None:
    """Wait for the first answer, then say where the product is and how to enter."""
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(arguments.host, arguments.host)  # noqa: S104
    if not ports.wait_for(here, port, "/readyz", wait_seconds=FIRST_ANSWER_SECONDS, meanwhile=keeper.look):
        raise Fault("The web server does not answer; its messages are above.")
    address = os.environ["THROUGHLINE_URL"]
    (surroundings.home.run / "address").write_text(address)
    lines = [f"Throughline is ready after {time.monotonic() - started_at:.1f} s:  {address}"]
    sign_in = surroundings.home.folder / "sign-in"
    if sign_in.exists():
        lines.append(f"Sign in as {sign_in.read_text().strip()}")
    else:
        lines.append("Nobody can sign in without an account: throughline invite EMAIL NAME")
    lines.append("Ctrl-C stops it.")
    print("\n".join(lines), flush=True)  # noqa: T201
