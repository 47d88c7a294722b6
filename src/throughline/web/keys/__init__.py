"""Pages of keys: programs that act for a person."""
