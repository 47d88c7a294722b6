"""What the journal tells of files."""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event


@event("file.stored", "File added", personal=("name",))
class FileStored(JournalEvent):
    """A file was kept, with the digest of its content."""

    file: int
    name: str
    size: int
    sha256: str


@event("file.deleted", "File removed", personal=("name",))
class FileDeleted(JournalEvent):
    """A file was removed for good."""

    file: int
    name: str
    sha256: str
