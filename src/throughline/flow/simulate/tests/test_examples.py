"""
The published examples of another simulator (the names of Prosimos' tests), made anew: each behaves as described.
"""

from __future__ import annotations

from typing import Any

import pytest

from throughline.flow.engine.tests.walking import on_timer
from throughline.flow.simulate.reading import BadScenario, read_scenario
from throughline.flow.simulate.report import document
from throughline.flow.simulate.tests.stage import MONDAY, OFFICE, ONE_STEP, at, once, run, work_of

pytestmark = pytest.mark.req("I4")


def times(*moments: str) -> dict[str, Any]:
    return {"times": [at(MONDAY, each) for each in moments]}


def spans_of(joined: tuple[Any, Any]) -> list[tuple[int, float, float]]:
    """Case, begin and end in hours of all work, in order of begins."""
    return sorted((each["case"], each["begun"], each["ended"]) for each in work_of(*joined))


class TestTimer:
    def test_a_fixed_step_of_30_minutes_and_a_timer_of_15_take_45(self) -> None:
        _, records = once(
            f"startEvent start\nuserTask A\nintermediateCatchEvent pause {on_timer('PT15M')}\nendEvent end\n"
            "start > A > pause > end",
            arrivals=times("09:00"),
            tasks={"A": {"duration": "PT30M"}},
        )

        assert records.ended[0] == 45 * 60_000_000


class TestLoan:
    def test_an_application_at_four_that_takes_two_hours_is_decided_the_next_morning(self) -> None:
        joined = once(
            ONE_STEP,
            arrivals=times("16:00"),
            calendars={"office": OFFICE},
            resources={"Credit Officer": {"calendar": "office"}},
            tasks={"Serve": {"duration": "PT2H", "resource": "Credit Officer"}},
        )

        assert spans_of(joined) == [(0, 7, 25)]


class TestGateways:
    AND = (
        "startEvent start\nparallelGateway fork\nuserTask A\nuserTask B\nparallelGateway join\nuserTask C\n"
        "endEvent end\nstart > fork > A > join > C > end\nfork > B > join"
    )
    OR = (
        "startEvent start\ninclusiveGateway fork\nuserTask A\nuserTask B\n{join}\nendEvent end\n"
        "start > fork\nfork -a-> A\nfork -b-> B\nA > join\nB > join\njoin > end"
    )

    def test_an_and_join_waits_for_the_longer_branch(self) -> None:
        joined = once(
            self.AND,
            arrivals=times("09:00"),
            tasks={"A": {"duration": "PT1H"}, "B": {"duration": "PT3H"}, "C": {"duration": "PT1H"}},
        )

        assert [(each["node"], each["begun"]) for each in work_of(*joined)][-1] == ("C", 3)

    @pytest.mark.parametrize(
        ("join", "ends"), [("inclusiveGateway join", 1), ("exclusiveGateway join", 2)], ids=["joined", "merged"]
    )
    def test_an_or_split_ends_once_when_joined_and_twice_when_merged(self, join: str, ends: int) -> None:
        joined, records = once(
            self.OR.replace("{join}", join),
            arrivals=times("09:00"),
            tasks={"A": {"duration": "PT1H"}, "B": {"duration": "PT3H"}},
            flows={"fork_a": 1.0, "fork_b": 1.0},
        )

        assert records.visits["end"] == ends
        assert records.ended[0] == 3 * 3_600_000_000
        assert joined.cases == 1

    @pytest.mark.parametrize(
        ("amount", "steps"), [(5, set()), (15, {"A"}), (25, {"A", "B"})], ids=["none", "one", "several"]
    )
    def test_of_conditions_none_one_or_several_hold(self, amount: int, steps: set[str]) -> None:
        joined = once(
            "startEvent start\ninclusiveGateway fork default=fork_else\nuserTask A\nuserTask B\n"
            "inclusiveGateway join\nendEvent end\nstart > fork\nfork -a| amount > 10-> A\nfork -b| amount > 20-> B\n"
            "fork -else-> join\nA > join\nB > join\njoin > end",
            arrivals=times("09:00"),
            variables={"amount": amount},
        )

        assert {each["node"] for each in work_of(*joined)} == steps
        assert joined[1].ended[0] >= 0


