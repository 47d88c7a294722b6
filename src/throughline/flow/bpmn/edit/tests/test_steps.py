from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from throughline.flow.bpmn import edit, model
from throughline.flow.bpmn.edit.tests.charts import (
    END,
    FIRST_CONTACT,
    GROUPED,
    MAIL,
    PLAIN,
    SCRIPT,
    START,
    TELL,
    WAIT,
    element,
    exceptions_of,
    ids,
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

    def test_after_a_step_that_led_nowhere_it_is_the_last(self) -> None:
        chart = edit.disconnect(FIRST_CONTACT, flow="f6")

        chart, made = edit.add_after(chart, after="tell", step=MAIL)

        assert f"tell > {made}" in ways(chart)
        assert not [way for way in ways(chart) if way.startswith(f"{made} >")]

    def test_a_way_that_is_gone_is_said(self) -> None:
        with pytest.raises(
            edit.NotEditable, match=r"^This way is no longer in the drawing. Look at the drawing again.$"
        ):
            edit.add_after(FIRST_CONTACT, after="call", step=MAIL, way="yes")

    def test_an_id_that_is_taken_is_said(self) -> None:
        with pytest.raises(edit.NotEditable, match=r"^There is a step “tell” already. Choose another name.$"):
            edit.add_after(FIRST_CONTACT, after="call", step=MAIL, node_id="tell")

    def test_in_a_chart_without_lanes_it_is_in_none(self) -> None:
        chart, made = edit.add_alone(PLAIN, step=START, node_id="by_mail")

        assert made == "by_mail"
        assert ids(chart) == {*ids(PLAIN), "by_mail"}
        assert lane_of(chart, made) == []


@pytest.mark.req("A1")
class TestDelete:
    def test_of_the_only_start_is_refused(self) -> None:
        with pytest.raises(edit.NotEditable, match=r"^“Lead captured” is the only start. Add another one first.$"):
            edit.delete(FIRST_CONTACT, node="captured")

    def test_of_one_of_two_starts_leaves_the_other(self) -> None:
        chart, made = edit.add_alone(FIRST_CONTACT, step=START)

        chart = edit.delete(chart, node="captured")

        assert "captured" not in ids(chart)
        assert made in ids(chart)

    def test_of_a_step_that_leads_to_itself_leaves_no_way_of_it(self) -> None:
        again = model.SequenceFlow(id="again", source="one", target="one")
        (process,) = PLAIN.processes
        looping = replace(PLAIN, elements=(replace(process, elements=(*process.elements, again)),))

        assert ways(edit.delete(looping, node="one")) == {"begin > end"}

    def test_of_an_exception_takes_the_groups_that_only_it_led_to_along(self) -> None:
        assert ids(edit.delete(GROUPED, node="sold_out")).isdisjoint({"sold_out", "sorry", "ring", "sold_out_sorry"})

    def test_of_an_exception_takes_the_exceptions_behind_it_along(self) -> None:
        chart, told = edit.remind(FIRST_CONTACT, node="tell", after="PT1H", name="Later", step=TELL)
        assert exceptions_of(chart, "tell") == ["tell_late"]

        chart = edit.delete(chart, node="call")

        assert ids(chart).isdisjoint({"late", "tell", "tell_late", told})

    def test_of_an_exception_leaves_what_another_exception_of_the_step_leads_to(self) -> None:
        chart, told = edit.remind(FIRST_CONTACT, node="call", after="PT48H", name="Very late", step=TELL)

        chart = edit.delete(chart, node="late")

        assert {"call", "call_late", told} <= ids(chart)
        assert "tell" not in ids(chart)

    def test_of_an_exception_leaves_its_step_though_only_the_exception_leads_there(self) -> None:
        chart = edit.disconnect(FIRST_CONTACT, flow="f1")
        chart = edit.connect(chart, source="tell", target="call")

        assert {"call", "reached"} <= ids(edit.delete(chart, node="late"))
        assert "call" not in ids(edit.delete(chart, node="call"))

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
            ("late", "tell", "begins or ends"),
        ],
    )
    def test_what_cannot_move_is_said(self, node: str, after: str, words: str) -> None:
        with pytest.raises(edit.NotEditable, match=words):
            edit.move_after(FIRST_CONTACT, node=node, after=after)

    def test_behind_a_step_that_led_nowhere_it_is_the_last(self) -> None:
        chart = edit.disconnect(FIRST_CONTACT, flow="f6")

        chart = edit.move_after(chart, node="call", after="tell")

        assert {"tell > call", "captured > reached"} <= ways(chart)
        assert exceptions_of(chart, "call") == ["late"]

    def test_where_it_is_already_is_said(self) -> None:
        with pytest.raises(edit.NotEditable, match=r"^“Call the lead” is there already. Choose another place.$"):
            edit.move_after(FIRST_CONTACT, node="call", after="captured", way="f2")

    def test_out_of_its_group_is_refused(self) -> None:
        with pytest.raises(
            edit.NotEditable, match=r"^“Pick” and “Begin” are in different groups. Move it inside its own.$"
        ):
            edit.move_after(GROUPED, node="pick", after="begin")


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

    def test_keeps_what_only_some_kinds_have(self) -> None:
        script = edit.change_kind(FIRST_CONTACT, node="call", step=SCRIPT)

        assert element(script, "call").extensions.work_item is None
        assert element(script, "call").extensions.rest == element(FIRST_CONTACT, "call").extensions.rest

    def test_a_start_has_no_default_to_keep(self) -> None:
        monday = edit.template(
            {"element": "bpmn:StartEvent", "event": "bpmn:TimerEventDefinition", "timer": {"timeCycle": "R/P7D"}}
        )

        start = element(edit.change_kind(FIRST_CONTACT, node="captured", step=monday), "captured")

        assert start.name == "Lead captured"
        assert [each.id for each in cast("model.StartEvent", start).definitions] == ["captured_timer"]

    def test_a_group_is_no_task(self) -> None:
        with pytest.raises(
            edit.NotEditable, match=r"^“Order” cannot become that. Add the new step, and remove this one.$"
        ):
            edit.change_kind(GROUPED, node="order", step=MAIL)
