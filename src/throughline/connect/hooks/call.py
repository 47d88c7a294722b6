"""
One call over HTTP, with the address looked at before the first byte is sent.

The name of the target is resolved here and the connection goes to the address that was looked at, not to what the name
says a moment later. Redirects are not followed: they would lead past that. Answers are read up to ``LONGEST_ANSWER``.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from throughline.connect.hooks.rules import may_be_called

LONGEST_ANSWER = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said: status, and the beginning of its body as text."""

    status: int
    text: str
    content_type: str


class NobodyThere(Exception):
    """The other side could not be reached, or did not answer in time."""


class NotAllowedThere(Exception):
    """The target leads to an address to which calls may not go."""


def post(url: str, body: bytes, headers: Mapping[str, str], *, inside: bool, timeout: float) -> Answer:
    """
    Send ``body`` to ``url`` and return the answer, whatever its status.

    ``inside``: addresses of private networks are allowed. ``timeout``: seconds for each of connecting and answering.

    Raises:
        NotAllowedThere: nothing was sent.
        NobodyThere: it may have been received all the same.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = _address(host, port, inside)
    connection = _connection(parts.scheme, host, address, port, timeout)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", path, body=body, headers={**headers, "Host": parts.netloc, "Connection": "close"})
        response = connection.getresponse()
        text = response.read(LONGEST_ANSWER).decode("utf-8", errors="replace")
        return Answer(response.status, text, response.headers.get_content_type())
    except (OSError, http.client.HTTPException) as problem:
        raise NobodyThere(f"{type(problem).__name__}: {problem}".rstrip(": ")) from problem
    finally:
        connection.close()


def _address(host: str, port: int, inside: bool) -> str:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as problem:
        raise NobodyThere(f"the name {host} is not known: {problem}") from problem
    addresses = [str(each[4][0]) for each in found]
    allowed = next((address for address in addresses if may_be_called(address, inside=inside)), None)
    if allowed is None:
        raise NotAllowedThere(f"{host} leads to {addresses[0]}")
    return allowed


class _Pinned(http.client.HTTPConnection):
    """A connection to one address, whatever the name says; over TLS the certificate must be for the name."""

    def __init__(self, host: str, address: str, port: int, timeout: float, tls: bool) -> None:
        super().__init__(host, port, timeout=timeout)
        self._address, self._tls = address, tls

    def connect(self) -> None:
        """Open the socket."""
        plain = socket.create_connection((self._address, self.port), self.timeout)
        try:
            self.sock = _context().wrap_socket(plain, server_hostname=self.host) if self._tls else plain
        except BaseException:
            plain.close()
            raise


def _connection(scheme: str, host: str, address: str, port: int, timeout: float) -> http.client.HTTPConnection:
    return _Pinned(host, address, port, timeout, scheme == "https")


@cache
def _context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
