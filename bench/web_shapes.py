"""
How many pages a second, by processes and threads of the web server.

``python bench/web_shapes.py [--seconds 8] [--path /accounts/login/]`` starts ``throughline web`` in several shapes
against the database of DATABASE_URL (or the embedded one) and asks for one page from sixteen connections at once.
"""

from __future__ import annotations

import argparse
import http.client
import os
import subprocess
import sys
import threading
import time

from throughline.platform import ports
from throughline.platform.cluster import any_free_port
from throughline.platform.surroundings import entered

SHAPES = ((1, 4), (1, 8), (2, 2), (2, 4), (2, 8), (2, 16), (4, 4))
CLIENTS = 16


def main() -> None:
    """Print a line for each shape."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--path", default="/accounts/login/")
    arguments = parser.parse_args()
    with entered(print):
        for processes, threads in SHAPES:
            print(f"{processes} x {threads:>2}: {measured(processes, threads, arguments)}", flush=True)


def measured(processes: int, threads: int, arguments: argparse.Namespace) -> str:
    """Pages a second, and the slowest hundredth in milliseconds."""
    port = any_free_port()
    words = ["web", "--port", str(port), "--workers", str(processes), "--threads", str(threads)]
    environment = {**os.environ, "DATABASE_POOL": str(threads)}
    server = subprocess.Popen([sys.executable, "-m", "throughline", *words], env=environment)
    try:
        assert ports.wait_for("127.0.0.1", port, "/readyz", wait_seconds=60, meanwhile=lambda: None)
        times = asked(port, arguments.path, arguments.seconds)
    finally:
        server.terminate()
        server.wait()
    return f"{len(times) / arguments.seconds:7.1f} pages/s, p99 {sorted(times)[int(len(times) * 0.99)] * 1000:6.0f} ms"


def asked(port: int, path: str, seconds: float) -> list[float]:
    """The times of all answers, in seconds."""
    times: list[float] = []
    until = time.monotonic() + seconds

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        while time.monotonic() < until:
            started_at = time.monotonic()
            connection.request("GET", path, headers={"Host": "localhost"})
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200, answer.status
            times.append(time.monotonic() - started_at)

    clients = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for each in clients:
        each.start()
    for each in clients:
        each.join()
    return times


if __name__ == "__main__":
    main()
