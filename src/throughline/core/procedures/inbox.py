"""
Putting commands before cases: the only way anything reaches a case.

Rows are written in the caller's transaction, so a change and what it sets off are committed together or not at all; the
worker is woken when that transaction commits (PostgreSQL delivers notifications at commit).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import IntEnum
from typing import Any

import msgspec
from django.db import connection

from throughline.core.actor import Actor
from throughline.core.procedures import setwise
from throughline.flow.engine import commands as cmd
from throughline.flow.engine import encode_command

CHANNEL = "throughline_work"
"""The notification channel that workers listen on."""

MANY = 50
"""More commands than this at once are an import or the like: nobody waits for each of them."""


class Lane(IntEnum):
    """
    Where a command queues. Batches take from all lanes, so that a flood in one does not stop the others.

    ``PROMPT``: what somebody does and waits for. ``TIMERS``: what fell due. ``BULK``: many commands at once.
    """

    PROMPT = 0
    TIMERS = 1
    BULK = 2


class Order(msgspec.Struct, frozen=True):
    """
    A command for a case, not yet written.

    ``at``: the instant it stands for. ``cause``: the journal entry that led to it. ``letter``: for a delivered message
    what is needed to put it back into the buffer if the case no longer waits for it.
    """

    case: int
    command: cmd.Command
    by: Actor
    at: datetime
    cause: int | None = None
    letter: dict[str, Any] | None = None


def enqueue(orders: Sequence[Order], *, lane: Lane | None = None) -> None:
    """
    Write the commands in the given order and wake the workers.

    ``lane``: where they queue; unless said, that depends on how many they are.

    Raises:
        RuntimeError: there is no transaction, so a command could outlive a change that failed.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("Expected commands to be written in the transaction of the change, but there is none.")
    if not orders:
        return
    if lane is None:
        lane = Lane.PROMPT if len(orders) <= MANY else Lane.BULK
    setwise.copy(
        "procedures_inbox",
        "case_id, command, at, actor_kind, actor_id, actor_label, cause, letter, parked, lane",
        _rows(orders, lane),
    )
    wake()


def _rows(orders: Sequence[Order], lane: Lane) -> Iterator[setwise.Row]:
    command, encoded = None, b""
    for order in orders:
        if order.command is not command:  # a flood often holds one command for all cases
            command, encoded = order.command, encode_command(order.command)
        by, letter = order.by, None if order.letter is None else msgspec.json.encode(order.letter).decode()
        yield (order.case, encoded, order.at, by.kind, by.id, by.label, order.cause, letter, False, int(lane))


def wake() -> None:
    """Wake the workers when this transaction commits."""
    setwise.fetch("SELECT pg_notify(%s, '')", [CHANNEL])
