"""Value streams: their maps, what is planned in them, and the main path that they show."""

from __future__ import annotations

import re

import pytest

from throughline.flow import bpmn
from throughline.flow.bpmn import model
from throughline.flow.charts.views import Figure, ShapeKind, as_drawio, drawn
from throughline.flow.charts.views.figure import MARK
from throughline.flow.charts.views.main_path import main_path
from throughline.flow.charts.views.planned import Plan, PlannedLine, PlannedShape, laid_over
from throughline.flow.charts.views.stream_map import PER_ROW, Station, Whole, future_map, stream_map
from throughline.flow.charts.views.stream_plan import foreseen, planned_stream, seconds_of

pytestmark = pytest.mark.req("A2")

CALL = Station("call", "Call", waits=7_200, works=600, worth="yes")
ASK = Station("ask", "Ask the boss", waits=86_400, works=60, worth="waste")
SEND = Station("send", "Send the offer", waits=3_600, works=300)
STREAM = (CALL, ASK, SEND)


def waiting(name: str, estimate: str, key: str = "w") -> PlannedShape:
    return PlannedShape(key, ShapeKind.QUEUE, name, estimate)


def working(name: str, estimate: str, key: str = "p") -> PlannedShape:
    return PlannedShape(key, ShapeKind.STATION, name, estimate)


def names(figure: Figure) -> list[str]:
    """The steps of a map, from left to right and from the top down."""
    return [shape.name for shape in figure.shapes if shape.kind is ShapeKind.STATION]


class TestMap:
    """What is."""

    def test_breaks_long_streams_into_rows_and_leads_from_one_to_the_next(self) -> None:
        figure = stream_map(
            [Station(f"s{n}", f"Step {n}") for n in range(PER_ROW + 2)], Whole(None, None), title="Long"
        )

        steps = [shape for shape in figure.shapes if shape.kind is ShapeKind.STATION]
        assert steps[PER_ROW].y > steps[PER_ROW - 1].y + steps[PER_ROW - 1].height
        assert steps[PER_ROW].x == steps[0].x
        assert len(figure.rails) == 2
        turn = next(line for line in figure.lines if line.target == steps[PER_ROW].id)
        assert len(turn.points) == 6

    def test_tells_in_how_many_cases_a_step_is_taken_when_not_in_all(self) -> None:
        figure = stream_map([Station("a", "A", share=0.4), Station("b", "B", share=1.0)], Whole(None, None), title="")

        assert figure.by_id["step:a"].rows == ("in 40% of cases",)
        assert figure.by_id["step:b"].rows == ()

    def test_the_ladder_stays_whole_when_a_step_is_moved(self) -> None:
        figure = stream_map(STREAM, Whole.of(STREAM), title="")

        moved = figure.nudged({"step:call": (0.0, 0.0)})

        assert moved.rails == figure.rails
        assert len(figure.rails[0]) == 4 * len(STREAM) + 1

    def test_is_taken_to_drawio_with_its_ladder_and_its_words(self) -> None:
        file = as_drawio(stream_map(STREAM, Whole.of(STREAM), title="Offers")).decode()

        assert "lead time 1.1 d, working time 16.0 min" in file
        assert file.count("endArrow=none") == 1

    def test_without_a_step_is_two_houses(self) -> None:
        figure = stream_map((), Whole(None, None), title="Nothing")

        assert [shape.kind for shape in figure.shapes] == [ShapeKind.HOUSE] * 2
        assert drawn(figure).startswith("<svg")


class TestSecondsOf:
    """Estimates in words."""

    @pytest.mark.parametrize(
        ("text", "seconds"),
        [
            ("10 min", 600), ("1.5 h", 5_400), ("1,5 hours", 5_400), ("1 d 4 h", 100_800), ("2 weeks", 1_209_600),
            ("45s", 45), ("PT2H", 7_200), ("P1DT30M", 88_200), ("0", 0), ("none", 0), ("about 5 minutes each", 300),
        ],
    )  # fmt: skip
    def test_are_read(self, text: str, seconds: float) -> None:
        assert seconds_of(text) == seconds

    @pytest.mark.parametrize("text", ["", "soon", "40 a day", "5 dogs"])
    def test_that_tell_no_duration_are_not_guessed(self, text: str) -> None:
        assert seconds_of(text) is None


