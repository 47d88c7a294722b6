"""
Student's t: how far a mean of few runs may be from the truth.

The distribution function is the regularised incomplete beta function (continued fraction after Lentz; Press et al.,
*Numerical Recipes*, 6.4); the quantile is found by halving. Both are exact to about twelve digits, which saves a
dependency.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

ACCURACY = 1e-15
TINY = 1e-300


def below(t: float, freedom: float) -> float:
    """Return the probability of a value below ``t`` with so many degrees of freedom."""
    tail = incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t)) / 2
    return 1 - tail if t > 0 else tail


@cache
def quantile(probability: float, freedom: int) -> float:
    """Return the value that lies above so much of the distribution; ``probability`` is above 0.5 and below 1."""
    low, high = 0.0, 1.0
    while below(high, freedom) < probability:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle, freedom) < probability else (low, middle)
    return (low + high) / 2


def interval(numbers: Sequence[float], confidence: float = 0.95) -> tuple[float, float] | None:
    """Return the confidence interval of the mean of independent numbers; None for fewer than two."""
    count = len(numbers)
    if count < 2:
        return None
    mean = math.fsum(numbers) / count
    variance = math.fsum((each - mean) ** 2 for each in numbers) / (count - 1)
    half = quantile((1 + confidence) / 2, count - 1) * math.sqrt(variance / count)
    return mean - half, mean + half


def incomplete_beta(a: float, b: float, x: float) -> float:
    """Return the regularised incomplete beta function."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x > (a + 1) / (a + b + 2):
        return 1 - front * _fraction(b, a, 1 - x) / b
    return front * _fraction(a, b, x) / a


def _fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1 / _away(1 - (a + b) * x / (a + 1))
    result = d
    for step in range(1, 1_000):
        even = step * (b - step) * x / ((a + 2 * step - 1) * (a + 2 * step))
        odd = -(a + step) * (a + b + step) * x / ((a + 2 * step) * (a + 2 * step + 1))
        for part in (even, odd):
            d = 1 / _away(1 + part * d)
            c = _away(1 + part / c)
            result *= c * d
        if abs(c * d - 1) < ACCURACY:
            break
    return result


def _away(number: float) -> float:
    """Keep a number away from 0."""
    return number if abs(number) > TINY else TINY
