"""Territories: their panel on the page of one, the form of what belongs to it, and where both were before."""
