"""Pages for setting up one's own company: steps that can be left, left out, and taken up again."""
