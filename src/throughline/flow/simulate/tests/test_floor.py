"""What happens on the floor, case by case: calendars, queues, priorities, timers, messages, costs."""

from __future__ import annotations

from typing import Any

import pytest

from throughline.flow.engine.tests.walking import error, message, on_error, on_message, on_timer
from throughline.flow.simulate.experiment import Cancelled, simulate
from throughline.flow.simulate.floor import UNTOUCHED, WITHDRAWN, Endless
from throughline.flow.simulate.report import document
from throughline.flow.simulate.tests.stage import (
    MINUTE_APART,
    MONDAY,
    OFFICE,
    ONE_STEP,
    at,
    exponential,
    once,
    run,
    setting,
    work_of,
)

pytestmark = pytest.mark.req("I4")

HOUR = 3_600.0


def constant(text: str) -> dict[str, str]:
    return {"distribution": "constant", "mean": text}


def times(*moments: str) -> dict[str, Any]:
    return {"times": [at(MONDAY, each) for each in moments]}


class TestCalendar:
    def test_six_hours_from_monday_at_three_end_on_tuesday_at_one(self) -> None:
        report = document(
            run(
                ONE_STEP,
                arrivals=times("15:00"),
                replications=1,
                warm_up=0,
                calendars={"office": OFFICE},
                resources={"R": {"calendar": "office"}},
                tasks={"Serve": {"duration": constant("PT6H"), "resource": "R"}},
            )
        )

        found = {name: report[f"{name}_time"]["mean"] / HOUR for name in ("cycle", "processing", "idle", "waiting")}
        assert found == {"cycle": 22, "processing": 6, "idle": 16, "waiting": 0}

    def test_work_offered_at_night_waits_for_the_morning(self) -> None:
        _, records = joined = once(
            ONE_STEP,
            start=at(MONDAY, "00:00"),
            arrivals=times("20:00", "21:00"),
            calendars={"office": OFFICE},
            resources={"R": {"calendar": "office"}},
            tasks={"Serve": {"duration": "PT1H", "resource": "R"}},
        )

        assert [(each["begun"], each["ended"]) for each in work_of(*joined)] == [(33, 34), (34, 35)]
        assert list(records.ended) == [34 * 3_600_000_000, 35 * 3_600_000_000]

    def test_what_is_more_urgent_in_the_morning_is_first_although_it_came_last(self) -> None:
        joined = once(
            "startEvent start\nuserTask Serve\nendEvent end\nstart > Serve > end",
            start=at(MONDAY, "00:00"),
            arrivals=times("20:00", "21:00"),
            calendars={"office": OFFICE},
            resources={"R": {"calendar": "office"}},
            variables={"rank": {"distribution": "empirical", "values": [0, 9]}},
            tasks={"Serve": {"duration": "PT1H", "resource": "R", "priority": "rank"}},
            seed=2,
        )

        ranks = [each["case"] for each in work_of(*joined)]
        assert ranks in ([0, 1], [1, 0])
        assert sorted(each["begun"] for each in work_of(*joined)) == [33, 34]

    def test_a_holiday_is_no_working_day(self) -> None:
        joined = once(
            ONE_STEP,
            start=at(MONDAY, "00:00"),
            arrivals=times("16:00"),
            calendars={"office": {**OFFICE, "holidays": ["2026-01-06"]}},
            resources={"R": {"calendar": "office"}},
            tasks={"Serve": {"duration": "PT2H", "resource": "R"}},
        )

        assert [each["ended"] for each in work_of(*joined)] == [48 + 10]

    def test_a_night_shift_goes_over_midnight(self) -> None:
        joined = once(
            ONE_STEP,
            start=at(MONDAY, "00:00"),
            arrivals=times("12:00"),
            calendars={"night": {"hours": [{"days": "MO-SU", "from": "22:00", "to": "06:00"}]}},
            resources={"R": {"calendar": "night"}},
            tasks={"Serve": {"duration": "PT4H", "resource": "R"}},
        )

        assert [(each["begun"], each["ended"]) for each in work_of(*joined)] == [(22, 26)]

    def test_the_change_to_summer_time_is_counted(self) -> None:
        joined = once(
            ONE_STEP,
            start="2026-03-28T00:00:00Z",
            arrivals={"times": ["2026-03-28T20:00:00Z"]},
            calendars={"night": {"zone": "Europe/Oslo", "hours": [{"days": "MO-SU", "from": "00:00", "to": "06:00"}]}},
            resources={"R": {"calendar": "night"}},
            tasks={"Serve": {"duration": "PT5H30M", "resource": "R"}},
        )

        assert [each["begun"] for each in work_of(*joined)] == [23]
        assert [each["ended"] for each in work_of(*joined)] == [46.5]

    def test_use_counts_only_the_time_on_duty(self) -> None:
        result = run(
            ONE_STEP,
            arrivals={**MINUTE_APART, "calendar": "office"},
            cases=3_000,
            replications=4,
            warm_up=0.1,
            seed=1,
            calendars={"office": OFFICE},
            resources={"R": {"calendar": "office"}},
            tasks={"Serve": {"duration": exponential(30), "resource": "R"}},
        )

        assert result.estimate(lambda figures: figures.resources["R"].utilisation).mean == pytest.approx(0.5, abs=0.03)


