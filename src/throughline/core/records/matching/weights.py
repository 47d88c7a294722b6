"""
Weights of evidence, after Fellegi and Sunter (1969): how much each level of each trait speaks for being the same.

A weight is the binary logarithm of how much more often the level is seen among pairs that are the same thing than among
others. How often among others is counted in pairs drawn at random. How often among the same is learned without labels,
by expectation and maximisation over the compared pairs. First guesses stand in as a few pairs of each kind, so that a
small company's records change them little and a large one's replace them.

The sum of a pair's weights, in bits, is held against one threshold, fixed beforehand: at ``THRESHOLD`` it is as likely
as not that both are the same, when one in ``2 ** THRESHOLD`` pairs were so without any evidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from throughline.core.records.matching.compare import LEVELS, UNKNOWN, Levels, only_shared
from throughline.core.records.matching.rule import MatchingRule, Measure, Trait

THRESHOLD = 12.0
LARGEST, SMALLEST = 13.0, -8.0
"""No single trait speaks louder, for or against."""

AS_PAIRS_OF_SAME, AS_PAIRS_OF_OTHERS = 20.0, 2.0
"""So many pairs the first guesses count for."""
ROUNDS = 30

_AMONG_SAME: dict[Measure, tuple[float, ...]] = {
    Measure.SAME: (0.08, 0.92),
    Measure.TEXT: (0.07, 0.06, 0.10, 0.76, 0.01),
    Measure.CODE: (0.08, 0.03, 0.09, 0.80),
}
"""First guesses of how often levels are seen among pairs that are the same."""

Weights = dict[str, list[float]]
"""Bits of each level, by trait."""


def first_guess(rule: MatchingRule) -> Weights:
    """Return the weights before anything was learned."""
    return {trait.name: _bits(_guess_same(trait), _guess_others(trait)).tolist() for trait in rule.traits}


def _guess_same(trait: Trait) -> NDArray[np.float64]:
    return np.array(_AMONG_SAME[trait.measure])


def _guess_others(trait: Trait) -> NDArray[np.float64]:
    equal = trait.chance
    if trait.measure is Measure.SAME:
        return np.array([1 - equal, equal])
    near = [0.04, 2 * equal, equal, equal * equal] if trait.measure is Measure.TEXT else [0.02, 2 * equal, equal]
    return np.array([1 - sum(near), *near])


def _bits(same: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return weights that never fall from one level to the next better one."""
    return np.maximum.accumulate(np.clip(np.log2(same / others), SMALLEST, LARGEST))


def learn(rule: MatchingRule, compared: Levels, at_random: Levels) -> Weights:
    """
    Return the weights that these pairs teach. ``compared``: levels of the pairs that share a key, ``at_random``: of
    pairs drawn from all records.
    """
    others = [_counted(trait, at_random[:, place]) for place, trait in enumerate(rule.traits)]
    same = [_guess_same(trait) for trait in rule.traits]
    share, shared = 0.05, only_shared(rule, compared)
    for _ in range(ROUNDS if len(compared) else 0):
        odds = np.log2(share / (1 - share)) + _sums(
            compared, [np.log2(s / o) for s, o in zip(same, others, strict=True)]
        )
        chance = np.where(shared, 0.0, 1 / (1 + np.exp2(-np.clip(odds, -60, 60))))
        share = float(np.clip(chance.mean(), 1e-6, 0.999))
        same = [_weighed(trait, compared[:, place], chance) for place, trait in enumerate(rule.traits)]
    return {
        trait.name: _bits(among, beside).round(3).tolist()
        for trait, among, beside in zip(rule.traits, same, others, strict=True)
    }


def _counted(trait: Trait, levels: NDArray[np.int8]) -> NDArray[np.float64]:
    guess = _guess_others(trait)
    counts = np.bincount(levels[levels != UNKNOWN], minlength=len(guess)) + AS_PAIRS_OF_OTHERS * guess
    return np.asarray(counts / counts.sum(), np.float64)


def _weighed(trait: Trait, levels: NDArray[np.int8], chance: NDArray[np.float64]) -> NDArray[np.float64]:
    known = levels != UNKNOWN
    guess = _guess_same(trait)
    counts = np.bincount(levels[known], weights=chance[known], minlength=len(guess)) + AS_PAIRS_OF_SAME * guess
    return np.asarray(counts / counts.sum(), np.float64)


def _sums(levels: Levels, bits: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    total = np.zeros(len(levels))
    for place, own in enumerate(bits):
        total += np.r_[own, 0.0][levels[:, place]]  # UNKNOWN, −1, takes the 0 at the end
    return total


def scores(rule: MatchingRule, weights: Weights, levels: Levels) -> NDArray[np.float64]:
    """Return the evidence of each pair, in bits; it stays below the threshold where nothing of their own agrees."""
    bits = _sums(levels, [np.array(weights[trait.name]) for trait in rule.traits])
    return np.where(only_shared(rule, levels), np.minimum(bits, THRESHOLD - 1), bits)


def sureness(bits: float) -> int:
    """Return how likely it is, in percent, that both are the same; 50 at the threshold, never quite 0 or 100."""
    return int(np.clip(round(100 / (1 + 2.0 ** (THRESHOLD - bits))), 1, 99))


@dataclass(frozen=True, slots=True)
class Reason:
    """What one trait said about a pair: how alike it is, and how many bits that speaks for or against."""

    trait: str
    label: str
    level: str
    bits: float


def explain(rule: MatchingRule, weights: Weights, levels: NDArray[np.int8]) -> tuple[Reason, ...]:
    """Return what each known trait of one pair said, the loudest first."""
    said = [
        Reason(trait.name, trait.label, LEVELS[trait.measure][level], weights[trait.name][level])
        for trait, level in zip(rule.traits, levels.tolist(), strict=True)
        if level != UNKNOWN
    ]
    return tuple(sorted(said, key=lambda reason: -abs(reason.bits)))
