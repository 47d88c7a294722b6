"""What the journal tells of the playbook."""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event


@event("playbook.check_set", "Check of a playbook set")
class CheckSet(JournalEvent, frozen=True, kw_only=True):
    """Somebody said how many questions the check of a playbook asks at most."""

    procedure: str
    questions: int


@event("playbook.read", "Playbook read")
class PlaybookRead(JournalEvent, frozen=True, kw_only=True):
    """Somebody has read a version of the playbook and understood it; ``tries`` includes the one that was right."""

    procedure: str
    number: int
    role: str
    tries: int