class TestArrivals:
    def test_lie_inside_their_calendar(self) -> None:
        joined, records = once(
            ONE_STEP, arrivals={**exponential(600), "calendar": "office"}, cases=500, calendars={"office": OFFICE}
        )

        for micros in records.arrived:
            hour = (micros / 3_600_000_000 + 9) % 24
            assert 9 <= hour <= 17
        assert joined.cases == 500

    def test_follow_a_timetable(self) -> None:
        windows = [{"days": "MO-FR", "from": "09:00", "to": "10:00", "cases": 3}]

        _, records = once(ONE_STEP, start=at(MONDAY, "00:00"), arrivals={"windows": windows}, cases=7)

        assert [int(micros / 86_400_000_000) for micros in records.arrived] == [0, 0, 0, 1, 1, 1, 2]

    def test_begin_one_gap_after_the_start(self) -> None:
        _, records = once(ONE_STEP, arrivals=constant("PT6H"), cases=2)

        assert records.arrived == [6 * 3_600_000_000, 12 * 3_600_000_000]


class TestPeople:
    def test_share_their_time_between_steps(self) -> None:
        joined = once(
            "startEvent start\nuserTask A\nuserTask B\nendEvent end\nstart > A > B > end",
            arrivals=times("09:00", "09:00"),
            resources={"R": {"amount": 1}},
            tasks={"A": {"duration": "PT1H", "resource": "R"}, "B": {"duration": "PT1H", "resource": "R"}},
        )

        done = [(each["case"], each["node"], each["begun"]) for each in work_of(*joined)]
        assert done == [(0, "A", 0), (1, "A", 1), (0, "B", 2), (1, "B", 3)]

    def test_take_the_more_urgent_first(self) -> None:
        joined = once(
            "startEvent start\nuserTask A\nuserTask B\nendEvent end\nstart > A > B > end",
            arrivals=times("09:00", "09:00"),
            resources={"R": {"amount": 1}},
            tasks={
                "A": {"duration": "PT1H", "resource": "R"},
                "B": {"duration": "PT1H", "resource": "R", "priority": 5},
            },
        )

        done = [(each["case"], each["node"]) for each in work_of(*joined)]
        assert done == [(0, "A"), (0, "B"), (1, "A"), (1, "B")]

    def test_stand_in_for_each_other_in_the_order_given(self) -> None:
        joined = once(
            ONE_STEP,
            arrivals=times("09:00", "09:10", "09:20"),
            resources={"Clerk": {}, "Officer": {}},
            tasks={"Serve": {"duration": "PT1H", "resource": ["Clerk", "Officer"]}},
        )

        assert [(each["case"], each["unit"]) for each in work_of(*joined)] == [
            (0, "Clerk"),
            (1, "Officer"),
            (2, "Clerk"),
        ]

    def test_are_found_by_their_roles(self) -> None:
        joined = once(
            ONE_STEP,
            arrivals=times("09:00", "09:00"),
            resources={"Maya": {"roles": ["sales"]}, "Tom": {"roles": ["sales"]}},
            tasks={"Serve": {"duration": "PT1H", "resource": "sales"}},
        )

        assert sorted(each["unit"] for each in work_of(*joined)) == ["Maya", "Tom"]

    def test_serve_the_lane_they_are_named_after(self) -> None:
        lanes = '<laneSet id="l"><lane id="sales" name="Sales"><flowNodeRef>Serve</flowNodeRef></lane></laneSet>'

        joined = setting(f"{lanes}\n{ONE_STEP}", resources={"sales": {"amount": 2}})

        assert joined.stations["Serve"].pools == (0,)


