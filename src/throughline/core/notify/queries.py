"""Reads of notify: a person's notification centre."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from throughline.core.notify.models import Notification
from throughline.core.rows import fetch

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
    ((count,),) = fetch(_UNREAD, [user_id, SHOWN_UNREAD])
    return int(count)


_UNREAD = """
SELECT count(*) FROM (
    SELECT 1 FROM notify_notification WHERE user_id = %s AND read_at IS NULL AND NOT sandbox LIMIT %s
) found
"""


def centre(*, user_id: int, before: tuple[datetime, int] | None = None, limit: int = 30) -> Centre:
    """Return a person's messages older than ``before`` (instant and key of the last one shown). Two queries."""
    messages = Notification.objects.filter(user_id=user_id, sandbox=False)
    if before is not None:
        messages = messages.filter(Q(at__lt=before[0]) | Q(at=before[0], id__lt=before[1]))
    found = list(messages.order_by("-at", "-id")[: limit + 1])
    return Centre(found[:limit], unread_count(user_id=user_id), len(found) > limit)
