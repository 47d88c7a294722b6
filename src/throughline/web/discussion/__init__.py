"""Pages where people talk about procedures."""
