"""
Variants: the different ways through, each a sequence of activities, and how many cases took it.

Theory of operation. Each case gets a 64-bit sum over its events of a number that depends on activity and position.
Cases with different sums went different ways. That those with the same sum went the same way is checked event by
event, so the answer is exact; should two ways ever share a sum, the cases are compared as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from throughline.flow.mining.log import Codes, EventLog, Ints

Hashes = NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class Variants:
    """
    The variants by falling count, of equal ones by the names of their activities.

    ``of_case``: per case the number of its variant. ``sequences``: per variant its activities as numbers into
    ``words``. ``counts``: per variant how many cases took it.
    """

    words: tuple[str, ...]
    of_case: Codes
    sequences: tuple[tuple[int, ...], ...]
    counts: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.counts)

    @cached_property
    def activities(self) -> tuple[tuple[str, ...], ...]:
        """The activities of each variant."""
        return tuple(tuple(self.words[code] for code in sequence) for sequence in self.sequences)

    def covering(self, share: float) -> int:
        """Return how many of the most frequent variants cover that share of the cases."""
        reached = np.cumsum(self.counts) >= share * sum(self.counts) - 1e-9
        return int(np.argmax(reached)) + 1 if len(self.counts) else 0


def digest(activities: Sequence[str]) -> str:
    """Return a short name for a sequence of activities that is the same in every log."""
    return sha256("\n".join(activities).encode()).hexdigest()[:16]


def variants(log: EventLog) -> Variants:
    """Return the variants of a log."""
    if not log.cases:
        return Variants(log.activity.words, np.zeros(0, dtype=np.int32), (), ())
    of_case: Codes
    examples: Ints
    counts: Ints
    _, examples, of_case, counts = np.unique(_sums(log), return_index=True, return_inverse=True, return_counts=True)
    if not _same(log, examples[of_case]):
        of_case, examples, counts = _compared(log)
    codes, begins, ends = log.activity.codes, log.first[examples].tolist(), log.offsets[examples + 1].tolist()
    sequences = [tuple(codes[begin:end].tolist()) for begin, end in zip(begins, ends, strict=True)]
    return _sorted(log.activity.words, of_case, sequences, counts)


def _sums(log: EventLog) -> Hashes:
    events = np.arange(log.events, dtype=np.uint64)
    position = events - np.repeat(log.first.astype(np.uint64), log.lengths)
    mixed = _mixed(_mixed(log.activity.codes.astype(np.uint64) + np.uint64(1)) + position)
    sums: Hashes = np.add.reduceat(mixed, log.first)
    return sums


def _mixed(numbers: Hashes) -> Hashes:
    """Splitmix64's finisher: neighbouring numbers become far ones (Steele, Lea, Flood, 2014)."""
    numbers = numbers * np.uint64(0x9E3779B97F4A7C15)
    numbers ^= numbers >> np.uint64(30)
    numbers *= np.uint64(0xBF58476D1CE4E5B9)
    numbers ^= numbers >> np.uint64(27)
    numbers *= np.uint64(0x94D049BB133111EB)
    numbers ^= numbers >> np.uint64(31)
    return numbers


def _same(log: EventLog, example: Ints) -> bool:
    """Whether every case has the activities of its example."""
    if not np.array_equal(log.lengths[example], log.lengths):
        return False
    shift = np.repeat(log.first[example] - log.first, log.lengths)
    codes = log.activity.codes
    return bool(np.array_equal(codes[np.arange(log.events) + shift], codes))


def _compared(log: EventLog) -> tuple[Codes, Ints, Ints]:
    """Number, example and count by comparing whole sequences."""
    codes = log.activity.codes
    numbers: dict[bytes, int] = {}
    examples: list[int] = []
    of_case = np.empty(log.cases, dtype=np.int32)
    for case, (begin, end) in enumerate(zip(log.first.tolist(), log.offsets[1:].tolist(), strict=True)):
        number = numbers.setdefault(codes[begin:end].tobytes(), len(numbers))
        if number == len(examples):
            examples.append(case)
        of_case[case] = number
    return of_case, np.array(examples, dtype=np.int64), np.bincount(of_case)


def _sorted(words: tuple[str, ...], of_case: Codes, sequences: list[tuple[int, ...]], counts: Ints) -> Variants:
    falling = (-counts).tolist()
    by_name = sequences
    if list(words) != sorted(words):
        rank = {word: number for number, word in enumerate(sorted(words))}
        ranks = [rank[word] for word in words]
        by_name = [tuple([ranks[code] for code in sequence]) for sequence in sequences]
    order = sorted(range(len(sequences)), key=list(zip(falling, by_name, strict=True)).__getitem__)
    place = np.empty(len(order), dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    return Variants(
        words,
        place[of_case],
        tuple([sequences[number] for number in order]),
        tuple([-falling[number] for number in order]),
    )
