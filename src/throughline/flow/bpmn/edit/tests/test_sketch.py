from __future__ import annotations

from dataclasses import replace

import pytest

from throughline.flow.bpmn import edit, model
from throughline.flow.bpmn.edit.tests.charts import FIRST_CONTACT, GROUPED, MAIL, PLAIN, element, ids


def _with_messages(*flows: tuple[str, str]) -> model.Definitions:
    """The first chart with message flows between its steps and a customer."""
    (pools,) = FIRST_CONTACT.collaborations
    customer = model.Participant(id="customer", name="Customer")
    messages = tuple(model.MessageFlow(id=f"{one}_{other}", source=one, target=other) for one, other in flows)
    grown = replace(pools, participants=(*pools.participants, customer), message_flows=messages)
    return replace(FIRST_CONTACT, elements=tuple(grown if each is pools else each for each in FIRST_CONTACT.elements))


class TestIds:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("2nd call", "userTask_2nd_call"),
            ("Très épais", "tres_epais"),
            ("Call", "call_2"),
            ("Lane Sales", "lane_sales_2"),
            ("late timer", "late_timer_2"),
            ("a" * 60, "a" * 40),
        ],
    )
    def test_are_made_of_the_name_and_of_nothing_that_is_taken(self, name: str, expected: str) -> None:
        assert edit.add_after(FIRST_CONTACT, after="captured", step=MAIL, name=name)[1] == expected

    def test_a_drawing_without_a_plane_takes_none(self) -> None:
        chart = replace(PLAIN, diagrams=(model.Diagram(id="one_2", plane=None),))

        assert edit.add_after(chart, after="begin", step=MAIL, name="One")[1] == "one_3"

    def test_those_of_notes_are_taken(self) -> None:
        assert edit.add_after(GROUPED, after="begin", step=MAIL, name="By hand")[1] == "by_hand_2"
        assert edit.add_after(GROUPED, after="pick", step=MAIL, name="With care")[1] == "with_care_2"

    def test_those_of_messages_are_taken(self) -> None:
        chart = _with_messages(("call", "customer"))

        assert edit.add_after(chart, after="call", step=MAIL, name="Call customer")[1] == "call_customer_2"


class TestLooseEnds:
    def test_a_note_loses_its_line_to_what_is_gone(self) -> None:
        chart = edit.delete(GROUPED, node="order")

        (process,) = chart.processes
        assert [each.id for each in process.artifacts] == ["by_hand", "by_hand_end"]

    def test_a_note_inside_a_group_does_too(self) -> None:
        chart = edit.delete(GROUPED, node="wrap")

        order = element(chart, "order")
        assert isinstance(order, model.SubProcess)
        assert [each.id for each in order.artifacts] == ["with_care"]

    def test_a_message_goes_with_the_step_that_sent_it(self) -> None:
        chart = edit.delete(_with_messages(("call", "customer"), ("customer", "done")), node="call")

        assert [flow.id for flow in chart.collaborations[0].message_flows] == ["customer_done"]

    def test_messages_of_others_stay(self) -> None:
        chart = _with_messages(("call", "customer"))

        assert edit.delete(chart, node="done").collaborations == chart.collaborations


class TestGroups:
    def test_a_step_inside_a_group_is_changed_there(self) -> None:
        chart, made = edit.add_after(GROUPED, after="pick", step=MAIL)

        order = element(chart, "order")
        assert isinstance(order, model.SubProcess)
        assert made in {node.id for node in order.nodes}

    def test_a_group_goes_with_all_that_is_inside(self) -> None:
        chart = edit.delete(GROUPED, node="order")

        assert {node for node in ids(chart) if "_" not in node} == {"begin", "end"}


class TestPicture:
    def test_notes_inside_a_group_belong_to_it(self) -> None:
        drawn, _ = edit.add_after(GROUPED, after="pick", step=MAIL)

        assert edit.rename(drawn, element="pick", name="Choose").diagrams == drawn.diagrams
