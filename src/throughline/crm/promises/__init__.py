"""
Promises: what was said to a customer — what, to whom, by whom, until when, and out of which call, mail or note.

A promise is open until it is kept, broken or withdrawn. While it is open it is the next step of the record it was made
about, stands in the work list of whoever gave it, and on top of the record at the next contact. Whoever sees the record
sees it.
"""
