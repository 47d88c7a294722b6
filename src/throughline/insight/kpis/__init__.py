"""
Key figures: each one declared with its population, period, numerator, denominator, unit and where its data come from.

``definitions`` holds the declarations, from which the pages and docs/kpis.md are made; ``measuring`` computes them
under the rights of who asks; ``formulas``, ``statistics`` and ``lifetime`` are pure and held by vectors computed by
hand. A *goal* is a target with a band; when a figure leaves its band, the goal's owner is told.
"""
