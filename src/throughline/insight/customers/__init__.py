"""
Who the customers are: what they have in common, how they came and stayed, which ones buy how often and how much, and
what they say.

Everything is counted from records that the asker may see and from fields that are not hidden from the asker; nothing is
kept. A customer is an organization with a won deal; money is that of one currency, the one that most won deals are in.
"""

from throughline.insight.customers.buying import Cohort, Group, Purchases, cohorts, groups, purchases
from throughline.insight.customers.portrait import Heap, Portrait, heaps_of, portraits, segments
from throughline.insight.customers.themes import Saying, Source, Theme, sayings, themes

__all__ = [
    "Cohort", "Group", "Heap", "Portrait", "Purchases", "Saying", "Source", "Theme", "cohorts", "groups", "heaps_of",
    "portraits", "purchases", "sayings", "segments", "themes",
]  # fmt: skip
