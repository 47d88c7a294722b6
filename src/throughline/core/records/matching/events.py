"""What the journal tells of likely pairs."""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event


@event("record.told_apart", "Said to be another")
class ToldApart(JournalEvent):
    """Somebody said that this record and ``other``, which looks alike, are different things."""

    other: int
