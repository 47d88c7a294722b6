"""
From the records of one replication to its figures.

Definitions. A piece of work is *offered*, *begun* and *ended*: waiting is from offered to begun; processing is the
working time spent on it; idle is the rest between begun and ended, when those who do it are off duty. Of a case: cycle
is from its arrival to its end; waiting, processing and idle are the sums over its work, so with parallel work they may
exceed the cycle, and with timers and messages fall short of it. Counted are cases from the warm-up on that have ended,
and the work of cases from the warm-up on.

What is averaged over time (queues, use of people) is taken from the arrival of the first counted case to that of the
last case, so the emptying of the house at the end counts for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from throughline.flow.simulate.floor import DONE, FIELDS, UNTOUCHED, Records

if TYPE_CHECKING:
    from collections.abc import Mapping

    from throughline.flow.simulate.setting import Setting
    from throughline.flow.simulate.shifts import Shifts

Whole = npt.NDArray[np.int64]
SECOND = 1e6
HOUR = 3600e6
BUCKETS = 60
"""So many points has a figure over time."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean and percentiles (linear interpolation) of durations, in seconds."""

    mean: float = 0.0
    median: float = 0.0
    p90: float = 0.0
    p95: float = 0.0


@dataclass(frozen=True, slots=True)
class StepFigures:
    """``executions``: work that was done; ``rate``: offers per second of the window, for Little's law."""

    executions: int
    withdrawn: int
    waiting: Spread
    processing: Spread
    idle: float
    queue_mean: float
    queue_max: int
    rate: float
    cost: float
    on_time: float | None
    """The share of the work with a due moment that was done by then."""


@dataclass(frozen=True, slots=True)
class ResourceFigures:
    """``utilisation``: working time of the window over time on duty; ``queue_mean``: work waiting for it alone."""

    utilisation: float
    cost: float
    worked_s: float
    available_s: float


@dataclass(frozen=True, slots=True)
class Series:
    """
    Figures over time: the middle of each bucket is ``step_s`` apart. ``cost``: what was spent in each bucket, work when
    it was worked on, a step's own cost when it was done.
    """

    step_s: float
    in_progress: tuple[float, ...]
    arrived: tuple[int, ...]
    ended: tuple[int, ...]
    queues: Mapping[str, tuple[float, ...]]
    busy: Mapping[str, tuple[float, ...]]
    cost: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """One replication."""

    counted: int
    """Cases from the warm-up on."""
    ended: int
    """Those of them that have ended."""
    cycle: Spread
    waiting: Spread
    processing: Spread
    idle: Spread
    steps: Mapping[str, StepFigures]
    resources: Mapping[str, ResourceFigures]
    outcomes: Mapping[str, float]
    outcome_times: Mapping[str, Spread]
    """From arrival to end of the counted cases that ended at each end."""
    visits: Mapping[str, int]
    cost_per_case: float
    in_progress_mean: float
    throughput: float
    """Counted cases per hour."""
    incidents: Mapping[str, tuple[int, str]]
    series: Series | None = field(default=None)


def measure(setting: Setting, records: Records, shifts: Mapping[str, Shifts], *, series: bool = False) -> Figures:
    """Return the figures of a replication."""
    return _Measuring(setting, records, shifts).figures(series=series)


