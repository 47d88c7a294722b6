"""What the journal tells of merges."""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event


@event("record.merged", "Merged")
class RecordMerged(JournalEvent):
    """This record took up ``absorbed``: fields whose values came from it, and how many rows now point here."""

    absorbed: int
    number: str
    fields: list[str]
    moved: int


@event("record.absorbed", "Merged into another")
class RecordAbsorbed(JournalEvent):
    """This record was merged into ``survivor`` and lies in the bin."""

    survivor: int
    number: str


@event("record.unmerged", "Merge taken back")
class RecordUnmerged(JournalEvent):
    """A merge with ``other`` was taken back; ``left`` says what stays as it is, because it was changed since."""

    other: int
    number: str
    left: list[str]
