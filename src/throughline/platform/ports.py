"""TCP ports of this machine."""

from __future__ import annotations

import errno
import http.client
import socket
import time
from collections.abc import Callable
from http import HTTPStatus

from throughline.platform.faults import Fault

TRIES = 20


def choose(host: str, wanted: int, *, exactly: bool) -> int:
    """
    Return ``wanted`` if it is free; else, unless ``exactly`` is asked, the next free one of the twenty after it.

    Raises:
        Fault: taken, or not ours to use.
    """
    for port in range(wanted, wanted + (1 if exactly else TRIES)):
        if _usable(host, port):
            return port
    raise Fault(f"Port {wanted} is taken by another program. Choose one with --port.")


def _usable(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise Fault(f"{host}:{port} cannot be used ({error.strerror}). Choose --host and --port.") from error
        return True


def wait_for(host: str, port: int, path: str, *, wait_seconds: float, meanwhile: Callable[[], None]) -> bool:
    """Ask for ``path`` until the answer is status 200, calling ``meanwhile`` between; returns whether it came."""
    deadline = time.monotonic() + wait_seconds
    while time.monotonic() < deadline:
        if _status(host, port, path) == HTTPStatus.OK:
            return True
        meanwhile()
        time.sleep(0.05)
    return False


def _status(host: str, port: int, path: str) -> int | None:
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", path, headers={"Host": "localhost"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
