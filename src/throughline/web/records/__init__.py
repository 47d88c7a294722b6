"""Lists, boards, pages and forms of every record type, made from its RecordSpec: nothing here knows a single type."""