class TestDeadline:
    LATE = (
        "startEvent start\nuserTask Call\nendEvent reached\nendEvent missed\n"
        f"boundaryEvent late attachedToRef=Call {on_timer('PT2H')}\nstart > Call > reached\nlate > missed"
    )

    def test_takes_back_work_that_takes_too_long(self) -> None:
        joined = once(
            self.LATE,
            arrivals=times("09:00"),
            resources={"R": {"cost_per_hour": 30}},
            tasks={"Call": {"duration": "PT3H", "resource": "R"}},
        )

        (work,) = work_of(*joined)
        assert (work["how"], work["ended"], work["worked"]) == (WITHDRAWN, 2, 2)
        assert joined[1].traces == [["start", "late", "missed"]]

    def test_frees_the_person_for_the_next(self) -> None:
        joined = once(
            self.LATE,
            arrivals=times("09:00", "10:30"),
            resources={"R": {}},
            tasks={"Call": {"duration": constant("PT2H30M"), "resource": "R"}},
        )

        found = [(each["case"], each["begun"], each["ended"], each["how"]) for each in work_of(*joined)]
        assert found == [(0, 0, 2, WITHDRAWN), (1, 2, 3.5, WITHDRAWN)]

    def test_takes_back_work_that_nobody_has_begun(self) -> None:
        joined = once(
            self.LATE,
            arrivals=times("18:00"),
            calendars={"office": OFFICE},
            resources={"R": {"calendar": "office"}},
            tasks={"Call": {"duration": "PT1H", "resource": "R"}},
        )

        (work,) = work_of(*joined)
        assert (work["how"], work["ended"]) == (UNTOUCHED, 11)

    def test_does_not_strike_in_time(self) -> None:
        _, records = once(self.LATE, arrivals=times("09:00"), tasks={"Call": {"duration": "PT1H"}})

        assert records.traces == [["start", "Call", "reached"]]

    def test_counts_business_time_where_it_is_drawn_so(self) -> None:
        timer = '<timerEventDefinition tl:clock="business" tl:calendar="office"><timeDuration>PT4H</timeDuration>'
        late = f"boundaryEvent late attachedToRef=Call {timer}</timerEventDefinition>"
        drawing = self.LATE.replace(f"boundaryEvent late attachedToRef=Call {on_timer('PT2H')}", late)

        joined = once(
            drawing, arrivals=times("15:00"), calendars={"office": OFFICE}, tasks={"Call": {"duration": "P3D"}}
        )

        assert joined[1].ended[0] == (24 + 11 - 9) * 3_600_000_000

    def test_is_reported_as_share_done_on_time(self) -> None:
        result = run(
            ONE_STEP,
            arrivals=MINUTE_APART,
            cases=2_000,
            replications=2,
            warm_up=0,
            seed=1,
            tasks={
                "Serve": {"duration": {"distribution": "uniform", "min": "PT0S", "max": "PT40S"}, "target": "PT10S"}
            },
        )

        assert document(result)["steps"]["Serve"]["on_time"] == pytest.approx(0.25, abs=0.03)


class TestMessage:
    RACE = (
        "startEvent start\neventBasedGateway wait\n"
        f"intermediateCatchEvent answer {on_message('answer')}\n"
        f"intermediateCatchEvent silence {on_timer('P1D')}\nendEvent won\nendEvent lost\n"
        "start > wait\nwait > answer > won\nwait > silence > lost"
    )

    def test_races_with_the_timer(self) -> None:
        result = run(
            self.RACE,
            roots=message("answer"),
            arrivals=MINUTE_APART,
            cases=2_000,
            replications=2,
            warm_up=0,
            seed=1,
            messages={"answer": {"delay": exponential(86_400)}},
        )

        assert document(result)["outcomes"]["won"] == pytest.approx(0.632, abs=0.03)

    def test_may_never_come(self) -> None:
        result = run(
            self.RACE,
            roots=message("answer"),
            arrivals=MINUTE_APART,
            cases=1_000,
            replications=2,
            warm_up=0,
            seed=1,
            messages={"answer": {"delay": "PT1H", "probability": 0.3}},
        )

        assert document(result)["outcomes"]["won"] == pytest.approx(0.3, abs=0.04)

    def test_brings_what_a_condition_reads(self) -> None:
        drawing = (
            f"startEvent start\nintermediateCatchEvent answer {on_message('answer')}\n"
            "exclusiveGateway big default=big_no\nendEvent yes\nendEvent no\n"
            "start > answer > big\nbig -yes| amount > 10-> yes\nbig -no-> no"
        )
        result = run(
            drawing,
            roots=message("answer"),
            arrivals=MINUTE_APART,
            cases=500,
            replications=2,
            warm_up=0,
            seed=1,
            variables={"amount": 0},
            messages={
                "answer": {"delay": "PT1H", "payload": {"amount": {"distribution": "uniform", "min": 0, "max": 20}}}
            },
        )

        assert document(result)["outcomes"]["yes"] == pytest.approx(0.5, abs=0.06)
        assert result.carried_by == "kernel"


