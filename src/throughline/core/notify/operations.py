"""Writes of notify: messages to people, and marking them as read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from throughline.core.actor import Actor
from throughline.core.notify.models import Notification
from throughline.core.recordref import RecordRef


@dataclass(frozen=True, slots=True)
class Message:
    """
    A message to one person. ``kind`` names why it is sent, ``about`` what it leads to.

    ``key`` makes it once per person: a second message with the same key is dropped (a step that is performed again).
    """

    user_id: int
    kind: str
    title: str
    body: str = ""
    about: RecordRef | None = None
    key: str = ""
    sandbox: bool = False


@transaction.atomic
def notify_many(*, messages: Sequence[Message], by: Actor, at: datetime) -> int:
    """
    Put messages into people's notification centres, set-wise, and return how many were new.

    The message row itself is the trace (sender, instant, read or not); the journal tells of what it is about.
    """
    rows = [
        Notification(
            user_id=message.user_id,
            at=at,
            kind=message.kind,
            title=message.title[:300],
            body=message.body,
            record_type=message.about.type if message.about else "",
            record_id=message.about.id if message.about else None,
            sender=by.label,
            key=message.key,
            sandbox=message.sandbox,
        )
        for message in messages
    ]
    keyed = [row for row in rows if row.key]
    known = set(
        Notification.objects.filter(
            key__in={row.key for row in keyed}, user_id__in={row.user_id for row in keyed}
        ).values_list("user_id", "key")
    )
    new = [row for row in rows if not row.key or (row.user_id, row.key) not in known]
    Notification.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


@transaction.atomic
def mark_read(*, user_id: int, ids: Sequence[int] | None = None, at: datetime) -> int:
    """Mark a person's messages as read, all unread ones when no keys are given; return how many were unread."""
    unread = Notification.objects.filter(user_id=user_id, read_at=None)
    if ids is not None:
        unread = unread.filter(pk__in=ids)
    return unread.update(read_at=at)
