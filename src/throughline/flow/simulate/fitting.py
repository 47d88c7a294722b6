"""
Which distribution some durations come from.

Every distribution a scenario knows is fitted by its moments (or bounds) and judged by how far it lies from what was
seen: the largest distance between the two distribution functions (Kolmogorov and Smirnov). A simpler distribution wins
against one with more figures unless that comes much closer. Where none comes close enough, the durations themselves
are kept; nothing is forced into a curve.

The distance is shown with every fit. It is no test of the hypothesis that the curve is true: its figures come from the
same data, and with enough data no curve is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from throughline.flow.simulate.distributions import (
    Constant,
    Distribution,
    Empirical,
    Exponential,
    Gamma,
    Lognormal,
    Normal,
    Triangular,
    Uniform,
)

Numbers = npt.NDArray[np.float64]

CLOSE = 0.05
"""A curve as near as this is near enough for planning, however many durations there are."""
CRITICAL = 1.36
"""Over the root of the number: the distance that a true curve exceeds once in twenty times."""
SIMPLER = 1.25
"""A distribution with more figures must come so many times nearer, and nearer than chance explains."""
ENOUGH = 5
"""With fewer durations than this nothing is fitted."""
KEPT = 200
"""So many of the durations are kept where no curve fits, evenly spread."""
POINTS = 1_000
"""So many of the durations, evenly spread, stand for all when distances are taken."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One distribution that was tried."""

    name: str
    distribution: Distribution
    distance: float


@dataclass(frozen=True, slots=True)
class Fit:
    """
    The distribution that was chosen for so many durations (seconds), how far the best curve lies from them, and all
    that were tried, nearest first. ``good``: near enough to be chosen.
    """

    distribution: Distribution
    count: int
    mean: float
    deviation: float
    distance: float
    good: bool
    tried: tuple[Candidate, ...]


class TooFew(ValueError):
    """Too few durations to say anything."""


def fit(seconds: Sequence[float]) -> Fit:
    """
    Return the distribution that durations come from.

    Raises:
        TooFew: there are fewer than five.
    """
    numbers = np.sort(np.asarray(seconds, dtype=np.float64))
    if numbers.size < ENOUGH:
        raise TooFew(f"Expected at least {ENOUGH} durations to fit a distribution, but there are {numbers.size}.")
    mean, deviation = float(numbers.mean()), float(numbers.std(ddof=1))
    if deviation <= 1e-9 * max(1.0, abs(mean)):
        same = Candidate("constant", Constant(mean), 0.0)
        return Fit(same.distribution, numbers.size, mean, 0.0, 0.0, True, (same,))
    tried = sorted(_candidates(numbers, mean, deviation), key=lambda each: each.distance)
    noise = CRITICAL / math.sqrt(numbers.size)
    best = _simplest(tried, noise)
    if best.distance > max(CLOSE, noise):
        return Fit(kept(numbers), numbers.size, mean, deviation, best.distance, False, tuple(tried))
    return Fit(best.distribution, numbers.size, mean, deviation, best.distance, True, tuple(tried))


def _simplest(tried: Sequence[Candidate], noise: float) -> Candidate:
    """Return the nearest candidate, or one with fewer figures that is about as near."""
    limit = max(tried[0].distance * SIMPLER, noise)
    return min(
        (each for each in tried if each.distance <= limit),
        key=lambda each: (_FIGURES[each.name], each.distance),
    )


_FIGURES = {"exponential": 1, "normal": 2, "lognormal": 2, "gamma": 2, "uniform": 2, "triangular": 3}


def _candidates(numbers: Numbers, mean: float, deviation: float) -> list[Candidate]:
    low, high = float(numbers[0]), float(numbers[-1])
    margin = (high - low) / (numbers.size + 1)
    mode = min(max(3 * mean - low - high, low), high)
    shapes: list[tuple[str, Distribution, Callable[[float], float]]] = [
        ("uniform", Uniform(max(0.0, low - margin), high + margin), _uniform(max(0.0, low - margin), high + margin)),
        ("triangular", Triangular(low, mode, high), _triangular(low, mode, high)),
    ]
    if mean > 2 * deviation:  # else a normal curve would put much of itself below nothing
        shapes.append(("normal", Normal(mean, deviation), _normal(mean, deviation)))
    if mean > 0:
        shapes.append(("exponential", Exponential(mean), lambda x: -math.expm1(-max(x, 0.0) / mean)))
        shapes.append(("gamma", Gamma(mean, deviation), _gamma(mean, deviation)))
    if low > 0:
        logs = np.log(numbers)
        centre, width = float(logs.mean()), float(logs.std(ddof=1))
        total = math.exp(centre + width * width / 2)
        made = Lognormal(total, total * math.sqrt(math.expm1(width * width)))
        shapes.append(("lognormal", made, lambda x: _below(math.log(x), centre, width)))
    return [Candidate(name, made, _distance(numbers, level)) for name, made, level in shapes]


