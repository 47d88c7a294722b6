"""What the journal tells of activities: one entry for every record an activity is about."""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event


@event("activity.logged", "Activity logged", personal=("subject",))
class ActivityLogged(JournalEvent):
    """Something happened with the customer. ``at`` the entry says when it was logged, ``done_at`` when it happened."""

    activity: int
    kind: str
    subject: str
    direction: str
    outcome: str
    status: str
    done_at: str
    duration_seconds: int | None = None


@event("activity.planned", "Activity planned", personal=("subject",))
class ActivityPlanned(JournalEvent):
    """Something is to be done, until ``due_at``."""

    activity: int
    kind: str
    subject: str
    due_at: str | None
    owner: int | None


@event("activity.cancelled", "Activity not held", personal=("subject",))
class ActivityCancelled(JournalEvent):
    """A planned activity did not take place."""

    activity: int
    kind: str
    subject: str
    outcome: str
