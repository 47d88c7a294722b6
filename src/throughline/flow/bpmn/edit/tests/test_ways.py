from __future__ import annotations

from typing import cast

import pytest

from throughline.flow.bpmn import edit, model
from throughline.flow.bpmn.edit.tests.charts import FIRST_CONTACT, GROUPED, PLAIN, TELL, element, ids, lane_of, ways

YES_OR_NO = (edit.Way("Yes", "true", "call"), edit.Way("No", "", "end:Not"))


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

    def test_where_nothing_is_decided_a_way_needs_none(self) -> None:
        assert "captured > tell" in ways(edit.connect(FIRST_CONTACT, source="captured", target="tell"))

    def test_a_group_is_not_entered_from_outside(self) -> None:
        with pytest.raises(
            edit.NotEditable,
            match=r"^“Begin” and “Pick” are in different groups or pools. Connect steps of the same one.$",
        ):
            edit.connect(GROUPED, source="begin", target="pick")


class TestSetCondition:
    def test_another_way_becomes_the_one_for_otherwise(self) -> None:
        chart = edit.set_condition(FIRST_CONTACT, flow="yes", label="Yes", condition="", otherwise=True)

        assert cast("model.ExclusiveGateway", element(chart, "reached")).default == "yes"
        assert cast("model.SequenceFlow", element(chart, "yes")).condition is None

    def test_a_way_with_a_condition_is_no_longer_for_otherwise(self) -> None:
        chart = edit.set_condition(FIRST_CONTACT, flow="no", label="No", condition='outcome = "no"')

        assert cast("model.ExclusiveGateway", element(chart, "reached")).default == ""

    def test_the_same_label_and_condition_change_nothing(self) -> None:
        same = edit.set_condition(FIRST_CONTACT, flow="yes", label="Yes", condition='outcome = "reached"')

        assert same == FIRST_CONTACT

    def test_no_condition_takes_it_away(self) -> None:
        chart = edit.set_condition(FIRST_CONTACT, flow="yes", label="Yes", condition="")

        assert cast("model.SequenceFlow", element(chart, "yes")).condition is None

    def test_a_way_that_is_gone_is_said(self) -> None:
        with pytest.raises(
            edit.NotEditable, match=r"^This way is no longer in the drawing. Look at the drawing again.$"
        ):
            edit.set_condition(FIRST_CONTACT, flow="call", label="", condition="")


class TestRedirect:
    def test_to_where_it_leads_already_changes_nothing(self) -> None:
        assert edit.redirect(FIRST_CONTACT, flow="no", target="lost") == FIRST_CONTACT

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

    def test_a_step_that_led_nowhere_leads_to_the_decision(self) -> None:
        chart = edit.disconnect(FIRST_CONTACT, flow="f1")

        chart, decision = edit.branch(chart, after="captured", question="New?", ways=YES_OR_NO)

        assert {f"captured > {decision}", f"{decision} > call"} <= ways(chart)

    @pytest.mark.parametrize(
        ("after", "ways", "sentence"),
        [
            ("done", YES_OR_NO, "“Done” is an end: nothing comes after it. Choose a step before it."),
            ("captured", YES_OR_NO[:1], "A decision needs at least two ways. Add one."),
            ("reached", YES_OR_NO, "Several ways lead on from “Reached?” already. Change those."),
            ("never", YES_OR_NO, "This step is no longer in the drawing. Look at the drawing again."),
        ],
    )
    def test_where_no_decision_can_be_is_said(self, after: str, ways: tuple[edit.Way, ...], sentence: str) -> None:
        with pytest.raises(edit.NotEditable) as refused:
            edit.branch(FIRST_CONTACT, after=after, question="New?", ways=ways)

        assert str(refused.value) == sentence


