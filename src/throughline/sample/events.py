"""Business facts of the sample company: it came, it went."""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event


@event("sample.loaded", "Sample company loaded")
class SampleLoaded(JournalEvent, frozen=True, kw_only=True):
    """Somebody filled the empty installation with the sample company."""

    rows: int
    ends_at: str


@event("sample.removed", "Sample company removed")
class SampleRemoved(JournalEvent, frozen=True, kw_only=True):
    """Somebody took the sample company away, with what was entered beside it."""

    loaded_at: str
