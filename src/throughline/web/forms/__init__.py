"""The lead form that visitors fill in: hosted here, or put on another site."""