class TestFuture:
    """What is planned in the place of what is."""

    def test_an_estimate_says_so_and_what_is_now(self) -> None:
        plan = Plan((working("call", "5 min"), waiting("Call", "1 h")))

        figure = future_map(foreseen(STREAM, plan), title="")

        assert figure.by_id["step:call"].rows[0] == "worked on: ≈ 5.0 min (planned, now 10.0 min)"
        assert figure.by_id["queue:call"].rows == ("≈ 1.0 h", MARK, "now 2.0 h")
        assert figure.by_id["step:call"].planned
        assert not figure.by_id["step:send"].planned

    def test_tells_the_whole_now_and_then(self) -> None:
        plan = Plan((working("Ask the boss", "0"), waiting("Ask the boss", "0", "w2")))

        figure = future_map(foreseen(STREAM, plan), title="")

        assert names(figure) == ["Call", "Send the offer"]
        now, then = Whole.of(STREAM), Whole.of((CALL, SEND))
        assert (now.lead, then.lead) == (98_160, 11_700)
        assert figure.notes[-1][2] == (
            "Now: lead time 1.1 d, working time 16.0 min, efficiency 1.0%."
            " Then (planned): lead time 3.2 h, working time 15.0 min, efficiency 7.7%."
        )

    @pytest.mark.parametrize(
        ("line", "order"),
        [
            (PlannedLine("step:call", "p"), ["Call", "Check (planned)", "Ask the boss", "Send the offer"]),
            (PlannedLine("p", "step:send"), ["Call", "Ask the boss", "Check (planned)", "Send the offer"]),
            (None, ["Call", "Ask the boss", "Send the offer", "Check (planned)"]),
        ],
    )
    def test_a_new_step_stands_where_its_lines_lead(self, line: PlannedLine | None, order: list[str]) -> None:
        plan = Plan((working("Check", "3 min"),), (line,) if line is not None else ())

        assert names(future_map(foreseen(STREAM, plan), title="")) == order

    def test_new_steps_follow_each_other(self) -> None:
        steps = (working("One", "1 min", "p1"), working("Two", "1 min", "p2"))
        plan = Plan(steps, (PlannedLine("step:call", "p1"), PlannedLine("p1", "p2")))

        found = names(future_map(foreseen(STREAM, plan), title=""))

        assert found[:3] == ["Call", f"One {MARK}", f"Two {MARK}"]

    def test_a_step_that_takes_no_time_now_stays(self) -> None:
        figure = future_map([Station("tag", "Tag", waits=0, works=0), CALL], title="")

        assert names(figure) == ["Tag", "Call"]

    def test_what_tells_no_duration_changes_nothing(self) -> None:
        assert foreseen(STREAM, Plan((working("Call", "soon"),))) == list(STREAM)


class TestEstimates:
    """What was planned of something that is there stands beside what it is."""

    def test_are_told_and_drawn(self) -> None:
        figure, compared = laid_over(stream_map(STREAM, Whole.of(STREAM), title=""), Plan((working("Call", "5 min"),)))

        assert figure.by_id["step:call"].rows[-1] == "planned: ≈ 5 min"
        (found,) = compared.estimates
        assert (found.name, found.estimate, found.real) == ("Call", "5 min", "worked on: 10.0 min, adds value")

    def test_of_what_is_not_there_are_none(self) -> None:
        _, compared = laid_over(stream_map(STREAM, Whole.of(STREAM), title=""), Plan((working("Pack", "5 min"),)))

        assert compared.estimates == ()
        assert compared.open == ("Pack",)


