"""Queues on pages: what waits, taking the next one, who belongs to one, and how queues are called everywhere."""