class TestWays:
    def test_are_shared_as_the_flows_say(self) -> None:
        result = run(
            "startEvent start\nexclusiveGateway which\nendEvent a\nendEvent b\nendEvent c\n"
            "start > which\nwhich -a-> a\nwhich -b-> b\nwhich -c-> c",
            cases=4_000,
            replications=2,
            warm_up=0,
            seed=1,
            flows={"which_a": 0.5, "which_b": 0.2},
        )

        outcomes = document(result)["outcomes"]
        assert outcomes == pytest.approx({"a": 0.5, "b": 0.2, "c": 0.3}, abs=0.025)

    def test_are_chosen_by_the_conditions_of_the_chart_where_all_is_known(self) -> None:
        joined, records = once(
            "startEvent start\nexclusiveGateway hot default=hot_no\nendEvent yes\nendEvent no\n"
            "start > hot\nhot -yes| lead.score > 50-> yes\nhot -no-> no",
            cases=200,
            arrivals=MINUTE_APART,
            records=[{"lead": {"score": 10}}, {"lead": {"score": 90}}],
        )

        assert {tuple(trace) for trace in records.traces or ()} == {("start", "yes"), ("start", "no")}
        assert not any("flows" in each for each in joined.assumptions)

    def test_take_each_inclusive_way_by_its_own_chance(self) -> None:
        result = run(
            "startEvent start\ninclusiveGateway fork\nuserTask A\nuserTask B\ninclusiveGateway join\nendEvent end\n"
            "start > fork\nfork -a-> A\nfork -b-> B\nA > join\nB > join\njoin > end",
            cases=4_000,
            replications=2,
            warm_up=0,
            seed=1,
            flows={"fork_a": 1.0, "fork_b": 0.25},
        )

        steps = document(result)["steps"]
        assert steps["A"]["executions"] == 4_000
        assert steps["B"]["executions"] == pytest.approx(1_000, rel=0.1)

    def test_follow_what_people_answer(self) -> None:
        outcome = '<tl:workItem><tl:outcome value="reached"/><tl:outcome value="voicemail"/></tl:workItem>'
        drawing = (
            f"startEvent start\nuserTask Call <extensionElements>{outcome}</extensionElements>\n"
            "exclusiveGateway talked default=talked_no\nendEvent yes\nendEvent no\nstart > Call > talked\n"
            'talked -yes| outcome = "reached"-> yes\ntalked -no-> no'
        )

        result = run(
            drawing,
            cases=4_000,
            replications=2,
            warm_up=0,
            seed=1,
            tasks={"Call": {"outcomes": {"reached": 3, "voicemail": 1}, "duration": "PT1M"}},
        )

        assert document(result)["outcomes"]["yes"] == pytest.approx(0.75, abs=0.02)
        assert result.carried_by == "table"

    def test_go_on_at_the_error_that_a_step_ends_with(self) -> None:
        result = run(
            "startEvent start\nserviceTask Send\nendEvent sent\nendEvent failed\n"
            f"boundaryEvent bounce attachedToRef=Send {on_error('E1')}\nstart > Send > sent\nbounce > failed",
            roots=error("E1"),
            cases=2_000,
            replications=2,
            warm_up=0,
            seed=1,
            tasks={"Send": {"duration": "PT1S", "error": {"code": "E1", "probability": 0.1}}},
        )

        assert document(result)["outcomes"]["failed"] == pytest.approx(0.1, abs=0.02)