class TestPlannedStream:
    """A stream of which nothing is there yet."""

    def test_follows_its_lines_with_waits_houses_and_words(self) -> None:
        plan = Plan(
            (
                working("Pack", "5 min", "b"), working("Pick", "10 min", "a"), waiting("Pack", "1 d", "q"),
                PlannedShape("h", ShapeKind.HOUSE, "Shop"), PlannedShape("k", ShapeKind.HOUSE, "Buyer"),
            ),
            (PlannedLine("a", "b", "then"),),
        )  # fmt: skip

        figure = planned_stream(plan, title="Shipping")

        assert names(figure) == [f"Pick {MARK}", f"Pack {MARK}"]
        assert (figure.by_id["supplier"].name, figure.by_id["customer"].name) == ("Shop", "Buyer")
        assert "then (planned)" in [line.text for line in figure.lines]
        assert figure.by_id["queue:b"].rows == ("≈ 1.0 d", MARK)
        assert figure.notes[-1][2].startswith("lead time 1.0 d, working time 15.0 min")

    def test_lines_in_a_circle_keep_the_order_of_planning(self) -> None:
        steps = (working("One", "", "a"), working("Two", "", "b"))
        plan = Plan(steps, (PlannedLine("a", "b"), PlannedLine("b", "a")))

        assert names(planned_stream(plan, title="")) == [f"One {MARK}", f"Two {MARK}"]


CHART = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="t">
  <process id="p" isExecutable="true"><startEvent id="s"/><startEvent id="s2"/><task id="a" name="A"/>
  <boundaryEvent id="late" attachedToRef="a"><timerEventDefinition/></boundaryEvent>
  <exclusiveGateway id="g"/><task id="b" name="B"/><task id="c" name="C"/><parallelGateway id="fork"/>
  <task id="d1" name="D1"/><task id="d2" name="D2"/><parallelGateway id="join"/><endEvent id="e"/>{}</process>
</definitions>"""
ARROWS = "s>a s2>c a>g g>b g>c g>a b>fork c>fork late>c fork>d1 fork>d2 d1>join d2>join join>e"


def path_of(arrows: str, **taken: int) -> list[str]:
    """The activities on the main path of the chart; arrows are called like ``a_b``."""
    drawn_arrows = "".join(
        f'<sequenceFlow id="{one}_{other}" sourceRef="{one}" targetRef="{other}"/>'
        for one, other in re.findall(r"(\w+)>(\w+)", arrows)
    )
    path = main_path(bpmn.read(CHART.format(drawn_arrows).encode()), taken)
    return [node.id for node in path if isinstance(node, model.Activity)]


class TestMainPath:
    """Where most cases went."""

    def test_goes_where_most_went_and_through_all_branches_of_a_fork(self) -> None:
        assert path_of(ARROWS, s_a=9, g_b=2, g_c=7) == ["a", "c", "d1", "d2"]

    def test_without_cases_takes_the_first_arrow(self) -> None:
        assert path_of(ARROWS) == ["a", "b", "d1", "d2"]

    def test_begins_where_most_came_from(self) -> None:
        assert path_of(ARROWS, s_a=1, s2_c=5) == ["c", "d1", "d2"]

    def test_goes_on_rather_than_back(self) -> None:
        assert path_of(ARROWS, s_a=9, g_a=50, g_c=7) == ["a", "c", "d1", "d2"]

    def test_leaves_by_a_deadline_when_most_did(self) -> None:
        assert path_of(ARROWS, s_a=9, a_g=2, late_c=7) == ["a", "c", "d1", "d2"]

    def test_without_a_start_begins_at_what_nothing_leads_to(self) -> None:
        chart = b"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="t">
          <process id="p"><task id="b"/><task id="a"/><sequenceFlow id="f" sourceRef="a" targetRef="b"/></process>
          </definitions>"""

        assert [node.id for node in main_path(bpmn.read(chart), {})] == ["a", "b"]

    def test_needs_a_process(self) -> None:
        with pytest.raises(LookupError):
            main_path(bpmn.read(b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d"/>'), {})
