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


@event("file.binned", "File put into the bin", personal=("name",))
class FileBinned(JournalEvent):
    """A file was put into the bin, from where it can be restored."""

    file: int
    name: str


@event("file.restored", "File restored", personal=("name",))
class FileRestored(JournalEvent):
    """A file came back from the bin."""

    file: int
    name: str
