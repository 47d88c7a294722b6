"""
What a change of a procedure has brought: the same figures before and after, with how sure the differences are.

Both sides are read at the same age: a case counts when it began so many days ago, and only what happened to it within
those days. So a young side is not worse for being young. It is no experiment: what else changed meanwhile changed the
figures, too; a split test (:mod:`throughline.insight.split_tests`) tells the difference that the version alone makes.
"""

from throughline.insight.effect.measuring import Compared, Effect, Side, compare
from throughline.insight.effect.saving import Assumptions, Saving, saving

__all__ = ["Assumptions", "Compared", "Effect", "Saving", "Side", "compare", "saving"]
