"""Pages of the guided path."""
