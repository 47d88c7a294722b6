"""Pages of promises: making one out of a call, mail or note, and saying what became of it."""
