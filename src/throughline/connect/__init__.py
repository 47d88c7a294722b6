"""Connections to what is outside: one folder each. What leaves the house goes through the outbox of core.procedures."""
