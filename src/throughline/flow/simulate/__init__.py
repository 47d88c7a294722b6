"""Drivers in virtual time: the small closed world of scenarios, and statistical simulation."""
