"""Business facts of queues."""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event


@event("queue.added", "Queue added")
class QueueAdded(JournalEvent):
    """A queue came to be with others: by an import, or because work can wait for a role that had none."""

    key: str
    name: str
