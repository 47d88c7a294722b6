"""What the journal tells of messages to people: only what procedures act upon."""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event


@event("notification.wants_mail", "Notification to be mailed")
class NotificationWantsMail(JournalEvent):
    """A message came whose reader wants it by mail at once. The shipped chart “Notifications by mail” sends it."""

    notification: int
    reason: str
