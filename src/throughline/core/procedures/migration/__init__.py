"""
Moving running cases to another version of their procedure.

Somebody decides (operations/migration.py): from which version to which, and where steps go that the new drawing does
not have under the same id. That writes one row per case; workers carry it out in batches (carry.py), one transaction
each, so it goes on where it was when a worker dies. What becomes of a case is the kernel's word
(flow/engine/migration.py): work stays offered, timers keep their moment, new reactions are listened for (counting from
when their step began), a case that an incident holds goes along and stays held until it is retried, and a case whose
step has no place in the new drawing is left where it is, with the reason. Taking a migration back is one more,
the other way, over the cases that were moved.
"""
