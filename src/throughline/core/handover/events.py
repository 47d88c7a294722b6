"""What the journal tells of hand-overs, about the person; each record has its own entry."""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event


@event("handover.made", "Work handed over")
class HandoverMade(JournalEvent):
    """A person's open work went to somebody else: how many records of each type, and how many work items."""

    handover: int
    substitute: int
    reason: str
    leaving: bool
    records: dict[str, int]
    work_items: int


@event("handover.taken_back", "Work came back")
class HandoverTakenBack(JournalEvent):
    """A hand-over was taken back, as far as the substitute still had the work."""

    handover: int
    records: dict[str, int]
    work_items: int
