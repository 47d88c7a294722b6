"""Replications by several processes, and over machines: the same to the last byte."""

from __future__ import annotations

import importlib.util
import json
import sys
import warnings
from typing import Any

import pytest

from throughline.flow.engine.tests.walking import xml
from throughline.flow.simulate import Endless, document
from throughline.flow.simulate.experiment import Cancelled, Runner
from throughline.flow.simulate.setting import Setting
from throughline.insight.simulation import replicas
from throughline.insight.simulation.replicas import HERE, NoRay, Question, Spread, simulate_spread

pytestmark = pytest.mark.req("I4")

SCENARIO: dict[str, Any] = {
    "arrivals": {"distribution": "exponential", "mean": "PT60S"},
    "cases": 100,
    "replications": 5,
    "seed": 3,
    "resources": {"R": {"amount": 1, "cost_per_hour": 40}},
    "tasks": {"Serve": {"duration": {"distribution": "exponential", "mean": "PT48S"}, "resource": "R"}},
}
QUESTION = Question(
    xml("startEvent start\nuserTask Serve\nendEvent end\nstart > Serve > end"), SCENARIO, {}, with_log=True,
    with_series=True,
)  # fmt: skip


def told(spread: Spread) -> tuple[str, str | None]:
    """Return the report as it is printed, and the log."""
    result, log = simulate_spread(QUESTION, spread)
    return json.dumps(document(result)), log


class TestProcesses:
    def test_give_the_same_bytes_as_one(self) -> None:
        one, log = told(Spread())

        assert told(Spread(processes=3)) == (one, log)
        assert log is not None
        assert log.startswith("case,activity,time")

    def test_say_how_far_they_are_and_can_be_stopped(self) -> None:
        seen: list[float] = []

        def watch(share: float) -> bool:
            seen.append(share)
            return len(seen) < 2

        with pytest.raises(Cancelled):
            simulate_spread(QUESTION, Spread(processes=2), watch=watch)

        assert seen == [pytest.approx(0.2), pytest.approx(0.4)]

    def test_what_cannot_go_on_is_told_as_by_one(self) -> None:
        drawing = xml(
            "startEvent start\nuserTask Work\nexclusiveGateway again\nendEvent end\nstart > Work > again\n"
            "again -back-> Work\nagain > end"
        )
        endless = Question(drawing, {"cases": 1, "replications": 2, "flows": {"again_back": 1.0}}, {})

        said = []
        for spread in (Spread(), Spread(processes=2)):
            with pytest.raises(Endless) as problem:
                simulate_spread(endless, spread)
            said.append(str(problem.value))

        assert said[0] == said[1]


class TestRay:
    def test_gives_the_same_bytes(self) -> None:
        if importlib.util.find_spec("ray") is None:
            warnings.warn("RAY IS NOT INSTALLED: that it gives the same bytes was not tested here.", stacklevel=1)
            pytest.skip("Ray is not installed: pip install ray")

        assert told(Spread(ray=HERE)) == told(Spread())

    def test_says_what_to_do_where_it_is_not(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "ray", None)

        with pytest.raises(NoRay, match="pip install throughline"):
            simulate_spread(QUESTION, Spread(ray="10.0.0.1:6379"))


class TestRunner:
    def test_a_process_sets_a_question_up_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        made: list[Setting] = []

        class Counted(Runner):
            def __init__(self, setting: Setting) -> None:
                made.append(setting)
                super().__init__(setting)

        monkeypatch.setattr(replicas, "_kept", {})
        monkeypatch.setattr(replicas, "Runner", Counted)

        simulate_spread(QUESTION, Spread())

        assert len(made) == 1
