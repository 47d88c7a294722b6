from __future__ import annotations

from typing import cast

import pytest

from throughline.flow.bpmn import edit, model
from throughline.flow.bpmn.edit.tests.charts import (
    END,
    FIRST_CONTACT,
    MAIL,
    SCRIPT,
    START,
    WAIT,
    element,
    lane_of,
    ways,
)


@pytest.mark.req("A1")
class TestAddAfter:
    def test_puts_the_step_into_the_way_on_and_into_the_lane(self) -> None:
        chart, made = edit.add_after(FIRST_CONTACT, after="call", step=MAIL, name="Write first")

        assert made == "write_first"
        assert {"call > write_first", "write_first > reached"} <= ways(chart)
        assert "call > reached" not in ways(chart)
        assert lane_of(chart, made) == ["Sales"]

    def test_has_what_the_catalogue_furnishes(self) -> None:
        chart, made = edit.add_after(FIRST_CONTACT, after="call", step=MAIL)

        work = element(chart, made).extensions.work_item

        assert work is not None
        assert (work.due, [outcome.label for outcome in work.outcomes]) == ('duration("P1D")', ["Sent"])

    def test_keeps_the_label_and_condition_of_a_way_before_the_new_step(self) -> None:
        chart, made = edit.add_after(FIRST_CONTACT, after="reached", step=MAIL, way="yes")

        flow = cast("model.SequenceFlow", element(chart, "yes"))
        assert (flow.target, flow.name) == (made, "Yes")
        assert flow.condition is not None
        assert f"{made} > done" in ways(chart)

    def test_of_several_ways_one_must_be_chosen(self) -> None:
        with pytest.raises(edit.NotEditable, match="Several ways lead on from “Reached\\?”"):
            edit.add_after(FIRST_CONTACT, after="reached", step=MAIL)

    def test_nothing_comes_after_an_end(self) -> None:
        with pytest.raises(edit.NotEditable, match="“Done” is an end"):
            edit.add_after(FIRST_CONTACT, after="done", step=MAIL)

    def test_an_end_cuts_its_way_off(self) -> None:
        chart, made = edit.add_after(FIRST_CONTACT, after="call", step=END)

        assert f"call > {made}" in ways(chart)
        assert not [way for way in ways(chart) if way.endswith("> reached")]

    def test_names_that_repeat_get_ids_of_their_own(self) -> None:
        chart, first = edit.add_after(FIRST_CONTACT, after="call", step=MAIL)
        chart, second = edit.add_after(chart, after="call", step=MAIL)

        assert (first, second) == ("write_a_mail", "write_a_mail_2")

    def test_a_name_without_latin_letters_still_gets_an_id(self) -> None:
        assert edit.add_after(FIRST_CONTACT, after="call", step=MAIL, name="联系")[1] == "userTask"

    def test_times_and_scripts_are_read_from_the_catalogue(self) -> None:
        chart, wait = edit.add_after(FIRST_CONTACT, after="call", step=WAIT)
        chart, script = edit.add_after(chart, after=wait, step=SCRIPT)

        event = cast("model.IntermediateCatchEvent", element(chart, wait))
        timer = cast("model.TimerEventDefinition", event.definitions[0])
        assert timer.duration is not None
        assert timer.duration.text == "P1D"
        assert cast("model.ScriptTask", element(chart, script)).result == "n"

    def test_a_start_is_added_alone(self) -> None:
        with pytest.raises(edit.NotEditable, match="nothing before it"):
            edit.add_after(FIRST_CONTACT, after="call", step=START)

        chart, made = edit.add_alone(FIRST_CONTACT, step=START)

        assert lane_of(chart, made) == ["Sales"]


@pytest.mark.req("A1")
class TestDelete:
    def test_joins_what_was_before_with_what_came_after(self) -> None:
        chart = edit.delete(FIRST_CONTACT, node="reached")

        assert "call > lost" in ways(chart)

    def test_takes_exceptions_and_what_only_they_led_to_along(self) -> None:
        chart = edit.delete(FIRST_CONTACT, node="call")

        assert ways(chart) == {"captured > reached", "reached > done", "reached > lost"}
        assert lane_of(chart, "tell") == []

    def test_of_an_exception_leaves_its_step(self) -> None:
        chart = edit.delete(FIRST_CONTACT, node="late")

        assert "call > reached" in ways(chart)
        assert not [way for way in ways(chart) if "tell" in way]

    def test_of_an_end_leaves_the_step_before_without_a_way(self) -> None:
        assert "reached > done" not in ways(edit.delete(FIRST_CONTACT, node="done"))

    def test_of_a_default_way_makes_none_the_default(self) -> None:
        chart = edit.disconnect(FIRST_CONTACT, flow="no")

        assert cast("model.ExclusiveGateway", element(chart, "reached")).default == ""

    def test_what_is_gone_cannot_go(self) -> None:
        with pytest.raises(edit.NotEditable, match="no longer in the drawing"):
            edit.delete(FIRST_CONTACT, node="never")


@pytest.mark.req("A1")
class TestMoveAfter:
    def test_mends_the_old_place(self) -> None:
        chart, made = edit.add_after(FIRST_CONTACT, after="captured", step=MAIL)

        chart = edit.move_after(chart, node=made, after="call")

        assert {"captured > call", f"call > {made}", f"{made} > reached"} <= ways(chart)

    def test_can_go_into_a_chosen_way(self) -> None:
        chart, made = edit.add_after(FIRST_CONTACT, after="captured", step=MAIL)

        chart = edit.move_after(chart, node=made, after="reached", way="yes")

        assert {f"reached > {made}", f"{made} > done", "captured > call"} <= ways(chart)

    @pytest.mark.parametrize(
        ("node", "after", "words"),
        [
            ("done", "call", "begins or ends"),
            ("reached", "captured", "Several ways leave"),
            ("call", "call", "after itself"),
            ("call", "done", "is an end"),
        ],
    )
    def test_what_cannot_move_is_said(self, node: str, after: str, words: str) -> None:
        with pytest.raises(edit.NotEditable, match=words):
            edit.move_after(FIRST_CONTACT, node=node, after=after)


class TestChangeKind:
    def test_keeps_name_ways_and_id(self) -> None:
        chart = edit.change_kind(FIRST_CONTACT, node="tell", step=MAIL)

        step = element(chart, "tell")
        assert isinstance(step, model.UserTask)
        assert step.name == "Tell the manager"
        assert ways(chart) == ways(FIRST_CONTACT)

    def test_an_end_is_no_task(self) -> None:
        with pytest.raises(edit.NotEditable, match="cannot become that"):
            edit.change_kind(FIRST_CONTACT, node="done", step=MAIL)
