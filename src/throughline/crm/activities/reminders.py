"""Reminders: who plans something may be told of it beforehand, once, at the moment they said."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from throughline.core.actor import Actor
from throughline.core.notify.operations import Message, notify_many
from throughline.core.recordref import RecordRef
from throughline.core.rows import fetch

MISSED = timedelta(days=2)
"""A reminder that nobody could give at its time, since nothing ran, is given this much later at most."""
AT_ONCE = 1000

_DUE = """
SELECT a.id, a.owner_id, a.kind, a.subject, a.due_at, a.reminder_at, u.time_zone
FROM activities_activity a JOIN identity_user u ON u.id = a.owner_id AND u.is_active
WHERE a.status = 'Planned' AND a.deleted_at IS NULL AND a.reminder_at <= %s AND a.reminder_at > %s AND NOT a.sandbox
    AND NOT EXISTS (
        SELECT FROM notify_notification n WHERE n.user_id = a.owner_id
            AND n.key = 'reminder:' || a.id || ':' || extract(epoch FROM a.reminder_at)::bigint)
ORDER BY a.reminder_at, a.id LIMIT %s
"""


@transaction.atomic
def remind(*, at: datetime) -> int:
    """Tell the owners of planned activities whose reminder has come, and return how many messages are new."""
    messages = [
        Message(
            user_id=owner,
            kind="reminder",
            title=subject,
            body=_words(kind, due_at, zone),
            about=RecordRef("activity", key),
            key=f"reminder:{key}:{int(reminder_at.timestamp())}",
        )
        for key, owner, kind, subject, due_at, reminder_at, zone in fetch(_DUE, [at, at - MISSED, AT_ONCE])
    ]
    return notify_many(messages=messages, by=Actor.system(), at=at)


_NEXT = """
SELECT min(reminder_at) FROM activities_activity
WHERE status = 'Planned' AND deleted_at IS NULL AND reminder_at > %s AND NOT sandbox
"""


def next_due(*, at: datetime) -> datetime | None:
    """Return when somebody is to be reminded next."""
    ((due,),) = fetch(_NEXT, [at])
    return due  # type: ignore[no-any-return]


def _words(kind: str, due_at: datetime | None, zone: str) -> str:
    return f"{kind}, {due_at.astimezone(ZoneInfo(zone)):%d.%m.%Y %H:%M}" if due_at is not None else kind
