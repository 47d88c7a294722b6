"""
Errands: what somebody asks for and a process of its own does, with progress, cancelling and a result that is kept.

Its life: waiting → running → done, failed or cancelled. A worker claims it for the time of a lease; when that worker
dies, another takes it and begins anew. These writes have no author and are no business facts; that somebody asked is
in the journal.
"""
