"""A mail server: takes every message and keeps it; it can be told to refuse, and be stopped and started again."""

from __future__ import annotations

import asyncio
from email import message_from_bytes
from email.message import Message
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller


class MailServer:
    """An SMTP server on a port of this machine. ``replies``: by recipient, what is said instead of taking it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.messages: list[Message] = []
        self.replies: dict[str, str] = {}
        self.delay_seconds = 0.0
        self._controller: Controller | None = None

    def start(self) -> None:
        """Listen."""
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        """Go away; what was taken stays."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    async def handle_RCPT(  # noqa: N802 (the name aiosmtpd calls)
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        """Take or refuse a recipient."""
        if address in self.replies:
            return self.replies[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Take a message."""
        self.messages.append(message_from_bytes(envelope.content, policy=default))
        await asyncio.sleep(self.delay_seconds)
        return "250 Taken"

    @property
    def ids(self) -> list[str]:
        """The ids of the messages, in the order they came."""
        return [str(message["Message-ID"]) for message in self.messages]
