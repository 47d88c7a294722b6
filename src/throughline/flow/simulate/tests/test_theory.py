"""
Simulation against what is known exactly (Kleinrock, *Queueing Systems*, vol. 1): each exact value lies in
the simulation's own 95 % interval over 20 replications.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from throughline.flow.simulate.experiment import Result, simulate
from throughline.flow.simulate.floor import FIELDS, Records
from throughline.flow.simulate.measure import Figures
from throughline.flow.simulate.student import interval
from throughline.flow.simulate.tests.stage import MINUTE_APART, ONE_STEP, exponential, run, setting

pytestmark = pytest.mark.req("I4")

TANDEM = "\n".join(
    [
        "startEvent start",
        *(f"userTask T{number}" for number in range(1, 6)),
        "endEvent end",
        "start > T1 > T2 > T3 > T4 > T5 > end",
    ]
)
FIVE_STATIONS: dict[str, Any] = {
    "arrivals": MINUTE_APART,
    "cases": 5_000,
    "replications": 20,
    "warm_up": 0.1,
    "seed": 1,
    "resources": {f"R{number}": {"amount": number} for number in range(1, 6)},
    "tasks": {f"T{number}": {"duration": exponential(48 * number), "resource": f"R{number}"} for number in range(1, 6)},
}


def holds(result: Result, of: Callable[[Figures], float], exact: float) -> bool:
    """Say whether the exact value lies in the interval of a figure."""
    found = result.estimate(of)
    assert found.ci95 is not None
    low, high = found.ci95
    assert low <= exact <= high, f"{exact} is not in {low:.3f} to {high:.3f}"
    return True


def served(duration: dict[str, str]) -> Result:
    """One server at load 0.8 with the given service."""
    return run(
        ONE_STEP,
        arrivals=MINUTE_APART,
        cases=5_000,
        replications=20,
        warm_up=0.1,
        seed=1,
        resources={"R": {}},
        tasks={"Serve": {"duration": duration, "resource": "R"}},
    )


Tandem = tuple[Result, list[list[float]]]


@pytest.fixture(scope="module")
def tandem() -> Tandem:
    """The five stations in a row, and per replication the share of the cases that wait at each."""
    waited: list[list[float]] = []

    def keep(replication: int, records: Records) -> None:
        counts, late = [0] * 5, [0] * 5
        for place in range(0, len(records.work), FIELDS):
            station, case, offered, begun = records.work[place : place + 4]
            if case >= records.first:
                counts[station] += 1
                late[station] += begun > offered
        waited.append([had / of for had, of in zip(late, counts, strict=True)])

    return simulate(setting(TANDEM, **FIVE_STATIONS), keep=keep), waited


class TestTandem:
    """M/M/1 to M/M/5 in a row: by Burke's theorem every station sees Poisson arrivals."""

    @pytest.mark.parametrize(("servers", "exact"), [(1, 192.0), (2, 170.67), (3, 155.33), (4, 143.14), (5, 132.99)])
    def test_waiting_is_that_of_erlang(self, tandem: Tandem, servers: int, exact: float) -> None:
        assert holds(tandem[0], lambda figures: figures.steps[f"T{servers}"].waiting.mean, exact)

    @pytest.mark.parametrize(("servers", "exact"), [(1, 0.8), (2, 0.7111), (3, 0.6472), (4, 0.5964), (5, 0.5541)])
    def test_the_share_that_waits_is_that_of_erlang(self, tandem: Tandem, servers: int, exact: float) -> None:
        _, waited = tandem
        found = interval([each[servers - 1] for each in waited])
        assert found is not None
        assert found[0] <= exact <= found[1]

    @pytest.mark.parametrize("servers", range(1, 6))
    def test_four_fifths_of_the_time_are_used(self, tandem: Tandem, servers: int) -> None:
        assert holds(tandem[0], lambda figures: figures.resources[f"R{servers}"].utilisation, 0.8)

    def test_the_whole_way_takes_the_sum(self, tandem: Tandem) -> None:
        assert holds(tandem[0], lambda figures: figures.cycle.mean, 1514.12)
        assert holds(tandem[0], lambda figures: figures.processing.mean, 720.0)
        assert holds(tandem[0], lambda figures: figures.waiting.mean, 794.12)

    def test_little_holds_at_every_step_of_every_run(self, tandem: Tandem) -> None:
        for figures in tandem[0].replications:
            for node, step in figures.steps.items():
                assert step.queue_mean == pytest.approx(step.rate * step.waiting.mean, rel=0.05), node

    def test_little_holds_for_the_house(self, tandem: Tandem) -> None:
        for figures in tandem[0].replications:
            rate = figures.steps["T1"].rate
            assert figures.in_progress_mean == pytest.approx(rate * figures.cycle.mean, rel=0.05)


class TestOneServer:
    """M/G/1 by Pollaczek and Khinchine: the variation of the service decides the wait."""

    @pytest.mark.parametrize(
        ("duration", "exact"),
        [
            ({"distribution": "constant", "mean": "PT48S"}, 96.0),
            ({"distribution": "uniform", "min": "PT0S", "max": "PT96S"}, 128.0),
            ({"distribution": "gamma", "mean": "PT48S", "deviation": "PT33.941125497S"}, 144.0),
            ({"distribution": "exponential", "mean": "PT48S"}, 192.0),
            ({"distribution": "triangular", "min": "PT0S", "mode": "PT48S", "max": "PT96S"}, 96.0 * (1 + 1 / 6)),
        ],
        ids=["M/D/1", "uniform", "Erlang-2", "M/M/1", "triangular"],
    )
    def test_waits_as_long_as_the_formula_says(self, duration: dict[str, str], exact: float) -> None:
        result = served(duration)

        assert holds(result, lambda figures: figures.steps["Serve"].waiting.mean, exact)


@pytest.fixture(scope="module")
def rework() -> Result:
    """One server to whom a quarter comes back."""
    return run(
        "startEvent start\nuserTask Serve\nexclusiveGateway again\nendEvent end\n"
        "start > Serve > again\nagain -back-> Serve\nagain > end",
        arrivals=exponential(80),
        cases=5_000,
        replications=20,
        warm_up=0.1,
        seed=2,
        resources={"R": {}},
        tasks={"Serve": {"duration": exponential(48), "resource": "R"}},
        flows={"again_back": 0.25},
    )


class TestRework:
    """A quarter comes back: Jackson's network with one station at load 0.8, four in the house, 320 s in all."""

    def test_takes_320_seconds(self, rework: Result) -> None:
        assert holds(rework, lambda figures: figures.cycle.mean, 320.0)

    def test_has_four_in_the_house(self, rework: Result) -> None:
        assert holds(rework, lambda figures: figures.in_progress_mean, 4.0)
        assert holds(rework, lambda figures: figures.resources["R"].utilisation, 0.8)

    def test_serves_four_times_for_three_cases(self, rework: Result) -> None:
        assert holds(rework, lambda figures: figures.steps["Serve"].executions / figures.counted, 4 / 3)


class TestSplit:
    def test_the_longer_of_two_branches_takes_a_minute_and_a_half(self) -> None:
        result = run(
            "startEvent start\nparallelGateway fork\nuserTask A\nuserTask B\nparallelGateway join\nendEvent end\n"
            "start > fork > A > join > end\nfork > B > join",
            arrivals=MINUTE_APART,
            cases=2_000,
            replications=20,
            warm_up=0.0,
            seed=1,
            tasks={"A": {"duration": exponential(60)}, "B": {"duration": exponential(60)}},
        )

        assert holds(result, lambda figures: figures.cycle.mean, 90.0)
