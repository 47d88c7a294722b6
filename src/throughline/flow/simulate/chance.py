"""
Chance that can be repeated: numbers by purpose, case and visit, all made from one seed.

Theory of operation. Whatever is left to chance has a *purpose* (the duration of a step, the way out of a gateway, the
next arrival). A purpose has a stream of its own, and in it one number for the first visit of every case, another for
the second visit, and so on. So case 17 takes as long at step "call" however many cases are before it, whoever does the
work and whatever else the scenario changes: two scenarios with the same seed share their chance (*common random
numbers*), and what differs between them is the change, not luck. Kleijnen (1975), *Antithetic variates, common random
numbers and optimal computer time allocation*.

A stream is a counter-based generator (Philox, Salmon et al. 2011) whose key is a hash of seed, replication, purpose
and visit; nothing depends on the order in which numbers are asked for.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from hashlib import blake2b

import numpy as np

from throughline.flow.simulate.distributions import Distribution

MICROSECONDS = 1_000_000

CHUNK = 256
"""So many cases share one generator from the second visit on, where numbers are needed for few of them."""


def generator(seed: int, replication: int, purpose: str, *more: int) -> np.random.Generator:
    """Return the generator of a purpose; the same arguments give the same numbers."""
    text = "/".join([str(seed), str(replication), *map(str, more), purpose])
    key = int.from_bytes(blake2b(text.encode(), digest_size=16).digest(), "little")
    return np.random.Generator(np.random.Philox(key=key))


Make = Callable[[np.random.Generator, int], list[int]]


class Draws:
    """The numbers of one purpose in one replication of so many cases: whole microseconds, or 64ths of a uniform."""

    __slots__ = ("_cases", "_first", "_later", "_make", "_purpose", "_replication", "_seed", "_visits")

    def __init__(self, seed: int, replication: int, purpose: str, cases: int, make: Make) -> None:
        self._seed, self._replication, self._purpose = seed, replication, purpose
        self._cases = cases
        self._make = make
        self._first: list[int] | None = None
        self._later: dict[tuple[int, int], list[int]] = {}
        self._visits = array("I", bytes(4 * cases))

    def take(self, case: int) -> int:
        """Return the number of this visit of a case and count the visit."""
        visits = self._visits
        visit = visits[case]
        visits[case] = visit + 1
        if visit:
            return self._again(case, visit)
        if self._first is None:
            self._first = self._make(generator(self._seed, self._replication, self._purpose), self._cases)
        return self._first[case]

    def _again(self, case: int, visit: int) -> int:
        chunk, place = divmod(case, CHUNK)
        numbers = self._later.get((visit, chunk))
        if numbers is None:
            numbers = self._make(generator(self._seed, self._replication, self._purpose, visit, chunk), CHUNK)
            self._later[visit, chunk] = numbers
        return numbers[place]


def spans(distribution: Distribution) -> Make:
    """Return how to make durations of a distribution given in seconds: whole microseconds, never negative."""

    def make(source: np.random.Generator, count: int) -> list[int]:
        seconds = distribution.sample(source, count)
        micros: list[int] = np.rint(np.clip(seconds, 0.0, None) * MICROSECONDS).astype(np.int64).tolist()
        return micros

    return make


UNIT = 1 << 53
"""Uniform numbers are drawn as integers from 0 to this, excluded."""


def uniforms(source: np.random.Generator, count: int) -> list[int]:
    """Make uniform integers below ``UNIT``."""
    numbers: list[int] = source.integers(0, UNIT, count).tolist()
    return numbers
