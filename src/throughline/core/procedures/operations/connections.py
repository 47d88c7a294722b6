"""Pausing and resuming what outside actions go over."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from throughline.core import journal
from throughline.core.actor import Actor
from throughline.core.procedures import breaker, permits
from throughline.core.procedures.events import ConnectionPaused, ConnectionResumed
from throughline.core.procedures.models import Connection
from throughline.core.recordref import RecordRef
from throughline.core.refusals import Refusal

ABOUT = RecordRef("connections", 1)
"""What journal entries about connections are about: all of them; which one stands in the entry."""


@transaction.atomic
def pause_connection(*, key: str, by: Actor, at: datetime, reason: str) -> None:
    """
    Try nothing over a connection until it is resumed; what waits for it waits.

    Raises:
        NotAllowed: the person behind the actor may not repair procedures; the sentence names who can.
        Refusal: no reason is given, or it is paused already.
    """
    permits.require_operation(by)
    if not reason.strip():
        raise Refusal("reason_missing", "Say why; others will wonder.", "reason")
    connection, _ = Connection.objects.select_for_update().get_or_create(pk=key)
    if connection.paused:
        raise Refusal("already_paused", f"The connection “{key}” is paused already.")
    connection.paused = True
    connection.save(update_fields=["paused"])
    journal.record(ConnectionPaused(key=key, reason=reason), by=by, at=at, about=ABOUT)


@transaction.atomic
def resume_connection(*, key: str, by: Actor, at: datetime) -> None:
    """
    Use a connection again, at once: one that was paused, or one that is being left alone because it did not answer.

    Raises:
        NotAllowed: the person behind the actor may not repair procedures; the sentence names who can.
        Refusal: it is in use.
    """
    permits.require_operation(by)
    connection = Connection.objects.select_for_update().filter(pk=key).first()
    if connection is None or not (connection.paused or connection.state != Connection.State.CLOSED):
        raise Refusal("in_use", f"The connection “{key}” is in use already.")
    breaker.reset(key, at=at)
    journal.record(ConnectionResumed(key=key), by=by, at=at, about=ABOUT)
