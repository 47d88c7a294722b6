"""
Leads: enquiries. Each has a source, an interest, a region, a score, a status and clocks, and a contact if one is known.

A lead is captured (form, API, import, by hand), scored, assigned, contacted, then qualified or closed. Person fields
live on the contact; an enquiry of a known person attaches to that person. Marketing brings leads in, sales owns them.
"""
