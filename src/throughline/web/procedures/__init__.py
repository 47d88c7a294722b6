"""Procedures: the library, drawing and publishing, and how they run now."""
