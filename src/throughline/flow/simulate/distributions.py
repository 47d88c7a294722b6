"""
Distributions, given as people know them: by mean and deviation, or by their own bounds.

The figures have no unit here: durations are in seconds, variables in their own unit. A library's shape, location and
scale are worked out from them and never asked for. Each ``sample`` uses a generator in such a way that a changed mean
scales the same numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]


class Distribution(Protocol):
    """Numbers by chance."""

    def sample(self, source: np.random.Generator, count: int) -> Numbers:
        """Return so many independent numbers."""
        ...

    @property
    def mean(self) -> float:
        """The expected number (before a cut at 0)."""
        ...

    def describe(self) -> dict[str, Any]:
        """Return the name and figures, as a scenario gives them but as plain numbers."""
        ...


@dataclass(frozen=True, slots=True)
class Constant:
    """Always the same number."""

    value: float

    @property
    def mean(self) -> float:
        return self.value

    def sample(self, source: np.random.Generator, count: int) -> Numbers:  # noqa: ARG002
        return np.full(count, self.value)

    def describe(self) -> dict[str, Any]:
        return {"distribution": "constant", "mean": self.value}


@dataclass(frozen=True, slots=True)
class Exponential:
    """Times between what happens by itself at a steady rate."""

    mean: float

    def sample(self, source: np.random.Generator, count: int) -> Numbers:
        return source.standard_exponential(count, method="inv") * self.mean

    def describe(self) -> dict[str, Any]:
        return {"distribution": "exponential", "mean": self.mean}


@dataclass(frozen=True, slots=True)
class Normal:
    """The bell curve; what falls below 0 becomes 0 where a duration is wanted."""

    mean: float
    deviation: float

    def sample(self, source: np.random.Generator, count: int) -> Numbers:
        return source.standard_normal(count) * self.deviation + self.mean

    def describe(self) -> dict[str, Any]:
        return {"distribution": "normal", "mean": self.mean, "deviation": self.deviation}


@dataclass(frozen=True, slots=True)
class Lognormal:
    """Numbers whose logarithm is normal: many short ones, few very long ones. ``mean`` is above 0."""

    mean: float
    deviation: float

    def sample(self, source: np.random.Generator, count: int) -> Numbers:
        variance = math.log1p((self.deviation / self.mean) ** 2)
        return np.exp(source.standard_normal(count) * math.sqrt(variance) + (math.log(self.mean) - variance / 2))

    def describe(self) -> dict[str, Any]:
        return {"distribution": "lognormal", "mean": self.mean, "deviation": self.deviation}


@dataclass(frozen=True, slots=True)
class Gamma:
    """Sums of exponential stages (Erlang) and everything between; ``mean`` and ``deviation`` are above 0."""

    mean: float
    deviation: float

    def sample(self, source: np.random.Generator, count: int) -> Numbers:
        shape = (self.mean / self.deviation) ** 2
        return source.standard_gamma(shape, count) * (self.mean / shape)

    def describe(self) -> dict[str, Any]:
        return {"distribution": "gamma", "mean": self.mean, "deviation": self.deviation}


@dataclass(frozen=True, slots=True)
class Uniform:
    """Any number between two is as likely as the next."""

    low: float
    high: float

    @classmethod
    def around(cls, mean: float, deviation: float) -> Uniform:
        """Return the one with this mean and deviation."""
        half = deviation * math.sqrt(3)
        return cls(mean - half, mean + half)

    @property
    def mean(self) -> float:
        return (self.low + self.high) / 2

    def sample(self, source: np.random.Generator, count: int) -> Numbers:
        return source.random(count) * (self.high - self.low) + self.low

    def describe(self) -> dict[str, Any]:
        return {"distribution": "uniform", "min": self.low, "max": self.high}


@dataclass(frozen=True, slots=True)
class Triangular:
    """At least ``low``, at most ``high``, most likely ``mode``."""

    low: float
    mode: float
    high: float

    @classmethod
    def around(cls, mean: float, deviation: float) -> Triangular:
        """Return the symmetric one with this mean and deviation."""
        half = deviation * math.sqrt(6)
        return cls(mean - half, mean, mean + half)

    @property
    def mean(self) -> float:
        return (self.low + self.mode + self.high) / 3

    def sample(self, source: np.random.Generator, count: int) -> Numbers:
        span = self.high - self.low
        if span == 0:
            return np.full(count, self.mode)
        at = source.random(count)
        rising = (self.mode - self.low) / span
        left = self.low + np.sqrt(at * span * (self.mode - self.low))
        right = self.high - np.sqrt((1 - at) * span * (self.high - self.mode))
        return np.where(at < rising, left, right)

    def describe(self) -> dict[str, Any]:
        return {"distribution": "triangular", "min": self.low, "mode": self.mode, "max": self.high}


@dataclass(frozen=True, slots=True)
class Empirical:
    """
    Numbers that were seen: each of ``values`` by weight, or, with ``widths``, anywhere in a bin that begins there.
    """

    values: tuple[float, ...]
    weights: tuple[float, ...] = ()
    widths: tuple[float, ...] = ()

    @property
    def mean(self) -> float:
        middles = [value + width / 2 for value, width in zip(self.values, self._widths(), strict=True)]
        shares = self.weights or (1.0,) * len(self.values)
        return math.fsum(a * b for a, b in zip(middles, shares, strict=True)) / math.fsum(shares)

    def sample(self, source: np.random.Generator, count: int) -> Numbers:
        shares = np.asarray(self.weights or (1.0,) * len(self.values))
        edges = np.cumsum(shares) / shares.sum()
        at = source.random((count, 2))
        places = np.minimum(np.searchsorted(edges, at[:, 0], side="right"), len(self.values) - 1)
        numbers: Numbers = np.asarray(self.values)[places] + at[:, 1] * np.asarray(self._widths())[places]
        return numbers

    def _widths(self) -> tuple[float, ...]:
        return self.widths or (0.0,) * len(self.values)

    def describe(self) -> dict[str, Any]:
        return {"distribution": "empirical", "values": len(self.values), "mean": self.mean}
