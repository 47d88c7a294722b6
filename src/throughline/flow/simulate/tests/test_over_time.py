"""How long cases take to each end, and what is spent when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from throughline.flow.simulate.experiment import simulate
from throughline.flow.simulate.report import document
from throughline.flow.simulate.tests.stage import MINUTE_APART, MONDAY, OFFICE, ONE_STEP, at, run, setting

pytestmark = pytest.mark.req("I4")

HOUR = 3_600.0
TWO_ENDS = (
    "startEvent start\nexclusiveGateway which\nuserTask Quick\nuserTask Slow\nendEvent soon\nendEvent late\n"
    "start > which\nwhich > Quick > soon\nwhich > Slow > late"
)
TAKES = {"Quick": {"duration": "PT1H"}, "Slow": {"duration": "PT3H"}}


class TestTimesByOutcome:
    def test_are_those_of_the_cases_that_ended_there(self) -> None:
        report = document(run(TWO_ENDS, arrivals=MINUTE_APART, cases=200, replications=3, seed=1, tasks=TAKES))

        took = report["outcome_times"]
        assert set(took) == {"soon", "late"}
        assert took["soon"] == {"mean": HOUR, "median": HOUR, "p90": HOUR, "p95": HOUR, "ci95": [HOUR, HOUR]}
        assert took["late"]["mean"] == 3 * HOUR

    def test_a_run_in_which_nobody_came_there_does_not_count_as_nothing(self) -> None:
        result = run(TWO_ENDS, arrivals=MINUTE_APART, cases=1, warm_up=0, replications=8, seed=1, tasks=TAKES)

        reached = [set(figures.outcome_times) for figures in result.replications]
        assert {"soon"} in reached
        assert {"late"} in reached
        assert document(result)["outcome_times"]["late"]["mean"] == 3 * HOUR

    def test_who_has_not_ended_has_no_time(self) -> None:
        report = document(
            run(
                "startEvent start\nexclusiveGateway hot\nendEvent yes\nstart > hot\nhot -yes| score > 50-> yes\n"
                "endEvent no\nhot -no| score > 60-> no",
                cases=5, replications=1, warm_up=0, variables={"score": 50},
            )
        )  # fmt: skip

        assert (report["outcomes"], report["outcome_times"]) == ({"unfinished": 1.0}, {})


class TestCostOverTime:
    OFFICE_WORK: Mapping[str, Any] = {
        "start": at(MONDAY, "00:00"),
        "arrivals": {"times": [at(MONDAY, "15:00")]},
        "replications": 2,
        "warm_up": 0,
        "calendars": {"office": OFFICE},
        "resources": {"R": {"calendar": "office", "cost_per_hour": 40}},
        "tasks": {"Serve": {"duration": "PT6H", "resource": "R", "cost": 10}},
    }

    def test_is_spent_while_somebody_works_and_when_a_step_is_done(self) -> None:
        result = simulate(setting(ONE_STEP, **self.OFFICE_WORK), series=True)

        spent = document(result)["over_time"]
        hours = spent["step_s"] / HOUR
        by_hour = [(place * hours, cost) for place, cost in enumerate(spent["cost"]) if cost]
        assert sum(spent["cost"]) == pytest.approx(6 * 40 + 10, abs=1e-3)
        assert all(
            15 - hours < when < 17 or 33 - hours < when < 37 for when, _cost in by_hour
        )  # no night costs anything
        assert spent["cost"][-1] >= 10  # the step's own cost, when it is done

    def test_work_without_a_calendar_costs_as_long_as_it_lasts(self) -> None:
        given = {**self.OFFICE_WORK, "calendars": {}, "resources": {"R": {"cost_per_hour": 40}}}
        result = simulate(setting(ONE_STEP, **given), series=True)

        assert sum(document(result)["over_time"]["cost"]) == pytest.approx(6 * 40 + 10, abs=1e-3)

    def test_is_of_the_first_run_and_only_where_it_was_asked_for(self) -> None:
        asked = simulate(setting(ONE_STEP, **self.OFFICE_WORK), series=True)
        not_asked = simulate(setting(ONE_STEP, **self.OFFICE_WORK))

        assert [figures.series is not None for figures in asked.replications] == [True, False]
        assert "over_time" not in document(not_asked)
