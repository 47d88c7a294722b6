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


@event("team.retired", "Team retired")
class TeamRetired(JournalEvent):
    """A team goes on no more: how many open records of each type and how many people went to which other team."""

    name: str
    into: int
    records: dict[str, int]
    people: int


@event("team.brought_back", "Team brought back")
class TeamBroughtBack(JournalEvent):
    """A retired team goes on, with what was still where it went."""

    name: str
    records: dict[str, int]
    people: int