def _distance(numbers: Numbers, level: Callable[[float], float]) -> float:
    """Return the largest distance between the distribution function of some sorted numbers and a curve."""
    count = numbers.size
    chosen = np.unique(np.linspace(0, count - 1, min(count, POINTS)).astype(int))
    above = np.searchsorted(numbers, numbers[chosen], side="right") / count
    below = np.searchsorted(numbers, numbers[chosen], side="left") / count
    curve = np.array([level(float(each)) for each in numbers[chosen]])
    return float(max(np.abs(above - curve).max(), np.abs(curve - below).max()))


def kept(numbers: Numbers) -> Empirical:
    """Return sorted numbers as they are, or so many of them that they stand for all."""
    if numbers.size <= KEPT:
        return Empirical(tuple(numbers.tolist()))
    shares = (np.arange(KEPT) + 0.5) / KEPT
    return Empirical(tuple(np.quantile(numbers, shares, method="inverted_cdf").tolist()))


# --- distribution functions -------------------------------------------------------------------------------------------
def _uniform(low: float, high: float) -> Callable[[float], float]:
    return lambda x: min(max((x - low) / (high - low), 0.0), 1.0)


def _below(x: float, mean: float, deviation: float) -> float:
    return 0.5 * math.erfc((mean - x) / (deviation * math.sqrt(2)))


def _normal(mean: float, deviation: float) -> Callable[[float], float]:
    return lambda x: 0.0 if x < 0 else _below(x, mean, deviation)


def _triangular(low: float, mode: float, high: float) -> Callable[[float], float]:
    def level(x: float) -> float:
        if x <= low or x >= high:
            return 0.0 if x <= low else 1.0
        if x < mode:
            return (x - low) ** 2 / ((high - low) * (mode - low))
        return 1 - (high - x) ** 2 / ((high - low) * (high - mode)) if high > mode else 1.0

    return level


def _gamma(mean: float, deviation: float) -> Callable[[float], float]:
    shape = (mean / deviation) ** 2
    scale = mean / shape
    return lambda x: incomplete_gamma(shape, x / scale)


def incomplete_gamma(shape: float, x: float) -> float:
    """Return the regularised lower incomplete gamma function (Press et al., *Numerical Recipes*, 6.2)."""
    if x <= 0:
        return 0.0
    front = math.exp(shape * math.log(x) - x - math.lgamma(shape))
    if x < shape + 1:
        term = total = 1 / shape
        step = shape
        while abs(term) > abs(total) * 1e-14:
            step += 1
            term *= x / step
            total += term
        return min(1.0, front * total)
    b = x + 1 - shape
    c, d = 1e300, 1 / b
    result = d
    for step in range(1, 10_000):
        part = -step * (step - shape)
        b += 2
        d = 1 / (part * d + b)
        c = b + part / c
        result *= c * d
        if abs(c * d - 1) < 1e-14:
            break
    return max(0.0, 1 - front * result)


# --- as a scenario says it --------------------------------------------------------------------------------------------
def iso(seconds: float) -> str:
    """Return seconds as an ISO 8601 duration, to the microsecond."""
    span = timedelta(seconds=round(max(0.0, seconds), 6))
    whole, micros = divmod(span // timedelta(microseconds=1), 1_000_000)
    fraction = f".{micros:06d}".rstrip("0") if micros else ""
    return f"PT{whole}{fraction}S"


def as_scenario(distribution: Distribution) -> dict[str, Any]:
    """Return the distribution of a duration as a scenario file says it."""
    if isinstance(distribution, Empirical):
        return _seen(distribution)
    figures = distribution.describe()
    return {name: value if name == "distribution" else iso(value) for name, value in figures.items()}


def _seen(durations: Empirical) -> dict[str, Any]:
    weights = durations.weights or (1.0,) * len(durations.values)
    if not durations.widths:
        weighed = {"weights": list(weights)} if durations.weights else {}
        return {"distribution": "empirical", "values": [iso(each) for each in durations.values], **weighed}
    return {
        "distribution": "empirical",
        "bins": [
            {"from": iso(start), "to": iso(start + width), "weight": weight}
            for start, width, weight in zip(durations.values, durations.widths, weights, strict=True)
        ],
    }
