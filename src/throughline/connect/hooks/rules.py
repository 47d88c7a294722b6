"""What is called, how it is signed, and where calls may go. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from throughline.flow import values

LONGEST_BODY = 256 * 1024
"""Bytes that a call may carry."""


def signature(secret: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the value of the header ``webhook-signature`` (standardwebhooks.com, symmetric scheme ``v1``)."""
    signed = b".".join([message_id.encode(), str(timestamp).encode(), body])
    return "v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()


def may_be_called(address: str, *, inside: bool) -> bool:
    """
    Say whether calls may go to an IP address.

    Public ones, and with ``inside`` those of private networks and of this machine. Never link-local ones (where clouds
    answer for their machines), multicast, reserved or unspecified ones. An IPv4 address inside an IPv6 one counts.
    """
    found: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        found = found.ipv4_mapped or found.sixtofour or found
    if found.is_link_local or found.is_multicast or found.is_unspecified:
        return False
    if found.is_global and not found.is_reserved:
        return True
    return inside and (found.is_private or found.is_loopback)


def problem_with(url: str) -> str:
    """Say why an address cannot be a target, empty if it can."""
    try:
        parts = urlsplit(url)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        return "This is no address of a web server."
    if parts.scheme not in ("https", "http") or not parts.hostname or not port_is_fine:
        return "Give an address that begins with https:// and names a host."
    if parts.username or parts.password:
        return "Leave name and password out of the address; calls are signed instead."
    if parts.fragment:
        return "Leave out what stands behind #: no server gets to see it."
    return ""


def body_of(inputs: Mapping[str, Any], *, key: str, record: str | None) -> bytes:
    """
    Return what a call carries: the input ``body`` as plain JSON; without one, what the case travels with.

    Raises:
        ValueError: it is longer than ``LONGEST_BODY``.
    """
    given = inputs.get("body")
    content = given if given is not None else {"key": key, "record": record}
    body = values.write_json(_plain(content)).encode()
    if len(body) > LONGEST_BODY:
        raise ValueError(f"Expected a body of at most {LONGEST_BODY // 1024} KB, but it has {len(body) // 1024} KB.")
    return body


def _plain(value: Any) -> Any:
    """Return a FEEL value as others read it: dates, times and durations as ISO text."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    written = values.to_json(value)
    return str(value) if isinstance(written, dict) else written
