"""
The journal: append-only business facts, for audit, timelines and what procedures react to.

Every write of the product leaves an entry in its own transaction (``record``, ``record_many``). Its life: written,
read by cursor below the oldest running transaction (``follow``), sealed into a chain of digests (``seal``). Personal
values lie in a side row that erasure removes. Nobody owns an entry; the database refuses to change one.
"""

from throughline.core.journal.events import JournalEvent, event, kinds
from throughline.core.journal.writing import (
    MAX_DEPTH,
    Fact,
    Listener,
    Recorded,
    erase_personal,
    forget_listener,
    on_recorded,
    record,
    record_many,
)

__all__ = [
    "MAX_DEPTH",
    "Fact",
    "JournalEvent",
    "Listener",
    "Recorded",
    "erase_personal",
    "event",
    "forget_listener",
    "kinds",
    "on_recorded",
    "record",
    "record_many",
]
