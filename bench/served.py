"""
Pages a second from the real server: granian with two processes, and two client processes that ask without a pause.

All of it shares this machine with the database, as the products we compare with were measured. Beside the rate stands
what a page costs in processor time, by whom: on a machine that does other things as well, that is the figure to keep.
"""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from bench.stage import processor_seconds

if TYPE_CHECKING:
    from throughline.core.identity.models import User

SERVERS, THREADS = 2, 2
CLIENTS, CONNECTIONS = 2, 2
WARM_UP_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Rate:
    """
    What was measured: pages a second, the middle and the slowest hundredth of the answers in milliseconds, and the
    processor milliseconds of a page: the web server's, the database's, the clients'.
    """

    pages: float
    middle: float
    slowest: float
    web: float
    database: float
    clients: float

    def __str__(self) -> str:
        whole = self.web + self.database + self.clients
        return (
            f"{self.pages:.0f} pages/s, median {self.middle:.0f} ms, p99 {self.slowest:.0f} ms; processor ms a page: "
            f"web {self.web:.1f} + database {self.database:.1f} + clients {self.clients:.1f} = {whole:.1f}"
        )


def rate(user: User, path: str, seconds: float) -> Rate:
    """Serve the database of this connection, and measure a page as ``user`` sees it."""
    cookie = signed_in(user)
    with server() as (port, web):
        _everybody_asks(port, path, cookie, WARM_UP_SECONDS)
        began = _processor(web), _processor(_backends())
        times, clients = _everybody_asks(port, path, cookie, seconds)
        web_seconds, database_seconds = _processor(web) - began[0], _processor(_backends()) - began[1]
    ordered, count = sorted(times), len(times)
    return Rate(
        pages=count / seconds,
        middle=1000 * ordered[count // 2],
        slowest=1000 * ordered[int(count * 0.99)],
        web=1000 * web_seconds / count,
        database=1000 * database_seconds / count,
        clients=1000 * clients / count,
    )


def signed_in(user: User) -> str:
    """Return the cookie of a session of ``user``."""
    from django.conf import settings
    from django.test import Client

    client = Client(SERVER_NAME="localhost")
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={client.cookies[name].value}"


@contextmanager
def server() -> Iterator[tuple[int, list[int]]]:
    """Run ``throughline web`` for the block; give its port and the ids of its processes."""
    from django.conf import settings
    from django.db import connection

    from throughline.platform import ports
    from throughline.platform.cluster import any_free_port

    at = connection.settings_dict
    address = f"postgres://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}/{at['NAME']}"
    environment = {
        **os.environ,
        "DATABASE_URL": address.replace(":@", "@"),
        "SECRET_KEY": settings.SECRET_KEY,
        "DJANGO_SETTINGS_MODULE": "throughline.config.settings",
        "DATABASE_POOL": str(THREADS),
    }
    port = any_free_port()
    words = ["web", "--port", str(port), "--workers", str(SERVERS), "--threads", str(THREADS)]
    server = subprocess.Popen([sys.executable, "-m", "throughline.cli", *words], env=environment)
    try:
        if not ports.wait_for("127.0.0.1", port, "/readyz", wait_seconds=60, meanwhile=lambda: None):
            sys.exit("Expected the web server to answer within a minute, but it did not.")
        yield port, [server.pid, *_children(server.pid)]
    finally:
        server.terminate()
        server.wait()


def _children(pid: int) -> list[int]:
    found = [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [*found, *(grandchild for child in found for grandchild in _children(child))]


def _backends() -> list[int]:
    """Return the processes of the database that serve this database."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return [row[0] for row in cursor.fetchall()]


def _processor(pids: list[int]) -> float:
    """Return the seconds of processor that these processes have had."""
    return sum(map(processor_seconds, pids))


def _everybody_asks(port: int, path: str, cookie: str, seconds: float) -> tuple[list[float], float]:
    """Return the times of all answers, and the processor seconds of all clients."""
    with ProcessPoolExecutor(CLIENTS, mp_context=get_context("spawn")) as processes:
        list(processes.map(time.sleep, [0.2] * CLIENTS))  # they are there before the clock runs
        asked = [processes.submit(_ask, port, path, cookie, seconds) for _ in range(CLIENTS)]
        answers = [each.result() for each in asked]
    return [each for times, _ in answers for each in times], sum(worked for _, worked in answers)


def _ask(port: int, path: str, cookie: str, seconds: float) -> tuple[list[float], float]:
    """Ask for the page again and again over a few connections, as one client process."""
    times: list[float] = []
    until, worked = time.monotonic() + seconds, time.process_time()

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        while time.monotonic() < until:
            began = time.perf_counter()
            connection.request("GET", path, headers={"Host": "localhost", "Cookie": cookie})
            answer = connection.getresponse()
            page = answer.read()
            if answer.status != 200 or b"</html>" not in page[-40:]:
                raise SystemExit(f"Expected {path} to be a whole page, but the answer was {answer.status}.")
            times.append(time.perf_counter() - began)

    asking = [Thread(target=ask) for _ in range(CONNECTIONS)]
    for each in asking:
        each.start()
    for each in asking:
        each.join()
    return times, time.process_time() - worked
