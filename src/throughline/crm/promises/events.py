"""What the journal tells of promises: an entry about the record each was made about."""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event


@event("promise.made", "Promise made", personal=("what",))
class PromiseMade(JournalEvent):
    """Something was promised to a customer, until ``due_at``; ``activity`` is what it was made in."""

    promise: int
    what: str
    due_at: str
    owner: int | None
    contact: int | None
    activity: int | None


@event("promise.kept", "Promise kept", personal=("what",))
class PromiseKept(JournalEvent):
    """It was done, in time or late."""

    promise: int
    what: str
    late: bool
    reason: str


@event("promise.broken", "Promise broken", personal=("what",))
class PromiseBroken(JournalEvent):
    """It was not done and will not be."""

    promise: int
    what: str
    reason: str


@event("promise.withdrawn", "Promise withdrawn", personal=("what",))
class PromiseWithdrawn(JournalEvent):
    """It no longer holds: the customer let us off, or it was no promise."""

    promise: int
    what: str
    reason: str


@event("promise.reopened", "Promise open again", personal=("what",))
class PromiseReopened(JournalEvent):
    """What became of it was said too early."""

    promise: int
    what: str