@pytest.mark.req("A1")
class TestSetWays:
    def test_behind_a_step_without_a_decision_one_is_put(self) -> None:
        chart = edit.set_ways(
            FIRST_CONTACT,
            after="tell",
            question="Heard?",
            ways=[
                edit.Way("Yes", "heard"),
                edit.Way("No", "", "end:Not heard"),
            ],
        )

        assert {"tell > heard", "heard > told"} <= ways(chart)
        assert element(chart, "heard").name == "Heard?"
        assert lane_of(chart, "heard") == ["Manager"]

    def test_one_way_leads_to_another_step_directly(self) -> None:
        chart = edit.set_ways(FIRST_CONTACT, after="tell", question="", ways=[edit.Way("", "", "call")])

        assert "tell > call" in ways(chart)
        assert "tell > told" not in ways(chart)

    def test_a_step_that_led_nowhere_leads_to_a_new_end(self) -> None:
        chart = edit.disconnect(FIRST_CONTACT, flow="f6")

        chart = edit.set_ways(chart, after="tell", question="", ways=[edit.Way("", "", "end:Heard")])

        assert "tell > end_heard" in ways(chart)
        assert (element(chart, "end_heard").name, lane_of(chart, "end_heard")) == ("Heard", ["Manager"])

    def test_no_way_leads_nowhere(self) -> None:
        chart = edit.set_ways(FIRST_CONTACT, after="tell", question="", ways=[])

        assert ways(chart) == ways(FIRST_CONTACT) - {"tell > told"}

    def test_without_a_new_question_the_old_one_stays(self) -> None:
        chart = edit.set_ways(
            FIRST_CONTACT,
            after="call",
            question="",
            ways=[
                edit.Way("Yes", "true", "done"),
                edit.Way("No", "", "lost"),
            ],
        )

        assert element(chart, "reached").name == "Reached?"

    def test_a_way_whose_condition_is_not_known_yet_has_none(self) -> None:
        chart = edit.set_ways(
            FIRST_CONTACT,
            after="call",
            question="",
            ways=[
                edit.Way("Yes", "", "done"),
                edit.Way("No", "", "lost"),
            ],
        )

        yes, no = (flow for flow in chart.processes[0].flows if flow.source == "reached")
        assert (yes.target, yes.condition, no.condition) == ("done", None, None)
        assert cast("model.ExclusiveGateway", element(chart, "reached")).default == no.id

    def test_in_a_chart_without_lanes_the_decision_is_in_none(self) -> None:
        chart = edit.set_ways(
            PLAIN,
            after="one",
            question="Which?",
            ways=[
                edit.Way("This", "true"),
                edit.Way("That", "", "end:That"),
            ],
        )

        assert {"one > which", "which > end", "which > end_that"} <= ways(chart)
        assert chart.processes[0].lanes == ()

    @pytest.mark.parametrize("number", [0, 1, 2])
    @pytest.mark.parametrize(
        ("after", "sentence"),
        [
            ("done", "“Done” is an end: nothing comes after it. Choose a step before it."),
            ("never", "This step is no longer in the drawing. Look at the drawing again."),
        ],
    )
    def test_what_nothing_can_follow_is_said(self, after: str, sentence: str, number: int) -> None:
        with pytest.raises(edit.NotEditable) as refused:
            edit.set_ways(FIRST_CONTACT, after=after, question="New?", ways=YES_OR_NO[:number])

        assert str(refused.value) == sentence

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

    def test_a_reminder_of_another_name_stays(self) -> None:
        chart, first = edit.remind(FIRST_CONTACT, node="tell", after="PT1H", name="Late", step=TELL)
        chart, second = edit.remind(chart, node="tell", after="PT8H", name="Very late", step=TELL)

        assert {first, second, "tell_late", "tell_late_2"} <= ids(chart)

    def test_without_a_step_the_reminder_goes(self) -> None:
        chart, _ = edit.remind(FIRST_CONTACT, node="tell", after="PT1H", name="Late", step=TELL)

        chart, node = edit.remind(chart, node="tell", after="", name="Late", step=None)

        assert node == "tell"
        assert ids(chart) == ids(FIRST_CONTACT)

    def test_what_takes_no_time_is_never_late(self) -> None:
        with pytest.raises(
            edit.NotEditable, match=r"^“Reached\?” takes no time. Choose a step that somebody works on.$"
        ):
            edit.remind(FIRST_CONTACT, node="reached", after="PT1H", name="Late", step=TELL)
