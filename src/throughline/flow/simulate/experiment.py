"""
Replications of one setting, and what they say together.

Each replication begins with an empty house and has its own chance; the figures of replications are independent, so the
mean of their means has a Student interval. Percentiles are means of the replications' percentiles. A chart whose data
cannot change the way is carried on by a table of the kernel's answers
(:class:`~throughline.flow.simulate.moves.Table`), any other by the kernel itself; the result does not differ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from throughline.flow.simulate.choices import chooser
from throughline.flow.simulate.fitness import why_no_table
from throughline.flow.simulate.floor import Carrier, Floor, Records, Stopped
from throughline.flow.simulate.measure import Figures, Spread, measure
from throughline.flow.simulate.moves import ByKernel, ByTable, Table, TooManyMarkings
from throughline.flow.simulate.setting import Setting, compile_simulated
from throughline.flow.simulate.shifts import Shifts
from throughline.flow.simulate.student import interval
from throughline.flow.values import from_datetime

if TYPE_CHECKING:
    from throughline.flow.engine import Chart

Watch = Callable[[float], bool]
"""Told the share that is done, from 0 to 1; says whether to go on."""
CarriedBy = Literal["table", "kernel"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over replications, and where the truth lies with 95 % confidence (None for one replication)."""

    mean: float
    ci95: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Result:
    """What an experiment gives: the figures of every replication and the setting they belong to."""

    setting: Setting
    replications: tuple[Figures, ...]
    carried_by: CarriedBy

    def estimate(self, of: Callable[[Figures], float]) -> Estimate:
        """Return the mean and interval of a figure."""
        return estimate([of(each) for each in self.replications])

    def spread(self, of: Callable[[Figures], Spread | None]) -> tuple[Spread, tuple[float, float] | None]:
        """Return the means of mean and percentiles, and the interval of the mean, of the replications that have one."""
        each = [found for figures in self.replications if (found := of(figures)) is not None]
        means = (_mean([getattr(one, name) for one in each]) for name in ("mean", "median", "p90", "p95"))
        return Spread(*means), interval([one.mean for one in each])


class Cancelled(Exception):
    """The experiment was stopped before its end; nothing of it is kept."""


class Runner:
    """What all replications of a setting share: calendars looked up, the table."""

    def __init__(self, setting: Setting, carried_by: CarriedBy | None = None) -> None:
        self.setting = setting
        self.reason = why_no_table(setting)
        wanted = carried_by or ("kernel" if self.reason else "table")
        if wanted == "table" and self.reason:
            raise ValueError(f"Expected a chart whose data cannot change the way, but {self.reason}.")
        self.carried_by: CarriedBy = wanted
        self.shifts = {name: Shifts(each, setting.start) for name, each in setting.calendars.items()}
        self._table: Table | None = None
        if wanted == "table":
            chart, oracle = compile_simulated(setting.definitions, setting, forks=True)
            self._table = Table(chart, oracle, setting.calendars, setting.start)

    def replicate(self, replication: int, *, traces: bool = False, watch: Watch | None = None) -> Records:
        """
        Run one replication.

        Raises:
            Stopped: ``watch`` said so.
        """
        try:
            return self._floor(replication, traces=traces, watch=watch).run()
        except TooManyMarkings:
            self._table, self.carried_by = None, "kernel"
            self.reason = "its cases rest in too many ways"
            return self._floor(replication, traces=traces, watch=watch).run()

    def _floor(self, replication: int, *, traces: bool, watch: Watch | None) -> Floor:
        carriers = self._carriers(replication)
        return Floor(self.setting, replication, carriers, self.shifts, traces=traces, watch=watch)

    def _carriers(self, replication: int) -> Mapping[str, Carrier]:
        setting = self.setting
        looks = [chooser(fork, setting.seed, replication, setting.cases) for fork in setting.forks]
        if self._table is not None:
            return {setting.process: ByTable(self._table, looks, self._moment)}
        return {name: self._by_kernel(chart, looks) for name, chart in setting.charts.items()}

    def _by_kernel(self, chart: Chart, looks: Sequence[Any]) -> ByKernel:
        return ByKernel(chart, self.setting.oracle, list(looks), self.setting.calendars, self.setting.start)

    def _moment(self, at: int) -> Any:
        return from_datetime(self.setting.start + timedelta(microseconds=at))


def simulate(
    setting: Setting,
    *,
    watch: Watch | None = None,
    carried_by: CarriedBy | None = None,
    keep: Callable[[int, Records], None] | None = None,
    series: bool = False,
) -> Result:
    """
    Run all replications of a setting.

    ``watch`` is told how far it is and says whether to go on. ``keep`` is given the records of each replication, for an
    event log. ``carried_by`` is chosen by itself unless a test says otherwise. ``series``: with figures over time
    of the first replication.

    Raises:
        Cancelled: ``watch`` said so.
    """
    runner = Runner(setting, carried_by)
    count = setting.replications
    found: list[Figures] = []
    for number in range(count):
        try:
            records = runner.replicate(number, watch=_part(watch, number, count))
        except Stopped:
            raise Cancelled from None
        found.append(measure(setting, records, runner.shifts, series=series and number == 0))
        if keep is not None:
            keep(number, records)
        if watch is not None and not watch((number + 1) / count):
            raise Cancelled
    return Result(setting, tuple(found), runner.carried_by)


def _part(watch: Watch | None, number: int, count: int) -> Watch | None:
    if watch is None:
        return None
    return lambda share: watch((number + share) / count)


def estimate(numbers: Sequence[float]) -> Estimate:
    """Return the mean of independent numbers and its interval."""
    return Estimate(_mean(numbers), interval(numbers))


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers)
