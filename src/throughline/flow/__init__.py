"""
The kernel: charts, decisions and expressions as values and pure functions.

Nothing below this package knows Django, a clock, chance, a socket or the environment. Time, ids and a seeded generator
come in as arguments; what must happen outside leaves as a value. The live, the simulating and the replaying driver can
therefore share every line of it.
"""
