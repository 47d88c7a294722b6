"""The page of what a change of a procedure has brought."""
