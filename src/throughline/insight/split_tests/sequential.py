"""
How sure the difference of two versions is while the cases still come in; one may look as often as one likes.

Theory of operation. A case starts with the other version with a known probability *p*. From its result *y* in [0, 1]
and a fixed expectation *m* stated beforehand, one number is made: ``(y − m)/p`` when it started with the other version,
``−(y − m)/(1 − p)`` otherwise. Whatever the results are, its mean is exactly the difference *other minus live*
(inverse-probability weighting of a randomised experiment). Around the running mean of these numbers lies an
*empirical-Bernstein confidence sequence*: intervals of which, with probability at least 1 − α, **all**, from the first
case to the last, hold the true difference. So a test may be stopped at any moment, for any reason; its interval keeps
its promise, for every distribution of results and every number of cases.

Sources: S. R. Howard, A. Ramdas, J. McAuliffe, J. Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence
sequences", Annals of Statistics 49 (2021): theorem 4 (empirical Bernstein) with the gamma-exponential mixture
(proposition 9) as boundary, and section 4.2 (randomised experiments). The mixture is tuned to be narrowest at the
number of cases that was planned; the promise does not depend on that.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc, gammaln

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]

MOST_CASES = 5_000_000
STEPS = 50
"""Halvings when a boundary is looked for: as many as a double can tell apart."""
LOOKS = 40
"""At so many numbers of cases, besides the one that settled it, intervals are made whose common part is told."""


@dataclass(frozen=True, slots=True)
class Plan:
    """
    What is stated before a test begins.

    ``other_share``: the probability of the other version, from 0 to 1. ``expected``, ``deviation``: mean and standard
    deviation of results so far, in [0, 1]. ``alpha``: the risk of seeing a difference where there is none. ``cases``:
    how many cases are planned.
    """

    other_share: float
    expected: float
    deviation: float
    alpha: float
    cases: int

    @property
    def variance(self) -> float:
        """Of the number made of one case, when both versions do alike."""
        return self.deviation**2 / (self.other_share * (1 - self.other_share))

    @property
    def scale(self) -> float:
        """From the smallest to the largest number that one case can make."""
        p, m = self.other_share, self.expected
        low = max(m / p, (1 - m) / (1 - p))
        return low + max((1 - m) / p, m / (1 - p))


@dataclass(frozen=True, slots=True)
class Found:
    """
    The difference *other minus live* after ``cases`` cases, in the unit of the results: estimate and interval.

    The interval is what those of several looks have in common. ``settled_at``: after how many cases 0 was first out.
    """

    cases: int
    estimate: float
    low: float
    high: float
    settled_at: int | None

    @property
    def is_settled(self) -> bool:
        """Whether there is a difference, as far as can be said with the stated risk."""
        return self.settled_at is not None


def found(results: Numbers, is_other: Flags, plan: Plan) -> Found | None:
    """
    Return what the cases say so far, in the order in which they began; None without any.

    ``results`` from 0 to 1, ``is_other`` whether the case started with the other version.
    """
    if not len(results):
        return None
    count, means, spread = _running(results, is_other, plan)
    reached = _log_mixture(np.abs(means) * count, spread, plan.scale, _rho(plan)) >= math.log(2 / plan.alpha)
    out = np.flatnonzero(reached)
    settled_at = int(out[0]) + 1 if len(out) else None
    looks = np.unique(np.geomspace(1, len(results), LOOKS).round().astype(np.int64)) - 1
    looks = np.unique(np.append(looks, [] if settled_at is None else settled_at - 1).astype(np.int64))
    radii = boundary(spread[looks], plan.alpha / 2, plan.scale, _rho(plan)) / count[looks]
    low, high = float(np.max(means[looks] - radii)), float(np.min(means[looks] + radii))
    return Found(len(results), float(means[-1]), max(-1.0, low), min(1.0, high), settled_at)


def sequence(results: Numbers, is_other: Flags, plan: Plan) -> tuple[Numbers, Numbers]:
    """Return, after each case, the mean of the numbers so far and half the width of its interval."""
    count, means, spread = _running(results, is_other, plan)
    return means, boundary(spread, plan.alpha / 2, plan.scale, _rho(plan)) / count


def _running(results: Numbers, is_other: Flags, plan: Plan) -> tuple[Numbers, Numbers, Numbers]:
    """After each case: how many there are, the mean of their numbers, and how far these strayed from it, squared."""
    p = plan.other_share
    numbers = (results - plan.expected) * np.where(is_other, 1 / p, -1 / (1 - p))
    count = np.arange(1, len(numbers) + 1, dtype=np.float64)
    means = np.cumsum(numbers) / count
    foreseen = np.concatenate([[0.0], means[:-1]])
    return count, means, np.cumsum((numbers - foreseen) ** 2)


def boundary(spread: Numbers, alpha: float, scale: float, rho: float) -> Numbers:
    """
    Return what a sum whose sub-exponential variance process stands at ``spread`` ever exceeds with probability alpha.
    """
    low: Numbers = np.zeros_like(spread)
    high = 2 * np.sqrt((spread + rho) * math.log(2 / alpha)) + 8 * scale * math.log(2 / alpha)
    wanted = math.log(1 / alpha)
    while (below := _log_mixture(high, spread, scale, rho) < wanted).any():
        high = np.where(below, 2 * high, high)
    for _step in range(STEPS):
        middle = (low + high) / 2
        below = _log_mixture(middle, spread, scale, rho) < wanted
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return high


def _log_mixture(s: Numbers, v: Numbers, scale: float, rho: float) -> Any:
    """The logarithm of the gamma-exponential mixture (proposition 9)."""
    square = scale * scale
    r, a = rho / square, (v + rho) / square
    x = (scale * s + v) / square
    leading = r * math.log(r) - gammaln(r) - math.log(gammainc(r, r))
    return leading + gammaln(a) + np.log(gammainc(a, x + r)) - a * np.log(x + r) + x


def _rho(plan: Plan) -> float:
    """The tuning that is best when as much variance has come together as the planned cases bring."""
    v = max(plan.cases * plan.variance, plan.scale**2)
    wanted = 2 * math.log(1 / plan.alpha)
    return v / (wanted + math.log(1 + wanted))


def cases_needed(
    *,
    other_share: float,
    expected: float,
    deviation: float,
    difference: float,
    alpha: float,
    power: float,
    other_deviation: float | None = None,
) -> int | None:
    """
    Return how many cases, of both versions together, show a true ``difference`` with probability ``power``.

    ``deviation`` is that of results so far, ``other_deviation`` that of results with the difference (None: the same).
    It is the number after which the sum of the numbers lies above the boundary with that probability (normal
    approximation); a test that stops when it is settled needs fewer on average. None: more than five million.
    """
    z = NormalDist().inv_cdf(power)
    p, other = other_share, deviation if other_deviation is None else other_deviation
    variance = (other**2 + difference**2) / p + deviation**2 / (1 - p) - difference**2

    def enough(cases: int) -> bool:
        plan = Plan(other_share, expected, deviation, alpha, cases)
        spread = cases * variance
        limit = float(boundary(np.array([spread]), alpha / 2, plan.scale, _rho(plan))[0])
        return cases * abs(difference) - z * math.sqrt(spread) >= limit

    if not difference or not enough(MOST_CASES):
        return None
    low, high = 1, MOST_CASES
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return low
