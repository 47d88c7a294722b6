"""
Comparing: the level of likeness of each trait, for any number of pairs at once.

A level counts from 0 (different) up to equal; −1 says that one of the two is unknown. ``LEVELS`` names them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from throughline.core.records.matching.blocks import Pairs
from throughline.core.records.matching.rule import Least, MatchingRule, Measure, Texts, Trait

UNKNOWN = -1
NEARLY, ALIKE = 0.92, 0.80
"""From these similarities of Jaro and Winkler on, texts are nearly equal, or alike."""

EXCHANGED = 4
"""The level above all others: first and last name have changed places."""

LEVELS: dict[Measure, tuple[str, ...]] = {
    Measure.SAME: ("different", "equal"),
    Measure.TEXT: ("different", "alike", "nearly equal", "equal", "exchanged"),
    Measure.CODE: ("different", "two characters apart", "one character apart", "equal"),
}

Levels = NDArray[np.int8]
"""A row per pair, a column per trait."""
_Column = NDArray[np.object_]


def levels_of(rule: MatchingRule, texts: Sequence[Texts], pairs: Pairs) -> Levels:
    """Return the levels of pairs of records, given by their places among ``texts``."""
    columns = [np.array([row[place] for row in texts], dtype=object) for place in range(len(rule.traits))]
    left = [column[pairs[:, 0]] for column in columns]
    right = [column[pairs[:, 1]] for column in columns]
    found = np.empty((len(pairs), len(rule.traits)), np.int8)
    for place, trait in enumerate(rule.traits):
        found[:, place] = _levels(trait, left[place], right[place])
    for place, trait in enumerate(rule.traits):
        if trait.exchanged_with:
            other = rule.place[trait.exchanged_with]
            exchanged = _exchanged((left[place], right[place]), (left[other], right[other]))
            found[exchanged, place] = EXCHANGED
            found[exchanged, other] = UNKNOWN
    return found


def only_shared(rule: MatchingRule, levels: Levels) -> NDArray[np.bool_]:
    """Return which pairs differ in all that is a thing's own, or in all that it is about, as far as that is known."""
    exchanged = (levels == EXCHANGED).any(axis=1)
    found: NDArray[np.bool_] = (_differ(rule, rule.own, levels) & ~exchanged) | _differ(rule, rule.matter, levels)
    return found


def _differ(rule: MatchingRule, traits: Sequence[Least], levels: Levels) -> NDArray[np.bool_]:
    if not traits:
        return np.zeros(len(levels), np.bool_)
    known = levels[:, [rule.place[name] for name, _ in traits]]
    agrees = (known >= [least for _, least in traits]).any(axis=1)
    found: NDArray[np.bool_] = (known != UNKNOWN).any(axis=1) & ~agrees
    return found


def _levels(trait: Trait, one: _Column, other: _Column) -> Levels:
    known = (one != "") & (other != "")
    found = np.full(len(one), UNKNOWN, np.int8)
    found[known] = _MEASURES[trait.measure](one[known], other[known])
    return found


def _same(one: _Column, other: _Column) -> NDArray[np.int8]:
    return np.asarray(one == other, np.int8)


def _text(one: _Column, other: _Column) -> NDArray[np.int8]:
    alike = cpdist(one.tolist(), other.tolist(), scorer=JaroWinkler.similarity, dtype=np.float32)
    return np.select([one == other, alike >= NEARLY, alike >= ALIKE], [3, 2, 1], 0).astype(np.int8)


def _code(one: _Column, other: _Column) -> NDArray[np.int8]:
    apart = cpdist(one.tolist(), other.tolist(), scorer=OSA.distance, dtype=np.int32)
    return np.asarray(np.clip(3 - apart, 0, 3), np.int8)


_MEASURES: dict[Measure, Callable[[_Column, _Column], NDArray[np.int8]]] = {
    Measure.SAME: _same,
    Measure.TEXT: _text,
    Measure.CODE: _code,
}


def _exchanged(mine: tuple[_Column, _Column], theirs: tuple[_Column, _Column]) -> NDArray[np.bool_]:
    """Where two texts have changed places; one of the four may be unknown."""
    crossed = (mine[0] == theirs[1]) & (mine[0] != "")
    crossed_back = (mine[1] == theirs[0]) & (mine[1] != "")
    both = crossed & crossed_back
    straight = (mine[0] == mine[1]) | (theirs[0] == theirs[1])
    lacking = (mine[1] == "") | (theirs[0] == "")
    lacking_back = (mine[0] == "") | (theirs[1] == "")
    found: NDArray[np.bool_] = ~straight & (both | (crossed & lacking) | (crossed_back & lacking_back))
    return found
