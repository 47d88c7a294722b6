"""
What handing work over would do: the piles of people, worked off before and after.

Theory of operation. Everybody does their pieces one after the other: the more urgent first, then those that are due
first, then those that have lain longest. How long a piece takes is drawn from what is known of its step, once for both
ways of sharing out, so that a difference is the sharing's doing. Times are working time from now on; when a piece is
due is told in the same time. What comes in meanwhile is not looked at, for it comes in both ways.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from throughline.flow.simulate.chance import generator

if TYPE_CHECKING:
    from collections.abc import Hashable

    from throughline.flow.simulate.distributions import Distribution

RUNS = 400
LOW, HIGH = 2.5, 97.5
"""The bounds, in percent, between which nineteen of twenty runs lie."""


@dataclass(frozen=True, slots=True)
class Piece:
    """
    One piece of work that waits. ``takes``: how long, in seconds of working time; ``due``: how many such seconds from
    now (below 0: it is late already), None without a deadline; ``waited``: the longer ones go first among equals.
    """

    key: int
    takes: Distribution
    due: float | None = None
    priority: int = 0
    waited: float = 0.0


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure before and after, and the difference: its mean and where nineteen of twenty runs lie."""

    before: float
    after: float
    difference: float
    low: float
    high: float

    @property
    def certain(self) -> bool:
        """Whether nineteen of twenty runs agree that it becomes more, or that it becomes less."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class Effect:
    """
    ``until_done``: mean seconds until a piece is done. ``all_done``: until the last one is. ``late``: how many are done
    after they are due. ``queue``: how many wait on average until all are done in the slower of both ways. ``loads``:
    by person, seconds of work before and after.
    """

    pieces: int
    until_done: Figure
    all_done: Figure
    late: Figure
    queue: Figure
    loads: Mapping[Hashable, tuple[float, float]]


def effect(
    pieces: Sequence[Piece], before: Mapping[int, Hashable], after: Mapping[int, Hashable], *, seed: int = 1,
    runs: int = RUNS,
) -> Effect:  # fmt: skip
    """
    Return what sharing the pieces out as in ``after`` does, against ``before``; both name who has which piece by key.

    Raises:
        ValueError: there is nothing to do.
    """
    if not pieces:
        raise ValueError("Expected at least one piece of work, but there is none.")
    ordered = sorted(pieces, key=_rank)
    spans = np.stack([each.takes.sample(generator(seed, 0, f"piece {each.key}"), runs) for each in ordered])
    spans = np.maximum(spans, 0.0)
    due = np.array([np.inf if each.due is None else each.due for each in ordered])[:, None]
    done = [_done(spans, [who[each.key] for each in ordered]) for who in (before, after)]
    last = [each.max(axis=0) for each in done]
    horizon = np.maximum(np.maximum(*last), 1e-9)
    loads = [_loads(spans, [who[each.key] for each in ordered]) for who in (before, after)]
    return Effect(
        len(ordered),
        _figure([each.mean(axis=0) for each in done]),
        _figure(last),
        _figure([(each > due).sum(axis=0) for each in done]),
        _figure([each.sum(axis=0) / horizon for each in done]),
        {who: (loads[0].get(who, 0.0), loads[1].get(who, 0.0)) for who in {**loads[0], **loads[1]}},
    )


def shared_out(pieces: Iterable[Piece], loads: Mapping[int, float]) -> dict[int, int]:
    """
    Return who should take which piece so that nobody has much more to do than others: the longest piece first, always
    to whoever has least. ``loads``: the seconds of work that each of those who can take some has already.

    Raises:
        ValueError: there is nobody.
    """
    if not loads:
        raise ValueError("Expected somebody to share work out among, but there is nobody.")
    left = dict(loads)
    plan: dict[int, int] = {}
    for piece in sorted(pieces, key=lambda each: (-each.takes.mean, *_rank(each))):
        who = min(left, key=lambda person: (left[person], person))
        plan[piece.key] = who
        left[who] += piece.takes.mean
    return plan


def _rank(piece: Piece) -> tuple[float, float, float, int]:
    return (-piece.priority, np.inf if piece.due is None else piece.due, -piece.waited, piece.key)


def _done(spans: np.ndarray, who: Sequence[Hashable]) -> np.ndarray:
    """When each piece is done, by run: everybody's own pieces add up."""
    done = np.empty_like(spans)
    for person in dict.fromkeys(who):
        mine = [place for place, each in enumerate(who) if each == person]
        done[mine] = spans[mine].cumsum(axis=0)
    return done


def _loads(spans: np.ndarray, who: Sequence[Hashable]) -> dict[Hashable, float]:
    means = spans.mean(axis=1)
    found: dict[Hashable, float] = {}
    for person, mean in zip(who, means.tolist(), strict=True):
        found[person] = found.get(person, 0.0) + mean
    return found


def _figure(both: Sequence[np.ndarray]) -> Figure:
    before, after = both
    difference = after - before
    low, high = np.percentile(difference, [LOW, HIGH])
    return Figure(float(before.mean()), float(after.mean()), float(difference.mean()), float(low), float(high))
