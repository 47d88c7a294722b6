"""Trying a draft in the real pages, on test records."""
