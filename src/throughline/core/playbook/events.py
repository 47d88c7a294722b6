"""What the journal tells of the playbook."""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event


@event("playbook.read", "Playbook read")
class PlaybookRead(JournalEvent, frozen=True, kw_only=True):
    """Somebody has read a version of the playbook and understood it; ``tries`` includes the one that was right."""

    procedure: str
    number: int
    role: str
    tries: int
