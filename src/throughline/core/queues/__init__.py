"""
Queues: where work waits that nobody has yet, each a record with a name, a description and somebody who looks after it.

Theory of operation. A work item without an assignee keeps the key of a role (``WorkItem.queue``): whoever plays the
role may take it. A queue is the record of such a role, by the same key, so nothing is written per item and rights stay
where they were. Every role that work can wait for has one: they are made when a drawing that names them is published,
or when the sample company comes, and those of an older installation by the first migration.
"""
