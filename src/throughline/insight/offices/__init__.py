"""
How the same procedure fares in several teams or offices, side by side: with variants, conformance and ramp-up.

A case belongs to the team of its record. The cases of a procedure and of its variants count together, and each team
tells how many went by which. Each team is compared with all the others, at the same age of the cases and with intervals
that hold all together, as for segments (:mod:`throughline.insight.segments`).
"""

from throughline.insight.offices.comparing import LEAST, MONTHS, Office, Offices, Versus, compare_offices

__all__ = ["LEAST", "MONTHS", "Office", "Offices", "Versus", "compare_offices"]
