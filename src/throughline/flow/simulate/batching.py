"""
Work that is done in batches: what waits until enough has come together, or until it has waited long enough.

A :class:`Pile` belongs to one bench. Whatever could begin a batch later than now is a :class:`Fuse` in the heap of the
floor; when it burns down, the batch is begun if the work it was lit for is still there.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from throughline.flow.calendars import local_instant
from throughline.flow.temporal import zone_named

if TYPE_CHECKING:
    from throughline.flow.simulate.floor import Bench, Held
    from throughline.flow.simulate.scenario import Batch

MICROSECOND = timedelta(microseconds=1)
SECOND = 1_000_000


class Fuse:
    """Begins a batch at an instant: if ``held`` is still the ``newest`` of the pile, or still in it."""

    __slots__ = ("bench", "held", "newest")

    def __init__(self, bench: Bench, held: Held, *, newest: bool) -> None:
        self.bench = bench
        self.held = held
        self.newest = newest


class Pile:
    """The work that waits for its batch."""

    __slots__ = ("_origin", "rule", "waiting")

    def __init__(self, rule: Batch, origin: datetime) -> None:
        self.rule = rule
        self.waiting: list[Held] = []
        self._origin = origin

    def is_enough(self) -> bool:
        """Say whether there is enough for a batch."""
        self.waiting = [held for held in self.waiting if not held.gone]
        return self.rule.size is not None and len(self.waiting) >= self.rule.size

    def fuses(self, held: Held, bench: Bench, now: int) -> list[tuple[int, Fuse]]:
        """Return what may begin a batch later, now that ``held`` has come."""
        rule = self.rule
        found = []
        if rule.quiet is not None:
            found.append((now + round(rule.quiet * SECOND), Fuse(bench, held, newest=True)))
        if rule.wait is not None:
            found.append((now + round(rule.wait * SECOND), Fuse(bench, held, newest=False)))
        if rule.at:
            found.append((self._next_time(now), Fuse(bench, held, newest=False)))
        return found

    def _next_time(self, now: int) -> int:
        """Return the next of the times of the day."""
        zone = zone_named(self.rule.zone)
        day = (self._origin + now * MICROSECOND).astimezone(zone).date()
        while True:
            for minutes in self.rule.at:
                at = (local_instant(day, minutes).replace(tzinfo=zone) - self._origin) // MICROSECOND
                if at >= now:
                    return at
            day += timedelta(days=1)

    def burns(self, fuse: Fuse) -> bool:
        """Say whether a fuse that has burnt down begins a batch."""
        self.waiting = [held for held in self.waiting if not held.gone]
        if fuse.newest:
            return bool(self.waiting) and self.waiting[-1] is fuse.held
        return any(held is fuse.held for held in self.waiting)

    def take(self) -> list[Held]:
        """Return the work of the pile and empty it."""
        taken, self.waiting = self.waiting, []
        return taken
