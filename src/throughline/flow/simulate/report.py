"""
What an experiment says, as one document of plain numbers: the stable format of ``throughline simulate --json``.

Durations are in seconds, utilisation and outcomes are shares, money has the unit of the scenario's costs.
``executions``, ``cost`` and the like are means per replication over the counted cases. ``ci95`` is null for one
replication. ``outcome_times``: how long cases took to each end. ``over_time``, where it was asked for, is of the first
replication: cases under way, queues, people at work (means) and cost (sum) of each stretch of ``step_s`` seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from throughline.flow.simulate.experiment import Result
from throughline.flow.simulate.measure import Figures, Spread

DIGITS = 6


def document(result: Result) -> dict[str, Any]:
    """Return the whole report."""
    setting = result.setting
    assumptions = list(setting.assumptions)
    if setting.replications == 1:
        assumptions.append("replications: one run says nothing about chance, so there are no intervals")
    for node, (times, message) in _incidents(result).items():
        assumptions.append(f"{node}: {times} cases could not go on: {message}")
    return {
        "cases": setting.cases,
        "replications": setting.replications,
        "cycle_time": _spread(result, lambda figures: figures.cycle),
        "waiting_time": _spread(result, lambda figures: figures.waiting),
        "processing_time": _spread(result, lambda figures: figures.processing),
        "idle_time": _spread(result, lambda figures: figures.idle),
        "steps": {node: _step(result, node) for node in setting.stations},
        "resources": {pool.name: _resource(result, pool.name) for pool in setting.resources},
        "outcomes": _outcomes(result),
        "outcome_times": _outcome_times(result),
        "cost_per_case": _mean(result, lambda figures: figures.cost_per_case),
        "throughput_per_hour": _mean(result, lambda figures: figures.throughput),
        "in_progress_mean": _mean(result, lambda figures: figures.in_progress_mean),
        "counted_cases": _mean(result, lambda figures: figures.counted),
        "visits": visits(result),
        "seed": setting.seed,
        "assumptions": assumptions,
        **_over_time(result),
    }


def visits(result: Result) -> dict[str, float]:
    """Return how often each node and flow is passed, per counted case."""
    names = sorted({name for figures in result.replications for name in figures.visits})
    return {
        name: _mean(result, lambda figures, name=name: figures.visits.get(name, 0) / max(1, figures.counted))  # type: ignore[misc]
        for name in names
    }


def _spread(result: Result, of: Callable[[Figures], Spread | None]) -> dict[str, Any]:
    means, ci95 = result.spread(of)
    return {
        "mean": rounded(means.mean),
        "median": rounded(means.median),
        "p90": rounded(means.p90),
        "p95": rounded(means.p95),
        "ci95": None if ci95 is None else [rounded(each) for each in ci95],
    }


def _step(result: Result, node: str) -> dict[str, Any]:
    station = result.setting.stations[node]
    on_time = [figures.steps[node].on_time for figures in result.replications]
    kept = [each for each in on_time if each is not None]
    return {
        "name": station.name,
        "executions": _mean(result, lambda figures: figures.steps[node].executions),
        "withdrawn": _mean(result, lambda figures: figures.steps[node].withdrawn),
        "waiting": _spread(result, lambda figures: figures.steps[node].waiting),
        "processing": _spread(result, lambda figures: figures.steps[node].processing),
        "idle_mean": _mean(result, lambda figures: figures.steps[node].idle),
        "queue_mean": _mean(result, lambda figures: figures.steps[node].queue_mean),
        "queue_max": max(figures.steps[node].queue_max for figures in result.replications),
        "cost": _mean(result, lambda figures: figures.steps[node].cost),
        "on_time": rounded(sum(kept) / len(kept)) if kept else None,
    }


def _resource(result: Result, name: str) -> dict[str, Any]:
    utilisation = result.estimate(lambda figures: figures.resources[name].utilisation)
    return {
        "utilisation": rounded(utilisation.mean),
        "ci95": None if utilisation.ci95 is None else [rounded(each) for each in utilisation.ci95],
        "cost": _mean(result, lambda figures: figures.resources[name].cost),
    }


def _outcomes(result: Result) -> dict[str, float]:
    names = sorted({name for figures in result.replications for name in figures.outcomes})
    return {name: _mean(result, lambda figures, name=name: figures.outcomes.get(name, 0.0)) for name in names}  # type: ignore[misc]


def _outcome_times(result: Result) -> dict[str, Any]:
    names = sorted({name for figures in result.replications for name in figures.outcome_times})
    return {name: _spread(result, lambda figures, name=name: figures.outcome_times.get(name)) for name in names}  # type: ignore[misc]


def _over_time(result: Result) -> dict[str, Any]:
    series = result.replications[0].series
    return {} if series is None else {"over_time": asdict(series)}


def _incidents(result: Result) -> dict[str, tuple[int, str]]:
    found: dict[str, tuple[int, str]] = {}
    for figures in result.replications:
        for node, (times, message) in figures.incidents.items():
            before, first = found.get(node, (0, message))
            found[node] = (before + times, first)
    return found


def _mean(result: Result, of: Callable[[Figures], float]) -> float:
    return rounded(result.estimate(of).mean)


def rounded(number: float) -> float:
    """Round to what is worth showing; the same on every machine."""
    return round(number, DIGITS) + 0.0
