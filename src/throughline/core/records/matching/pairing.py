"""Duplicates among records in memory: block, compare, learn, score. What a database has is read and kept elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from throughline.core.records.matching.blocks import Pairs, keys_of, pairs_sharing
from throughline.core.records.matching.compare import Levels, levels_of
from throughline.core.records.matching.rule import MatchingRule, Texts
from throughline.core.records.matching.weights import THRESHOLD, Reason, Weights, explain, learn, scores

DRAWN = 40_000
"""So many pairs are drawn at random to learn how often different things agree."""
_SEED = 20_111


@dataclass(frozen=True, slots=True)
class Likeness:
    """Two records, by their places, that are likely the same thing: evidence in bits and where it comes from."""

    one: int
    other: int
    bits: float
    reasons: tuple[Reason, ...]


def duplicates_among(rule: MatchingRule, texts: Sequence[Texts], weights: Weights | None = None) -> list[Likeness]:
    """Return the pairs that are likely the same, the surest first. Without ``weights`` they are learned of these."""
    pairs = pairs_sharing([keys_of(rule, row) for row in texts])
    levels = levels_of(rule, texts, pairs)
    if weights is None:
        weights = learn(rule, levels, drawn(rule, texts))
    return likely(rule, weights, pairs, levels)


def drawn(rule: MatchingRule, texts: Sequence[Texts]) -> Levels:
    """Return the levels of pairs drawn at random, always the same ones for the same records."""
    chance = np.random.default_rng(_SEED)
    pairs = chance.integers(0, max(1, len(texts)), (DRAWN, 2))
    return levels_of(rule, texts, pairs[pairs[:, 0] != pairs[:, 1]])


def likely(rule: MatchingRule, weights: Weights, pairs: Pairs, levels: Levels) -> list[Likeness]:
    """Return the pairs whose evidence reaches the threshold, the surest first."""
    bits = scores(rule, weights, levels)
    chosen = np.flatnonzero(bits >= THRESHOLD)
    return [
        Likeness(int(pairs[place, 0]), int(pairs[place, 1]), float(bits[place]), explain(rule, weights, levels[place]))
        for place in chosen[np.argsort(-bits[chosen], kind="stable")]
    ]
