"""Pages of incidents: what cannot go on by itself, and what is done about it."""
