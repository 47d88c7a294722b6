"""Pages of people beside those of any record."""
