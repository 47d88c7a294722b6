"""What is planned over what is, the activity diagram, and other lanes."""

from __future__ import annotations

import pytest

from throughline.flow import bpmn
from throughline.flow.bpmn import model
from throughline.flow.bpmn.tests.charts import chart as chart_of
from throughline.flow.charts.tests.test_exchange import LEAD_TO_DEAL
from throughline.flow.charts.views import ShapeKind, drawn
from throughline.flow.charts.views.activity import activity
from throughline.flow.charts.views.figure import MARK, Figure
from throughline.flow.charts.views.planned import Plan, PlannedLine, PlannedShape, laid_over, planned_sequence
from throughline.flow.charts.views.relane import by_role, by_system, rearranged, relaned
from throughline.flow.charts.views.uml import Kind, Link, class_diagram
from throughline.flow.engine.compile.roles import roles_of

pytestmark = pytest.mark.req("A2")

REAL = class_diagram(
    [Kind("lead", "Lead", (("Name", "text"),), (Link("Owner", "person"),)), Kind("person", "Person", ())], title="Types"
)
CHART = bpmn.read(LEAD_TO_DEAL)


class TestPlanned:
    """Marked in words and broken lines, and held against what is."""

    def test_stands_below_what_is_and_says_that_it_is_planned(self) -> None:
        plan = Plan(
            (PlannedShape("p1", ShapeKind.CLASS, "Ticket", estimate="40 a day", rows=("Subject",)),),
            (PlannedLine("p1", "lead", "about"),),
        )

        figure, compared = laid_over(REAL, plan)

        ticket = figure.by_id["p1"]
        assert ticket.name == f"Ticket {MARK}"
        assert ticket.rows == ("Subject", "≈ 40 a day")
        assert ticket.y > max(shape.y + shape.height for shape in REAL.shapes)
        assert compared.open == ("Ticket", f"about {MARK}")
        assert "stroke-dasharray" in drawn(figure)

    def test_that_came_true_is_told_and_not_drawn_twice(self) -> None:
        plan = Plan((PlannedShape("p1", ShapeKind.CLASS, "person "),), (PlannedLine("lead", "p1", "Owner"),))

        figure, compared = laid_over(REAL, plan)

        assert len(figure.shapes) == len(REAL.shapes)
        assert compared.came_true == ("person ", "Owner")
        assert compared.open == ()

    def test_places_given_by_hand_stay(self) -> None:
        figure, _ = laid_over(REAL, Plan(places={"lead": (500.0, 700.0), "gone": (0.0, 0.0)}))

        assert (figure.by_id["lead"].x, figure.by_id["lead"].y) == (500.0, 700.0)

    def test_alone_is_a_chart_of_its_own(self) -> None:
        plan = Plan(
            (PlannedShape("a", ShapeKind.STATE, "New"), PlannedShape("b", ShapeKind.STATE, "Solved")),
            (PlannedLine("a", "b"),),
        )

        figure, compared = laid_over(Figure("Ticket", "", ()), plan)

        assert figure.by_id["a"].x != figure.by_id["b"].x
        assert compared.real == 0

    def test_messages_are_told_from_the_top_down(self) -> None:
        plan = Plan(
            (PlannedShape("a", ShapeKind.HEAD, "Customer"), PlannedShape("b", ShapeKind.HEAD, "Sales")),
            (PlannedLine("a", "b", "asks"), PlannedLine("b", "a", "answers")),
        )

        figure = planned_sequence(plan, title="Asking")

        assert [line.text for line in figure.lines] == [f"asks {MARK}", f"answers {MARK}"]

    @pytest.mark.parametrize("kind", list(ShapeKind))
    def test_each_kind_of_shape_can_be_drawn(self, kind: ShapeKind) -> None:
        figure, _ = laid_over(Figure("Any", "", ()), Plan((PlannedShape("a", kind, "Name", estimate="1 h"),)))

        assert drawn(figure).startswith("<svg")


class TestActivity:
    """The activity diagram of a procedure."""

    def test_has_actions_with_who_does_them_decisions_beginnings_and_ends(self) -> None:
        figure = activity(CHART)

        call = next(shape for shape in figure.shapes if shape.name == "Make first contact")
        assert call.rows == ("Sales",)
        kinds = {shape.kind for shape in figure.shapes}
        assert {ShapeKind.START, ShapeKind.END, ShapeKind.DECISION, ShapeKind.STATE} <= kinds
        assert len(figure.lines) > 15


class TestLanes:
    """Steps in other lanes."""

    def test_by_system_parts_people_from_what_runs_here(self) -> None:
        chart = relaned(CHART, by_system({}))

        (lanes,) = [each.lanes for each in chart.processes[0].lane_sets]
        assert {lane.name for lane in lanes} == {"People", "Throughline"}
        assert {"first_contact", "demo"} <= set(next(lane for lane in lanes if lane.name == "People").nodes)

    def test_by_role_calls_lanes_as_roles_are_called_here(self) -> None:
        chart = relaned(CHART, by_role(CHART, {"sales": "Account executives"}))

        assert "Account executives" in {lane.name for lane in chart.processes[0].lanes}

    def test_as_a_draft_work_goes_to_whom_it_went(self) -> None:
        before = roles_of(CHART.processes[0])
        chart = rearranged(CHART, by_system({}))
        (process,) = chart.processes

        after = roles_of(process)
        people = [each for each in process.nodes if isinstance(each, model.UserTask)]
        queues = {each.id: each.extensions.work_item.queue for each in people if each.extensions.work_item}
        assert people
        assert all(after.get(each.id) == before[each.id] or queues[each.id] for each in people)
        assert bpmn.read(bpmn.write(chart)) == chart

    def test_as_a_draft_a_lane_whose_steps_belong_to_one_role_stands_for_it(self) -> None:
        chart = rearranged(CHART, by_role(CHART, {"sales": "Account executives"}))

        roles = {lane.name: lane.extensions.role for lane in chart.processes[0].lanes}
        assert roles["Account executives"] is not None
        assert roles["Account executives"].key == "sales"

    def test_a_draft_of_a_chart_without_lanes_has_them_in_a_pool(self) -> None:
        plain = bpmn.read(chart_of('<bpmn:startEvent id="a"/><bpmn:userTask id="b" name="Call"/>'))

        chart = rearranged(plain, by_system({}))

        assert [pool.process_ref for each in chart.collaborations for pool in each.participants] == ["p"]
        assert "People" in {lane.name for lane in chart.processes[0].lanes}

    def test_no_step_and_no_arrow_is_lost(self) -> None:
        chart = relaned(CHART, by_system({}))

        before, after = CHART.processes[0], chart.processes[0]
        assert [each.id for each in after.elements] == [each.id for each in before.elements]
        held = [key for lane in after.lanes for key in lane.nodes]
        assert sorted(held) == sorted(node.id for node in before.nodes)
        assert chart.diagrams[0].plane is not None
