"""
The REST interface: every record type, the journal's events, search, work, procedures; for programs that hold a key.

One table of endpoints (``site``) serves the requests and writes the OpenAPI document, so neither can say what the other
does not do. What goes in and out is shaped by the record types (``shapes``), custom fields included.
"""
