"""
Duplicates: one rule for the form, the import, the API and the mail.

``rule`` is what a record type declares. ``blocks`` says who is compared, ``compare`` how alike two are, ``weights``
what that means; ``pairing`` puts them together in memory.
"""

from throughline.core.records.matching.rule import (
    EQUAL,
    SIMILAR,
    MatchingRule,
    Measure,
    Trait,
    end,
    folded,
    sound,
    start,
    trigrams,
    whole,
)

__all__ = [
    "EQUAL",
    "SIMILAR",
    "MatchingRule",
    "Measure",
    "Trait",
    "end",
    "folded",
    "sound",
    "start",
    "trigrams",
    "whole",
]
