"""What the journal tells of coaching: that a note was written, not what it says."""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event


@event("coaching.note_written", "Coaching note written")
class NoteWritten(JournalEvent):
    """Somebody wrote down what was talked about with a person."""

    note: int
    person: int
    deal: int | None


@event("coaching.note_withdrawn", "Coaching note taken back")
class NoteWithdrawn(JournalEvent):
    """Its author took a note back."""

    note: int
    person: int
