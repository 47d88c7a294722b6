"""
How sure a figure is: intervals of shares and means, tests of differences, how many are needed. Pure.

Sources: Wilson (1927), Newcombe (1998, method 10), Welch (1947), Fleiss (2003, 4.14 without continuity correction)
for sizes, MeasuringU for the variance of the net promoter score.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from scipy.special import stdtr, stdtrit

NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a figure lies with the given confidence, both ends included."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Return whether a value lies in it."""
        return self.low <= value <= self.high


def _z(level: float) -> float:
    return NORMAL.inv_cdf(0.5 + level / 2)


def wilson(part: int, whole: int, level: float = 0.95) -> Interval:
    """
    Return the Wilson score interval of a share.

    Raises:
        ValueError: nothing was counted, or the part is no part of the whole.
    """
    if not 0 <= part <= whole or whole == 0:
        raise ValueError(f"Expected a part of at least one, but it is {part} of {whole}.")
    z = _z(level)
    share, room = part / whole, z * z / whole
    centre = (share + room / 2) / (1 + room)
    half = z * math.sqrt(share * (1 - share) / whole + room / (4 * whole)) / (1 + room)
    return Interval(max(0.0, centre - half), min(1.0, centre + half))


def newcombe(part: int, whole: int, other_part: int, other_whole: int, level: float = 0.95) -> Interval:
    """Return the interval of the difference *other minus first* of two shares, from their Wilson intervals."""
    first, other = wilson(part, whole, level), wilson(other_part, other_whole, level)
    p, q = part / whole, other_part / other_whole
    low = q - p - math.sqrt((q - other.low) ** 2 + (first.high - p) ** 2)
    high = q - p + math.sqrt((other.high - q) ** 2 + (p - first.low) ** 2)
    return Interval(low, high)


@dataclass(frozen=True, slots=True)
class Tested:
    """The statistic of a test and its two-sided probability under chance alone."""

    statistic: float
    p: float


def two_shares(part: int, whole: int, other_part: int, other_whole: int) -> Tested:
    """Test whether two shares differ: z with the pooled share. Nothing or everything in both says nothing (p 1)."""
    pooled = (part + other_part) / (whole + other_whole)
    error = math.sqrt(pooled * (1 - pooled) * (1 / whole + 1 / other_whole))
    if error == 0:
        return Tested(0.0, 1.0)
    z = (other_part / other_whole - part / whole) / error
    return Tested(z, 2 * (1 - NORMAL.cdf(abs(z))))


def size_per_arm(share: float, other: float, *, power: float = 0.8, level: float = 0.95) -> int:
    """
    Return how many each of two arms needs, so that a difference of these shares is found with the given power.

    Raises:
        ValueError: the shares are equal, or no shares.
    """
    if share == other or not (0 <= share <= 1 and 0 <= other <= 1):
        raise ValueError(f"Expected two different shares between 0 and 1, but they are {share} and {other}.")
    mean = (share + other) / 2
    chance = _z(level) * math.sqrt(2 * mean * (1 - mean))
    found = NORMAL.inv_cdf(power) * math.sqrt(share * (1 - share) + other * (1 - other))
    return math.ceil((chance + found) ** 2 / (share - other) ** 2)


def size_per_arm_by_arcsine(share: float, other: float, *, power: float = 0.8, level: float = 0.95) -> int:
    """Return the same by Cohen's effect size h, a check of ``size_per_arm`` by another way."""
    effect = 2 * math.asin(math.sqrt(other)) - 2 * math.asin(math.sqrt(share))
    return math.ceil(2 * ((_z(level) + NORMAL.inv_cdf(power)) / effect) ** 2)


@dataclass(frozen=True, slots=True)
class MeansCompared:
    """The difference *other minus first* of two means, where it lies, and its probability under chance alone."""

    difference: float
    interval: Interval
    p: float


def welch(first: Sequence[float], other: Sequence[float], level: float = 0.95) -> MeansCompared:
    """
    Compare two means whose spreads need not be equal (Welch's t).

    Raises:
        ValueError: one of them has fewer than two values.
    """
    if min(len(first), len(other)) < 2:
        raise ValueError("Expected two values or more on each side.")
    (m, v), (n, w) = _moments(first), _moments(other)
    one, two = v / len(first), w / len(other)
    error = math.sqrt(one + two)
    if error == 0:
        return MeansCompared(n - m, Interval(n - m, n - m), 1.0 if n == m else 0.0)
    freedom = (one + two) ** 2 / (one**2 / (len(first) - 1) + two**2 / (len(other) - 1))
    half = float(stdtrit(freedom, 0.5 + level / 2)) * error
    p = 2 * float(stdtr(freedom, -abs(n - m) / error))
    return MeansCompared(n - m, Interval(n - m - half, n - m + half), p)


def _moments(values: Sequence[float]) -> tuple[float, float]:
    mean = math.fsum(values) / len(values)
    return mean, math.fsum((each - mean) ** 2 for each in values) / (len(values) - 1)


@dataclass(frozen=True, slots=True)
class PromoterScore:
    """The net promoter score in points (−100 to 100) with the half width of its interval."""

    score: float
    half_width: float


def promoter_score(promoters: int, detractors: int, answers: int, level: float = 0.95) -> PromoterScore:
    """
    Return the net promoter score: percent of 9–10 minus percent of 0–6, over all answers at once.

    Raises:
        ValueError: nobody answered, or more are counted than answered.
    """
    if answers <= 0 or promoters + detractors > answers:
        raise ValueError(f"Expected {promoters} and {detractors} to be parts of the {answers} answers.")
    p, d = promoters / answers, detractors / answers
    error = math.sqrt((p + d - (p - d) ** 2) / answers)
    return PromoterScore(100 * (p - d), 100 * _z(level) * error)
