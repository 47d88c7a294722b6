"""Sending signals: what everybody who listens hears."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from throughline.core.actor import Actor
from throughline.core.procedures import feel, messaging


@transaction.atomic
def send_signal(*, name: str, by: Actor, at: datetime, payload: Mapping[str, Any] | None = None) -> list[int]:
    """Bring a signal to every case that waits for it, start what it starts, and return the keys of those cases."""
    return messaging.broadcast(messaging.Sending(name, by, at), feel.context(payload))
