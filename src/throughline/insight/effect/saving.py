"""
What the difference is worth, under assumptions that are shown and can be changed. Pure.

Hours saved are human steps that cases no longer need, times the minutes that one takes; money is those hours at their
rate, plus successes more, at their value, minus what the change cost. Intervals come from those of the two differences,
taken as independent; the assumptions themselves are taken as true.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from throughline.insight.effect.measuring import Compared, Effect
from throughline.insight.kpis.statistics import Interval


@dataclass(frozen=True, slots=True)
class Assumptions:
    """
    What nobody measures. ``minutes``: of work per human step; ``rate``: money per hour; ``value``: money of one success
    more; ``cost``: money that the change took, once; ``months``: over which it is to pay.
    """

    minutes: float = 15.0
    rate: float = 40.0
    value: float = 0.0
    cost: float = 0.0
    months: float = 12.0


@dataclass(frozen=True, slots=True)
class Worth:
    """A number and where it lies with 95 % confidence, under the assumptions."""

    value: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Saving:
    """
    Per month: hours saved, money of hours and of successes. ``total``: money over the months, minus the cost.
    ``roi``: total over cost; None without a cost. ``pays_after``: months until it has paid; None: never.
    """

    hours: Worth
    of_hours: Worth
    of_success: Worth | None
    total: Worth
    roi: float | None
    pays_after: float | None


def saving(effect: Effect, given: Assumptions) -> Saving | None:
    """Return what an effect is worth; None while a side has too few cases to say."""
    steps, success = effect.figure("steps"), effect.figure("success")
    if steps is None or steps.difference is None or steps.interval is None:
        return None
    hours = _worth(steps, -effect.per_month * given.minutes / 60)
    of_hours = _times(hours, given.rate)
    of_success = None
    if success is not None and success.difference is not None and success.interval is not None and given.value:
        of_success = _worth(success, effect.per_month * given.value)
    monthly = of_hours if of_success is None else _sum(of_hours, of_success)
    total = _shifted(_times(monthly, given.months), -given.cost)
    return Saving(
        hours,
        of_hours,
        of_success,
        total,
        total.value / given.cost if given.cost else None,
        given.cost / monthly.value if monthly.value > 0 else None,
    )


def _worth(figure: Compared, factor: float) -> Worth:
    assert figure.difference is not None
    assert figure.interval is not None
    return _times(Worth(figure.difference, figure.interval), factor)


def _times(worth: Worth, factor: float) -> Worth:
    ends = sorted((worth.interval.low * factor, worth.interval.high * factor))
    return Worth(worth.value * factor, Interval(*ends))


def _sum(one: Worth, two: Worth) -> Worth:
    value = one.value + two.value
    down = math.hypot(one.value - one.interval.low, two.value - two.interval.low)
    up = math.hypot(one.interval.high - one.value, two.interval.high - two.value)
    return Worth(value, Interval(value - down, value + up))


def _shifted(worth: Worth, by: float) -> Worth:
    return Worth(worth.value + by, Interval(worth.interval.low + by, worth.interval.high + by))
