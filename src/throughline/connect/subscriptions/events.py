"""What the journal tells of subscriptions."""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event


@event("subscription.made", "Subscribed to events")
class SubscriptionMade(JournalEvent):
    """A program is told what happens from now on; without ``events`` of everything."""

    url: str
    events: list[str]


@event("subscription.ended", "Subscription ended")
class SubscriptionEnded(JournalEvent):
    """The program is told nothing any more."""

    url: str


@event("subscription.paused", "Subscription paused")
class SubscriptionPaused(JournalEvent):
    """Calls failed for too long; the place in the journal is kept."""

    url: str
    reason: str


@event("subscription.resumed", "Subscription resumed")
class SubscriptionResumed(JournalEvent):
    """Calls go on from the place at which they stopped."""

    url: str
