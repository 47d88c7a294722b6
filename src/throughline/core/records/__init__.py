"""
Records: one way to be a record.

A capability declares each of its record types once (``spec.RecordSpec``); lists, boards, pages, search, import, bulk
changes, the FEEL context of charts and permission checks follow from that. A record is created, changed under its version,
tagged, assigned, put into the bin and taken out again by ``operations``; ``queries`` reads, always through core/access.
"""

from throughline.core.recordref import RecordRef

__all__ = ["RecordRef"]
