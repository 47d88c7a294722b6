"""Business facts of imported logs: who brought which data into the house, shared it, and took it away."""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event


@event("log.reading_requested", "Reading of an event log asked for")
class LogReadingRequested(JournalEvent, frozen=True, kw_only=True):
    """Its owner confirmed the columns of a log that was sent."""

    log: int
    name: str


@event("log.reading_cancelled", "Reading of an event log cancelled")
class LogReadingCancelled(JournalEvent, frozen=True, kw_only=True):
    """Its owner stopped the reading of a log before its end."""

    log: int
    name: str


@event("log.imported", "Event log imported")
class LogImported(JournalEvent, frozen=True, kw_only=True):
    """An event log from elsewhere was read and kept."""

    log: int
    name: str
    cases: int
    events: int


@event("log.shared", "Event log shared")
class LogShared(JournalEvent, frozen=True, kw_only=True):
    """Its owner said who may look at a log."""

    log: int
    name: str
    sharing: str


@event("log.exported", "Event log exported")
class LogExported(JournalEvent, frozen=True, kw_only=True):
    """Somebody took an event log out of the house as a file: an imported one, or that of a procedure."""

    name: str
    cases: int
    form: str


@event("log.deleted", "Event log deleted")
class LogDeleted(JournalEvent, frozen=True, kw_only=True):
    """An event log and its content were removed."""

    log: int
    name: str
