"""
Event logs as files: CSV, XES (IEEE 1849) and OCEL 2.0, read into and written from :class:`EventLog`.

The kernel mines arrays and opens nothing; this package opens files for whoever has a path. A file is recognised by its
name and, where that says nothing, by how it begins. What is doubtful about a log becomes a counted warning; what cannot
be read at all raises :class:`LogUnreadable` with one sentence for the person who has the file.
"""

from throughline.insight.logs.columns import Columns
from throughline.insight.logs.faults import LogUnreadable
from throughline.insight.logs.reading import Reading, read_log
from throughline.insight.logs.writing import write_log

__all__ = ["Columns", "LogUnreadable", "Reading", "read_log", "write_log"]