class _Measuring:
    """Arrays of one replication while they are looked at."""

    def __init__(self, setting: Setting, records: Records, shifts: Mapping[str, Shifts]) -> None:
        self.setting, self.records, self.shifts = setting, records, shifts
        work = np.frombuffer(records.work, dtype=np.int64).reshape(-1, FIELDS) if records.work else _nothing()
        self.station, self.case, self.offered, self.begun, self.end, self.worked, self.unit, self.how = work.T
        self.arrived = np.asarray(records.arrived, dtype=np.int64)
        self.ended = np.frombuffer(records.ended, dtype=np.int64)
        self.first = records.first
        self.since = int(self.arrived[self.first])
        self.until = max(int(self.arrived[-1]), self.since)
        if self.until == self.since:
            self.until = max([self.since + 1, *self.ended.tolist()])
        self.counts = self.case >= self.first
        self.cost = self._costs()

    def figures(self, *, series: bool) -> Figures:
        numbers = np.arange(len(self.arrived)) >= self.first
        over = numbers & (self.ended >= 0)
        done = self.counts & (self.how != UNTOUCHED)
        ended = int(over.sum())
        counted = int(numbers.sum())
        idle = np.where(self.begun >= 0, self.end - self.begun - self.worked, 0)
        waited = np.where(self.begun >= 0, self.begun, self.end) - self.offered
        window = self.until - self.since
        return Figures(
            counted=counted,
            ended=ended,
            cycle=spread((self.ended - self.arrived)[over]),
            waiting=spread(self._per_case(waited, over)),
            processing=spread(self._per_case(np.where(done, self.worked, 0), over)),
            idle=spread(self._per_case(idle, over)),
            steps={node: self._step(place, node) for place, node in enumerate(self.setting.stations)},
            resources=self._resources(),
            outcomes=self._outcomes(over, counted),
            outcome_times=self._outcome_times(over),
            visits=dict(sorted(self.records.visits.items())),
            cost_per_case=float(self.cost[self.counts].sum()) / counted if counted else 0.0,
            in_progress_mean=self._area(self.arrived, np.where(self.ended < 0, self.until, self.ended)) / window,
            throughput=ended / ((max(int(self.ended.max()), self.until) - self.since) / HOUR) if ended else 0.0,
            incidents=dict(sorted(self.records.incidents.items())),
            series=self._series() if series else None,
        )

    def _per_case(self, numbers: Whole, over: npt.NDArray[np.bool_]) -> Whole:
        """Return the sum over the work of each case, for the cases in ``over``."""
        sums = np.bincount(self.case, weights=numbers, minlength=len(self.arrived))  # exact: far below 2 to the 53rd
        chosen: Whole = sums[over].astype(np.int64)
        return chosen

    def _costs(self) -> npt.NDArray[np.float64]:
        """Return what each piece of work costs: working time of its unit, and its own cost if it was done."""
        rates = np.zeros(len(self.records.units) + 1)  # the last is for nobody, and for those who share a unit's time
        place = 0
        for pool in self.setting.resources:
            rates[place : place + pool.resource.amount] = pool.resource.cost_per_hour
            place += pool.resource.amount
        own = np.array([each.cost for each in self.setting.stations.values()] or [0.0])
        begun = self.begun >= 0
        time = np.where(begun, self.worked, 0) / HOUR * rates[np.maximum(self.unit, -1)]
        costs: npt.NDArray[np.float64] = time + np.where(self.how == DONE, own[self.station], 0.0)
        return costs

    def _area(self, begin: Whole, end: Whole) -> float:
        """Return how much of some intervals lies inside the window, together."""
        inside = np.minimum(end, self.until) - np.maximum(begin, self.since)
        return float(inside[inside > 0].sum())

    def _step(self, place: int, node: str) -> StepFigures:
        here = self.station == place
        mine = here & self.counts
        done = mine & (self.how == DONE)
        left = np.where(self.begun >= 0, self.begun, self.end)
        window = self.until - self.since
        offers = self.offered[here]
        lateness = self.records.lateness.get(place)
        del node
        return StepFigures(
            executions=int(done.sum()),
            withdrawn=int((mine & (self.how != DONE)).sum()),
            waiting=spread((left - self.offered)[mine]),
            processing=spread(self.worked[done]),
            idle=float((self.end - self.begun - self.worked)[done].mean() / SECOND) if done.any() else 0.0,
            queue_mean=self._area(offers, left[here]) / window,
            queue_max=_most(offers, left[here]),
            rate=float(((offers >= self.since) & (offers < self.until)).sum()) / (window / SECOND),
            cost=float(self.cost[mine].sum()),
            on_time=None if lateness is None else lateness[1] / lateness[0],
        )

    def _resources(self) -> dict[str, ResourceFigures]:
        found = {}
        unit = 0
        for pool in self.setting.resources:
            amount = pool.resource.amount
            mine = (self.unit >= unit) & (self.unit < unit + amount) & (self.begun >= 0)
            unit += amount
            name = pool.resource.calendar
            worked, available = self._worked(mine, None if name is None else self.shifts[name])
            found[pool.name] = ResourceFigures(
                utilisation=worked / (available * amount) if available else 0.0,
                cost=float(self.cost[mine & self.counts].sum()) - self._own_costs(mine & self.counts),
                worked_s=worked / SECOND,
                available_s=available * amount / SECOND,
            )
        return found

    def _own_costs(self, mine: npt.NDArray[np.bool_]) -> float:
        own = np.array([each.cost for each in self.setting.stations.values()] or [0.0])
        return float(own[self.station[mine & (self.how == DONE)]].sum())

    def _worked(self, mine: npt.NDArray[np.bool_], shifts: Shifts | None) -> tuple[float, float]:
        """Return the working time of some work inside the window, and how long one unit was on duty in it."""
        begin = np.clip(self.begun[mine], self.since, self.until)
        end = np.clip(self.end[mine], self.since, self.until)
        if shifts is None:
            return float((end - begin).sum()), float(self.until - self.since)
        worked = shifts.worked_by_each(end) - shifts.worked_by_each(begin)
        return float(worked.sum()), float(shifts.worked_by(self.until) - shifts.worked_by(self.since))

    def _outcomes(self, over: npt.NDArray[np.bool_], counted: int) -> dict[str, float]:
        outcome = np.frombuffer(self.records.outcome, dtype=np.int32)[over]
        shares = {name: int((outcome == place).sum()) / counted for place, name in enumerate(self.records.outcomes)}
        open_still = counted - int(over.sum())
        if open_still:
            shares["unfinished"] = open_still / counted
        return dict(sorted(shares.items()))

    def _outcome_times(self, over: npt.NDArray[np.bool_]) -> dict[str, Spread]:
        outcome = np.frombuffer(self.records.outcome, dtype=np.int32)[over]
        cycles = (self.ended - self.arrived)[over]
        names = self.records.outcomes
        found = {name: cycles[outcome == place] for place, name in enumerate(names)}
        return {name: spread(times) for name, times in sorted(found.items()) if times.size}

    # --- over time ----------------------------------------------------------------------------------------------------
    def _series(self) -> Series:
        last = max([self.until, *self.ended[-1:].tolist()])
        edges = np.linspace(0, last, BUCKETS + 1)
        left = np.where(self.begun >= 0, self.begun, self.end)
        ended = np.where(self.ended < 0, last, self.ended)
        queues, busy = {}, {}
        for place, node in enumerate(self.setting.stations):
            here = self.station == place
            queues[node] = _mean_in(self.offered[here], left[here], edges)
        unit = 0
        for pool in self.setting.resources:
            mine = (self.unit >= unit) & (self.unit < unit + pool.resource.amount) & (self.begun >= 0)
            unit += pool.resource.amount
            busy[pool.name] = _mean_in(self.begun[mine], self.end[mine], edges)
        return Series(
            step_s=float(edges[1] / SECOND),
            in_progress=_mean_in(self.arrived, ended, edges),
            arrived=tuple(np.histogram(self.arrived, edges)[0].tolist()),
            ended=tuple(np.histogram(self.ended[self.ended >= 0], edges)[0].tolist()),
            queues=queues,
            busy=busy,
            cost=self._spent(edges),
        )

    def _spent(self, edges: npt.NDArray[np.float64]) -> tuple[float, ...]:
        """Return what is spent between each two edges: people for the time they work, then steps for being done."""
        own = np.array([each.cost for each in self.setting.stations.values()] or [0.0])
        done = self.how == DONE
        spent = np.histogram(self.end[done], edges, weights=own[self.station[done]])[0].astype(np.float64)
        unit = 0
        for pool in self.setting.resources:
            mine = (self.unit >= unit) & (self.unit < unit + pool.resource.amount) & (self.begun >= 0)
            unit += pool.resource.amount
            name = pool.resource.calendar
            begin, end, moments = self.begun[mine], self.end[mine], np.rint(edges).astype(np.int64)
            if name is not None:  # counted in the working time of the calendar, so that nights cost nothing
                begin, end, moments = (self.shifts[name].worked_by_each(each) for each in (begin, end, moments))
            spent += pool.resource.cost_per_hour / HOUR * np.diff(_open_by(begin, end, moments.astype(np.float64)))
        return tuple(round(each, 6) for each in spent.tolist())