class TestInside:
    def test_a_sub_process_for_each_of_three_is_worked_on_at_once(self) -> None:
        loop = (
            '<multiInstanceLoopCharacteristics isSequential="{}"><loopCardinality>3</loopCardinality>'
            "</multiInstanceLoopCharacteristics>"
        )
        drawing = f"startEvent start\nuserTask Ask {loop}\nendEvent end\nstart > Ask > end"

        together = once(drawing.replace("{}", "false"), arrivals=times("09:00"), tasks={"Ask": {"duration": "PT1H"}})
        in_turn = once(drawing.replace("{}", "true"), arrivals=times("09:00"), tasks={"Ask": {"duration": "PT1H"}})

        assert [each["ended"] for each in work_of(*together)] == [1, 1, 1]
        assert [each["ended"] for each in work_of(*in_turn)] == [1, 2, 3]

    def test_a_called_process_is_simulated_inside(self) -> None:
        called = (
            '<process id="inner" isExecutable="true"><startEvent id="s"/><userTask id="w" name="Work"/>'
            '<endEvent id="e"/><sequenceFlow id="x" sourceRef="s" targetRef="w"/>'
            '<sequenceFlow id="y" sourceRef="w" targetRef="e"/></process>'
        )
        joined = once(
            "startEvent start\ncallActivity Order calledElement=inner\nuserTask After\nendEvent end\n"
            "start > Order > After > end",
            extra=called,
            process="process",
            arrivals=times("09:00"),
            tasks={"Work": {"duration": "PT2H"}, "After": {"duration": "PT1H"}},
        )

        assert [(each["node"], each["begun"], each["ended"]) for each in work_of(*joined)] == [
            ("w", 0, 2),
            ("After", 2, 3),
        ]
        assert list(joined[1].ended) == [3 * 3_600_000_000]

    def test_a_call_to_a_process_elsewhere_takes_time_as_a_step(self) -> None:
        joined = once(
            "startEvent start\ncallActivity Order calledElement=elsewhere\nendEvent end\nstart > Order > end",
            arrivals=times("09:00"),
            tasks={"Order": {"duration": "PT2H"}},
        )

        assert [each["ended"] for each in work_of(*joined)] == [2]


class TestCost:
    def test_is_that_of_the_hours_and_of_the_executions(self) -> None:
        report = document(
            run(
                ONE_STEP,
                arrivals=constant("PT1H"),
                cases=10,
                replications=2,
                warm_up=0,
                resources={"R": {"cost_per_hour": 40}},
                tasks={"Serve": {"duration": "PT30M", "resource": "R", "cost": 3}},
            )
        )

        assert report["cost_per_case"] == 23
        assert report["steps"]["Serve"]["cost"] == 230
        assert report["resources"]["R"]["cost"] == 200


class TestIncident:
    def test_is_told_and_the_case_is_unfinished(self) -> None:
        result = run(
            "startEvent start\nexclusiveGateway hot\nendEvent yes\nstart > hot\nhot -yes| score > 50-> yes\n"
            "endEvent no\nhot -no| score > 60-> no",
            cases=10,
            replications=1,
            warm_up=0,
            variables={"score": 50},
        )

        report = document(result)
        assert report["outcomes"] == {"unfinished": 1.0}
        assert any("matches none of 2" in each for each in report["assumptions"])


class TestEndless:
    def test_a_case_that_never_leaves_its_loop_is_told(self) -> None:
        with pytest.raises(Endless, match="still goes round at 'Serve' after 10,000 steps"):
            run(
                "startEvent start\nuserTask Serve\nexclusiveGateway again\nendEvent end\n"
                "start > Serve > again\nagain -back-> Serve\nagain > end",
                cases=3,
                replications=1,
                flows={"again_back": 1.0},
            )


class TestWatch:
    def test_is_told_how_far_it_is(self) -> None:
        told: list[float] = []
        joined = setting(ONE_STEP, cases=5_000, replications=3, arrivals=MINUTE_APART)

        def watch(share: float) -> bool:
            told.append(share)
            return True

        simulate(joined, watch=watch)

        assert told == sorted(told)
        assert told[-1] == 1
        assert len(told) > 3

    def test_stops_when_it_is_not_wanted_any_more(self) -> None:
        joined = setting(ONE_STEP, cases=50_000, replications=3, arrivals=MINUTE_APART)

        with pytest.raises(Cancelled):
            simulate(joined, watch=lambda share: share < 0.01)
