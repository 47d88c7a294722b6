"""
How late timers are: from the instant they were due to the commit of the step they set off.

Kept as counts of ranges, the same for every process, so that those of several workers can be added up and Prometheus
can ask for any quantile over any time.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0)
"""Upper ends of the ranges in seconds, closed; a last range has none."""
RANGES = len(BOUNDS) + 1


@dataclass(frozen=True, slots=True)
class Lateness:
    """Timers by how late they were: how many in each range, and the seconds of all together."""

    counts: tuple[int, ...] = (0,) * RANGES
    seconds: float = 0.0

    @property
    def timers(self) -> int:
        """How many timers there were."""
        return sum(self.counts)

    @property
    def up_to(self) -> tuple[int, ...]:
        """How many were at most as late as each bound, ascending; the last number is that of all."""
        return tuple(accumulate(self.counts))

    def quantile(self, part: float) -> float:
        """
        Return a lateness in seconds that ``part`` of all timers kept to, 0 when there were none.

        Inside its range it is taken as evenly spread; of the last range only the beginning is known.
        """
        wanted, below = part * self.timers, 0
        for place, count in enumerate(self.counts[:-1]):
            if count and below + count >= wanted:
                begin = BOUNDS[place - 1] if place else 0.0
                return begin + (BOUNDS[place] - begin) * (wanted - below) / count
            below += count
        return BOUNDS[-1] if self.timers else 0.0

    def with_more(self, late_seconds: Iterable[float]) -> Lateness:
        """Return this with further timers."""
        counts, seconds = list(self.counts), self.seconds
        for late in late_seconds:
            counts[bisect_left(BOUNDS, late)] += 1
            seconds += late
        return Lateness(tuple(counts), seconds)


def together(several: Iterable[Lateness]) -> Lateness:
    """Return what several processes saw as one."""
    found = list(several)
    columns: Sequence[tuple[int, ...]] = list(zip(*(each.counts for each in found), strict=True))
    return Lateness(tuple(map(sum, columns)) or (0,) * RANGES, sum(each.seconds for each in found))