def _nothing() -> Whole:
    return np.empty((0, FIELDS), dtype=np.int64)


def spread(micros: Whole) -> Spread:
    """Return mean and percentiles in seconds; zeros when there is nothing."""
    if not micros.size:
        return Spread()
    median, p90, p95 = np.percentile(micros, (50, 90, 95)).tolist()
    return Spread(float(micros.mean()) / SECOND, median / SECOND, p90 / SECOND, p95 / SECOND)


def _most(begin: Whole, end: Whole) -> int:
    """Return the largest number of intervals that overlap."""
    if not begin.size:
        return 0
    moments = np.concatenate([begin, end])
    changes = np.concatenate([np.ones_like(begin), -np.ones_like(end)])
    order = np.lexsort((changes, moments))
    return int(np.cumsum(changes[order]).max())


def _mean_in(begin: Whole, end: Whole, edges: npt.NDArray[np.float64]) -> tuple[float, ...]:
    """Return how many of some intervals are open on average between each two edges."""
    means: list[float] = (np.diff(_open_by(begin, end, edges)) / np.diff(edges)).tolist()
    return tuple(round(each, 6) for each in means)


def _open_by(begin: Whole, end: Whole, edges: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return how long some intervals were open by each edge, together."""
    return np.array([float(np.maximum(np.minimum(end, edge) - begin, 0)[begin < edge].sum()) for edge in edges])


__all__ = ["Figures", "ResourceFigures", "Series", "Spread", "StepFigures", "measure", "spread"]
