"""Ports of this machine."""

from __future__ import annotations

import socket

import pytest

from throughline.platform import ports
from throughline.platform.faults import Fault


class TestChoose:
    def test_takes_the_next_free_one(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]

            chosen = ports.choose("127.0.0.1", port, exactly=False)

        assert port < chosen < port + ports.TRIES

    def test_refuses_when_exactly_this_one_is_asked(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]

            with pytest.raises(Fault, match=f"Port {port} is taken by another program. Choose one with --port."):
                ports.choose("127.0.0.1", port, exactly=True)
