from __future__ import annotations

from dataclasses import replace

import pytest

from throughline.flow.bpmn import edit, model
from throughline.flow.bpmn.edit.tests.charts import FIRST_CONTACT, GROUPED, MAIL, PLAIN, element, lane_of

_OTHERS = model.Collaboration(id="c", participants=(model.Participant(id="customer", name="Customer"),))


def _pools(chart: model.Definitions) -> list[tuple[str, str]]:
    """The name and the process of each pool."""
    return [(pool.name, pool.process_ref) for each in chart.collaborations for pool in each.participants]


class TestPutInLane:
    def test_a_role_without_a_lane_gets_one(self) -> None:
        chart = edit.put_in_lane(FIRST_CONTACT, node="call", role="service", name="Service")

        assert lane_of(chart, "call") == ["Service"]
        assert lane_of(chart, "late") == ["Service"]

    def test_a_role_with_a_lane_does_not_get_another(self) -> None:
        chart = edit.put_in_lane(FIRST_CONTACT, node="call", role="manager", name="Manager")

        assert lane_of(chart, "call") == ["Manager"]
        assert [lane.name for lane in chart.processes[0].lanes] == ["Sales", "Manager"]

    def test_where_a_step_is_already_it_stays(self) -> None:
        assert edit.put_in_lane(FIRST_CONTACT, node="call", lane="lane_sales") == FIRST_CONTACT

    def test_a_lane_that_is_gone_is_said(self) -> None:
        with pytest.raises(
            edit.NotEditable, match=r"^This lane is no longer in the drawing. Look at the drawing again.$"
        ):
            edit.put_in_lane(FIRST_CONTACT, node="call", lane="lane_service")

    def test_a_group_is_in_one_lane_with_all_its_steps(self) -> None:
        with pytest.raises(
            edit.NotEditable, match=r"^“Pick” is inside a group of steps, which is in one lane. Move the group.$"
        ):
            edit.put_in_lane(GROUPED, node="pick", role="service", name="Service")


class TestAddLane:
    def test_comes_last_and_is_empty(self) -> None:
        chart, made = edit.add_lane(FIRST_CONTACT, name="Service", role="service")

        lanes = chart.processes[0].lanes
        assert [(lane.id, edit.role_of(lane)) for lane in lanes] == [
            ("lane_sales", "sales"), ("lane_manager", "manager"), (made, "service"),
        ]  # fmt: skip
        assert lanes[-1].nodes == ()

    def test_the_first_takes_all_steps_in(self) -> None:
        chart, made = edit.add_lane(PLAIN, name="Office")

        (lane,) = chart.processes[0].lanes
        assert (lane.id, lane.nodes, edit.role_of(lane)) == (made, ("begin", "one", "end"), "")

    def test_without_a_pool_one_is_drawn_around_the_lanes(self) -> None:
        chart, _ = edit.add_lane(PLAIN, name="Office")

        assert _pools(chart) == [("P", "p")]

    def test_a_pool_that_is_there_is_not_drawn_twice(self) -> None:
        chart, _ = edit.add_lane(FIRST_CONTACT, name="Service")

        assert _pools(chart) == _pools(FIRST_CONTACT) == [("First contact", "p")]

    def test_the_pool_comes_beside_those_of_others(self) -> None:
        chart, _ = edit.add_lane(replace(PLAIN, elements=(_OTHERS, *PLAIN.elements)), name="Office")

        assert _pools(chart) == [("P", "p"), ("Customer", "")]

    def test_new_steps_without_a_way_go_into_the_first_lane_that_holds_none(self) -> None:
        outer = model.Lane(id="outer", name="Office", child_set=model.LaneSet(lanes=(model.Lane(id="in", name="In"),)))
        (process,) = PLAIN.processes
        laned = replace(process, lane_sets=(model.LaneSet(id="lanes", lanes=(outer,)),))
        chart = replace(PLAIN, elements=(laned,))

        chart, made = edit.add_alone(chart, step=MAIL)

        assert lane_of(chart, made) == ["In"]
        assert element(chart, made).name == "Write a mail"
