"""
What is known at each event, as numbers.

Last three activities, how often each activity occurred so far, position, time since the case began and since the event
before, hour and weekday, who did it, the event's attributes, and how many cases were open at that moment. Nothing of it
comes from later than the event. Words that the teaching cases do not have, or that are too many, are one word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from throughline.flow.mining.log import EventLog, Ints, Words

Matrix = NDArray[np.float64]
WORDS_AT_MOST, COUNTED_AT_MOST = 200, 40
DAY, HOUR = 86_400_000_000, 3_600_000_000
RECENT = 3


@dataclass(frozen=True)
class Encoder:
    """How words become numbers: per column the number of each word that counts; ``counted``: activities to count."""

    words: Mapping[str, Mapping[str, int]]
    counted: tuple[str, ...]

    @classmethod
    def of(cls, log: EventLog, columns: Sequence[str]) -> Encoder:
        """Learn the words of a log: those of activity and of ``columns``, the most frequent ones."""
        chosen = ["activity", *(name for name in columns if name in log.columns)]
        words = {name: _frequent(log.column(name)) for name in chosen}
        return cls(words, tuple(list(words["activity"])[:COUNTED_AT_MOST]))

    @property
    def categorical(self) -> list[bool]:
        """Which columns of the matrix are numbers that stand for words."""
        return [True] * (RECENT + len(self.words) - 1) + [False] * (len(self.counted) + PLAIN)

    def matrix(self, log: EventLog, opened: Ints, closed: Ints) -> Matrix:
        """
        Return one row per event. ``opened``, ``closed``: ascending, when the cases that were known opened and closed.
        """
        activity = self._coded("activity", log.activity)
        position = np.arange(log.events) - np.repeat(log.first, log.lengths)
        recent = [_shifted(activity, position, back) for back in range(RECENT)]
        others = [self._coded(name, log.column(name)) for name in self.words if name != "activity"]
        counts = [_so_far(log, activity == self.words["activity"][word]) for word in self.counted]
        return np.column_stack([*recent, *others, *counts, *_plain(log, position, opened, closed)]).astype(np.float64)

    def _coded(self, name: str, column: Words) -> Ints:
        known = self.words[name]
        table = np.array([known.get(word, 0) for word in column.words] + [0], dtype=np.int64)
        return np.asarray(table[column.codes])


PLAIN = 6


def _plain(log: EventLog, position: Ints, opened: Ints, closed: Ints) -> list[Ints]:
    began = np.repeat(log.at[log.first], log.lengths)
    before: Ints = np.where(position > 0, np.concatenate([log.at[:1], log.at[:-1]]), log.at)
    open_cases = np.searchsorted(opened, log.at, side="right") - np.searchsorted(closed, log.at, side="right")
    weekday = (log.at // DAY + 3) % 7
    return [
        position,
        (log.at - began) // 1_000_000,
        (log.at - before) // 1_000_000,
        log.at % DAY // HOUR,
        weekday,
        open_cases,
    ]


def _frequent(column: Words) -> dict[str, int]:
    return {word: number for number, word in enumerate(list(column.counts())[:WORDS_AT_MOST], 1)}


def _shifted(codes: Ints, position: Ints, back: int) -> Ints:
    """The code so many events before; 0 where the case had not begun."""
    if not back:
        return codes
    moved = np.concatenate([np.zeros(back, dtype=codes.dtype), codes[:-back]])
    return np.where(position >= back, moved[: len(codes)], 0)


def _so_far(log: EventLog, marked: NDArray[np.bool_]) -> Ints:
    """How many events of the case are marked, up to each one."""
    total = np.cumsum(marked)
    earlier: Ints = np.repeat(total[log.first] - marked[log.first], log.lengths)
    return np.asarray(total - earlier)