class TestAttributes:
    def test_a_case_attribute_decides_the_way(self) -> None:
        kinds = {"distribution": "empirical", "values": ["REGULAR", "BUSINESS"], "weights": [3, 1]}

        result = run(
            "startEvent start\nexclusiveGateway kind default=kind_other\nendEvent business\nendEvent regular\n"
            'start > kind\nkind -b| client = "BUSINESS"-> business\nkind -other-> regular',
            cases=4_000,
            replications=2,
            warm_up=0,
            seed=1,
            variables={"client": kinds},
        )

        assert document(result)["outcomes"]["business"] == pytest.approx(0.25, abs=0.02)

    def test_an_event_attribute_is_made_by_a_step_and_read_later(self) -> None:
        result = run(
            "startEvent start\nuserTask Assess\nexclusiveGateway risk default=risk_low\nendEvent high\nendEvent low\n"
            "start > Assess > risk\nrisk -high| score > 75-> high\nrisk -low-> low",
            cases=2_000,
            replications=2,
            warm_up=0,
            seed=1,
            tasks={"Assess": {"results": {"score": {"distribution": "uniform", "min": 0, "max": 100}}}},
        )

        assert document(result)["outcomes"]["high"] == pytest.approx(0.25, abs=0.03)

    def test_a_case_with_priority_overtakes(self) -> None:
        joined = once(
            ONE_STEP,
            arrivals=times("09:00", "09:10", "09:20", "09:30"),
            resources={"R": {}},
            records=[{"rank": 0}, {"rank": 5}],
            tasks={"Serve": {"duration": "PT1H", "resource": "R", "priority": "rank"}},
            seed=3,
        )

        order = [each["case"] for each in work_of(*joined)]
        assert order[0] == 0
        assert order != sorted(order)


class TestContention:
    def test_two_steps_wait_for_the_one_person_of_both(self) -> None:
        joined = once(
            "startEvent start\nparallelGateway fork\nuserTask A\nuserTask B\nparallelGateway join\nendEvent end\n"
            "start > fork > A > join > end\nfork > B > join",
            arrivals=times("09:00"),
            resources={"Clerk": {}, "Officer": {}},
            tasks={
                "A": {"duration": "PT1H", "resource": "Clerk"},
                "B": {"duration": "PT1H", "resource": ["Clerk", "Officer"]},
            },
        )

        assert sorted((each["node"], each["unit"], each["begun"]) for each in work_of(*joined)) == [
            ("A", "Clerk", 0),
            ("B", "Officer", 0),
        ]


class TestBatch:
    def batched(self, moments: tuple[str, ...], **batch: Any) -> list[tuple[int, float, float]]:
        figures = {"duration": "PT1H", "resource": "R"} | ({"batch": batch} if batch else {})
        return spans_of(once(ONE_STEP, arrivals=times(*moments), resources={"R": {}}, tasks={"Serve": figures}))

    def test_without_a_rule_each_is_done_alone(self) -> None:
        assert self.batched(("09:00", "09:30")) == [(0, 0, 1), (1, 1, 2)]

    def test_by_size_waits_for_the_last_and_goes_one_after_the_other(self) -> None:
        assert self.batched(("09:00", "10:00", "12:00"), size=3) == [(0, 3, 4), (1, 4, 5), (2, 5, 6)]

    def test_in_parallel_all_end_together(self) -> None:
        assert self.batched(("09:00", "10:00", "12:00"), size=3, parallel=True) == [(0, 3, 4), (1, 3, 4), (2, 3, 4)]

    def test_takes_less_time_by_its_scale(self) -> None:
        assert self.batched(("09:00", "09:00"), size=2, scale=0.5) == [(0, 0, 0.5), (1, 0.5, 1)]

    def test_by_the_hour_of_the_day(self) -> None:
        assert self.batched(("09:00", "10:00", "13:00"), at="12:00") == [(0, 3, 4), (1, 4, 5), (2, 27, 28)]

    def test_by_a_large_wait_of_the_oldest(self) -> None:
        assert self.batched(("09:00", "10:00", "15:00"), wait="PT2H") == [(0, 2, 3), (1, 3, 4), (2, 8, 9)]

    def test_by_a_quiet_time_after_the_newest(self) -> None:
        assert self.batched(("09:00", "10:00", "15:00"), quiet="PT90M") == [
            (0, 2.5, 3.5),
            (1, 3.5, 4.5),
            (2, 7.5, 8.5),
        ]

    def test_shares_the_time_of_its_person(self) -> None:
        result = run(
            ONE_STEP,
            arrivals={"distribution": "constant", "mean": "PT1H"},
            cases=100,
            replications=2,
            warm_up=0,
            resources={"R": {"cost_per_hour": 10}},
            tasks={"Serve": {"duration": "PT2H", "resource": "R", "batch": {"size": 4, "parallel": True}}},
        )

        report = document(result)
        assert report["resources"]["R"]["utilisation"] == pytest.approx(0.5, abs=0.03)
        assert report["cost_per_case"] == 5

    def test_goes_on_without_what_was_taken_back(self) -> None:
        _, records = joined = once(
            "startEvent start\nuserTask Call\nendEvent reached\nendEvent missed\n"
            f"boundaryEvent late attachedToRef=Call {on_timer('PT2H')}\nstart > Call > reached\nlate > missed",
            arrivals=times("09:00", "10:00", "11:30"),
            tasks={"Call": {"duration": "PT30M", "batch": {"size": 2, "wait": "PT3H"}}},
        )

        assert [trace[-1] for trace in records.traces or ()] == ["reached", "reached", "missed"]
        assert [each["case"] for each in work_of(*joined)][:2] == [0, 1]

    def test_says_what_begins_it(self) -> None:
        with pytest.raises(BadScenario, match="tasks.A.batch to say when a batch is begun"):
            read_scenario({"tasks": {"A": {"batch": {"parallel": True}}}})
