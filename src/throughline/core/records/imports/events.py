"""What the journal tells of imports, beside ``records.imported``."""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event


@event("records.import_discarded", "File forgotten")
class ImportDiscarded(JournalEvent):
    """A file was put in to be imported, and was not."""

    record_type: str
    file_name: str


@event("records.import_undone", "Import taken back")
class ImportUndone(JournalEvent):
    """An import was taken back: how many records went into the bin, had their values back, or stay as they are."""

    record_type: str
    file_name: str
    binned: int
    restored: int
    left: int
