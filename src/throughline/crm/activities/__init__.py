"""
Activities: calls, e-mails, meetings, notes, tasks and messages, each related to any number of records.

An activity is planned and later held, or logged as done. Logging one moves ``last_activity_at`` of the records it is
about and is evidence for human steps of procedures (``activity.logged``). Whoever may see a related record may see it.
"""
