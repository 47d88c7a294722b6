"""Reads of notify: a person's notification centre."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from throughline.core.counting import counted_to
from throughline.core.notify.models import Notification

SHOWN_UNREAD = 100
"""The badge counts no further."""


@dataclass(frozen=True, slots=True)
class Centre:
    """A page of the notification centre, newest first. ``unread`` is counted up to ``SHOWN_UNREAD``."""

    messages: list[Notification]
    unread: int
    more: bool


def unread_count(*, user_id: int) -> int:
    """Return how many messages wait for a person, at most ``SHOWN_UNREAD``."""
    return counted_to(Notification.objects.filter(user_id=user_id, read_at=None, sandbox=False), SHOWN_UNREAD)


def centre(*, user_id: int, before: tuple[datetime, int] | None = None, limit: int = 30) -> Centre:
    """Return a person's messages older than ``before`` (instant and key of the last one shown). Two queries."""
    messages = Notification.objects.filter(user_id=user_id, sandbox=False)
    if before is not None:
        messages = messages.filter(Q(at__lt=before[0]) | Q(at=before[0], id__lt=before[1]))
    found = list(messages.order_by("-at", "-id")[: limit + 1])
    return Centre(found[:limit], unread_count(user_id=user_id), len(found) > limit)
