"""Sending messages: one, or a whole file of them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from throughline.core.actor import Actor
from throughline.core.procedures import feel, messaging
from throughline.core.procedures.cells import read_cell_of
from throughline.core.procedures.messaging import Delivery, Message
from throughline.core.refusals import Refusal
from throughline.flow import values

__all__ = ["Delivery", "Message", "Sent", "send_message", "send_messages", "send_rows"]

EARLY_MESSAGE_LIVES = timedelta(days=7)
"""How long a message that nobody waits for yet is kept, unless the sender says otherwise."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of messages of one name, in the order they were sent."""

    name: str
    deliveries: tuple[Delivery, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many messages ended in each way."""
        return dict(Counter(delivery.status for delivery in self.deliveries))

    @property
    def implausible(self) -> list[Delivery]:
        """The deliveries whose message does not meet what the receiving step expects of it."""
        return [delivery for delivery in self.deliveries if delivery.implausible]


def send_message(
    *,
    name: str,
    key: str,
    by: Actor,
    at: datetime,
    payload: Mapping[str, Any] | None = None,
    message_id: str = "",
    lives: timedelta = EARLY_MESSAGE_LIVES,
) -> Delivery:
    """
    Send one message to whoever waits for it; see ``send_messages``.

    ``payload`` holds plain Python values; numbers as int or Decimal.
    """
    message = Message(key, feel.context(payload), message_id)
    return send_messages(name=name, messages=[message], by=by, at=at, lives=lives).deliveries[0]


@transaction.atomic
def send_messages(
    *, name: str, messages: Sequence[Message], by: Actor, at: datetime, lives: timedelta = EARLY_MESSAGE_LIVES
) -> Sent:
    """
    Send messages of one name, set-wise, and say what became of each.

    The receiving cases take them when a worker drains the inbox. A message that comes early is kept for ``lives``; one
    with a ``message_id`` that was seen before for this name and key changes nothing.

    Raises:
        Refusal: the messages have no name.
    """
    if not name.strip():
        raise Refusal("name_missing", "Say which message is sent: its name as it stands in the drawing.", "name")
    return Sent(name, tuple(messaging.deliver(messaging.Sending(name, by, at, lives), messages)))


def send_rows(
    *,
    name: str,
    rows: Sequence[Mapping[str, str]],
    key: str,
    by: Actor,
    at: datetime,
    message_id: str = "",
    lives: timedelta = EARLY_MESSAGE_LIVES,
) -> Sent:
    """
    Send one message per row of a file: column ``key`` correlates, all columns become the payload (see cells.py).

    ``message_id`` names a column with the sender's own names. Without it a row is recognised by its content, so
    sending the same file twice does nothing the second time.

    Raises:
        Refusal: a row has no such column, or nothing in it; the row is named, nothing was sent.
    """
    messages = []
    for number, row in enumerate(rows, 1):
        correlation = (row.get(key) or "").strip()
        if not correlation:
            raise Refusal(
                "key_missing", f"Row {number} has nothing in column “{key}”. Add it, or choose another.", "key"
            )
        payload = {column: values.from_python(read_cell_of(column, text)) for column, text in row.items() if column}
        messages.append(Message(correlation, payload, (row.get(message_id) or "") or _content_id(row)))
    return send_messages(name=name, messages=messages, by=by, at=at, lives=lives)


def _content_id(row: Mapping[str, str]) -> str:
    text = "\x1f".join(f"{column}\x1e{row[column]}" for column in sorted(filter(None, row)))
    return hashlib.sha256(text.encode()).hexdigest()
