"""
Who has how much to do, who knows whom how well, and who hands work to whom.

Counted from work items, activities and the engine's event log, as far as the asker may see the records; nothing is kept
and nobody is ranked against people that the asker is not responsible for: one sees oneself, a manager also the people
of the own teams and those below.
"""

from throughline.insight.workload.handing import Handing, handings
from throughline.insight.workload.loads import Load, colleagues, loads
from throughline.insight.workload.relationships import Relationship, relationships, strength

__all__ = [
    "Handing",
    "Load",
    "Relationship",
    "colleagues",
    "handings",
    "loads",
    "relationships",
    "strength",
]
