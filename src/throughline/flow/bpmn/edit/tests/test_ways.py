from __future__ import annotations

from typing import cast

import pytest

from throughline.flow.bpmn import edit, model
from throughline.flow.bpmn.edit.tests.charts import FIRST_CONTACT, TELL, element, lane_of, ways


@pytest.mark.req("A1")
class TestConnect:
    def test_leads_from_one_step_to_another_when_a_condition_holds(self) -> None:
        chart = edit.connect(FIRST_CONTACT, source="reached", target="call", label="Again", condition="tries < 3")

        flow = cast("model.SequenceFlow", element(chart, "f_reached_call"))
        assert (flow.name, flow.condition.text if flow.condition else "") == ("Again", "tries < 3")

    @pytest.mark.parametrize(
        ("source", "target", "words"),
        [
            ("done", "call", "“Done” is an end"),
            ("call", "captured", "“Lead captured” is a start"),
            ("call", "late", "happens to its step"),
            ("call", "call", "to itself"),
            ("call", "reached", "already"),
        ],
    )
    def test_what_cannot_be_connected_is_said(self, source: str, target: str, words: str) -> None:
        with pytest.raises(edit.NotEditable, match=words):
            edit.connect(FIRST_CONTACT, source=source, target=target)

    def test_where_nothing_is_decided_a_way_has_no_condition(self) -> None:
        with pytest.raises(edit.NotEditable, match="nothing is decided"):
            edit.connect(FIRST_CONTACT, source="captured", target="tell", condition="true")


class TestSetCondition:
    def test_another_way_becomes_the_one_for_otherwise(self) -> None:
        chart = edit.set_condition(FIRST_CONTACT, flow="yes", label="Yes", condition="", otherwise=True)

        assert cast("model.ExclusiveGateway", element(chart, "reached")).default == "yes"
        assert cast("model.SequenceFlow", element(chart, "yes")).condition is None

    def test_a_way_with_a_condition_is_no_longer_for_otherwise(self) -> None:
        chart = edit.set_condition(FIRST_CONTACT, flow="no", label="No", condition='outcome = "no"')

        assert cast("model.ExclusiveGateway", element(chart, "reached")).default == ""


class TestRedirect:
    def test_leads_elsewhere_with_the_same_label(self) -> None:
        chart = edit.redirect(FIRST_CONTACT, flow="no", target="call")

        flow = cast("model.SequenceFlow", element(chart, "no"))
        assert (flow.target, flow.name) == ("call", "No")


@pytest.mark.req("A1")
class TestBranch:
    def test_parts_the_way_and_the_last_is_for_otherwise(self) -> None:
        chart, decision = edit.branch(
            FIRST_CONTACT,
            after="captured",
            question="New?",
            ways=[edit.Way("Yes", 'lead.status = "New"'), edit.Way("No", "", "end:Known already")],
        )

        exits = {exit_.label: exit_ for row in edit.outline(chart) if row.id == decision for exit_ in row.exits}
        assert exits["Yes"].target == "call"
        assert exits["No"].otherwise
        assert element(chart, exits["No"].target).name == "Known already"

    def test_two_ways_to_one_step_are_one(self) -> None:
        with pytest.raises(edit.NotEditable, match="Two ways"):
            edit.branch(FIRST_CONTACT, after="captured", question="?", ways=[edit.Way("A", "true"), edit.Way("B", "")])


@pytest.mark.req("A1")
class TestSetWays:
    def test_replaces_the_ways_of_the_decision_behind_a_step(self) -> None:
        chart = edit.set_ways(
            FIRST_CONTACT,
            after="call",
            question="Reached?",
            ways=[edit.Way("Reached", 'outcome = "reached"', "done"), edit.Way("Again", "", "call")],
        )

        assert {"reached > done", "reached > call"} <= ways(chart)
        assert "reached > lost" not in ways(chart)

    def test_one_way_needs_no_decision(self) -> None:
        chart = edit.set_ways(FIRST_CONTACT, after="call", question="", ways=[edit.Way("", "", "done")])

        assert "call > done" in ways(chart)
        assert not any("reached" in way for way in ways(chart))


@pytest.mark.req("A1")
class TestRemind:
    def test_something_happens_beside_a_step_that_takes_long(self) -> None:
        chart, told = edit.remind(
            FIRST_CONTACT, node="tell", after="PT1H", name="Late", step=TELL, end_name="Manager told"
        )

        deadline = cast("model.BoundaryEvent", element(chart, "tell_late"))
        assert (deadline.attached_to, deadline.cancel_activity) == ("tell", False)
        assert {f"tell_late > {told}", f"{told} > tell_late_end"} <= ways(chart)
        assert lane_of(chart, told) == ["Manager"]

    def test_said_twice_it_counts_once(self) -> None:
        chart, _ = edit.remind(FIRST_CONTACT, node="tell", after="PT1H", name="Late", step=TELL)
        chart, _ = edit.remind(chart, node="tell", after="PT2H", name="Late", step=TELL)

        assert len([row for row in edit.outline(chart) if row.after == "tell"]) == 1


class TestPutInLane:
    def test_a_role_without_a_lane_gets_one(self) -> None:
        chart = edit.put_in_lane(FIRST_CONTACT, node="call", role="service", name="Service")

        assert lane_of(chart, "call") == ["Service"]
        assert lane_of(chart, "late") == ["Service"]

    def test_a_role_with_a_lane_does_not_get_another(self) -> None:
        chart = edit.put_in_lane(FIRST_CONTACT, node="call", role="manager", name="Manager")

        assert lane_of(chart, "call") == ["Manager"]
        assert [lane.name for lane in chart.processes[0].lanes] == ["Sales", "Manager"]
