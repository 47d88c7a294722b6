"""Search over all records, as a page and as the command palette."""
