"""
Scenarios side by side: what a change changes, and how sure that is.

All scenarios run with the same seed, so replication *n* of each has the same cases, the same durations and the same
luck (:mod:`throughline.flow.simulate.chance`). Differences are taken replication by replication and their mean gets
Student's interval; what the replications have in common cancels out, so far fewer of them are needed than for two
intervals that do not overlap (Law, *Simulation Modeling and Analysis*, 10.2 and 11.2).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from throughline.flow.simulate.experiment import Result, estimate
from throughline.flow.simulate.measure import Figures
from throughline.flow.simulate.report import document, rounded

Measure = Callable[[Figures], float]


class Incomparable(ValueError):
    """Two results that do not share their chance; the message says why."""


@dataclass(frozen=True, slots=True)
class Difference:
    """
    How one figure differs: ``other`` minus ``base``.

    ``ci95`` is the interval of the difference (None for one replication); the change is ``certain`` when 0 is not in
    it, or when every replication agrees to the last digit.
    """

    base: float
    other: float
    difference: float
    ci95: tuple[float, float] | None

    @property
    def certain(self) -> bool:
        if self.ci95 is None:
            return False
        low, high = self.ci95
        return low > 0 or high < 0


Values = Mapping[str, Sequence[float]]
"""Each figure of every replication, by dotted name."""


def differences(base: Result, other: Result) -> dict[str, Difference]:
    """
    Return how every figure that both results have differs, by dotted name.

    Raises:
        Incomparable: they differ in seed, number of cases or replications, or what is counted of them.
    """
    for name in ("seed", "cases", "replications", "warm_up"):
        require_same(name, getattr(base.setting, name), getattr(other.setting, name))
    return differences_of(values_of(base), values_of(other))


def require_same(name: str, ours: object, theirs: object) -> None:
    """Raise Incomparable unless two scenarios agree in what makes them share their chance."""
    if ours != theirs:
        raise Incomparable(f"Expected both scenarios to have the same {name}, but they have {ours} and {theirs}.")


def values_of(result: Result) -> dict[str, list[float]]:
    """Return what is compared, replication by replication: all that is needed to compare the result later."""
    return {name: [of(each) for each in result.replications] for name, of in _measures(result).items()}


def differences_of(base: Values, other: Values) -> dict[str, Difference]:
    """Return how the figures that both have differ."""
    return {name: _difference(numbers, other[name]) for name, numbers in base.items() if name in other}


def _measures(result: Result) -> dict[str, Measure]:
    """Return what is compared, by name."""
    found: dict[str, Measure] = {
        "cycle_time.mean": lambda figures: figures.cycle.mean,
        "cycle_time.median": lambda figures: figures.cycle.median,
        "cycle_time.p90": lambda figures: figures.cycle.p90,
        "cycle_time.p95": lambda figures: figures.cycle.p95,
        "waiting_time.mean": lambda figures: figures.waiting.mean,
        "processing_time.mean": lambda figures: figures.processing.mean,
        "idle_time.mean": lambda figures: figures.idle.mean,
        "cost_per_case": lambda figures: figures.cost_per_case,
        "throughput_per_hour": lambda figures: figures.throughput,
        "in_progress_mean": lambda figures: figures.in_progress_mean,
    }
    for node in result.setting.stations:
        found[f"steps.{node}.waiting.mean"] = lambda figures, node=node: figures.steps[node].waiting.mean  # type: ignore[misc]
        found[f"steps.{node}.queue_mean"] = lambda figures, node=node: figures.steps[node].queue_mean  # type: ignore[misc]
        found[f"steps.{node}.executions"] = lambda figures, node=node: figures.steps[node].executions  # type: ignore[misc]
    for pool in result.setting.resources:
        found[f"resources.{pool.name}.utilisation"] = lambda figures, name=pool.name: (  # type: ignore[misc]
            figures.resources[name].utilisation
        )
    for name in sorted({name for figures in result.replications for name in figures.outcomes}):
        found[f"outcomes.{name}"] = lambda figures, name=name: figures.outcomes.get(name, 0.0)  # type: ignore[misc]
    return found


def _difference(base: Sequence[float], other: Sequence[float]) -> Difference:
    found = estimate([two - one for one, two in zip(base, other, strict=True)])
    return Difference(estimate(base).mean, estimate(other).mean, found.mean, found.ci95)


def comparison(results: Mapping[str, Result]) -> dict[str, Any]:
    """Return reports of several scenarios and how each differs from the first, as one document."""
    first, *others = results
    return {
        "scenarios": {name: document(result) for name, result in results.items()},
        "base": first,
        "differences": {
            name: {figure: _shown(each) for figure, each in differences(results[first], results[name]).items()}
            for name in others
        },
    }


def _shown(each: Difference) -> dict[str, Any]:
    return {
        "base": rounded(each.base),
        "other": rounded(each.other),
        "difference": rounded(each.difference),
        "ci95": None if each.ci95 is None else [rounded(end) for end in each.ci95],
        "certain": each.certain,
    }
