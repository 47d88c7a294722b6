"""
Records: one way to be a record.

A capability declares each of its record types once (``spec.RecordSpec``); lists, boards, pages, search, import, bulk
changes, the FEEL context of charts and permission checks follow from that. A record is created, changed under its
version, tagged, assigned, put into the bin and taken out again by ``operations``; ``queries`` reads, always through
core/access.
"""

from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.context import facts, facts_of
from throughline.core.records.spec import Choice, FieldSpec, FieldType, RecordSpec, Section

__all__ = [
    "Choice",
    "FieldSpec",
    "FieldType",
    "RecordRef",
    "RecordSpec",
    "Section",
    "facts",
    "facts_of",
    "registry",
]
