"""Derived charts: what they show, that it fits, and that other tools can open it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from lxml import etree

from throughline import packs
from throughline.flow import bpmn
from throughline.flow.bpmn.render.text import width_of
from throughline.flow.catalogue import ActionSpec, Parameter
from throughline.flow.charts.drawio import read_drawio
from throughline.flow.charts.views import Figure, Shape, ShapeKind, as_drawio, drawn
from throughline.flow.charts.views.dataflow import CASE, Words, level_one, level_zero
from throughline.flow.charts.views.sizes import SMALL
from throughline.flow.charts.views.stream_map import Station, Whole, stream_map
from throughline.flow.charts.views.uml import (
    HOOK,
    Kind,
    Link,
    Move,
    Sent,
    State,
    UseCase,
    class_diagram,
    sequence,
    state_machine,
    use_cases,
)

ACTIONS = {
    "mail.send": ActionSpec(
        name="mail.send", title="Send a mail", place="outside", inputs=(Parameter(name="to"), Parameter(name="body"))
    ),
    "record.tag": ActionSpec(name="record.tag", title="Tag"),
}
WORDS = Words(types={"lead": "Lead"}, fields={"lead": {"region": "Region"}}, tables={"route": "Route lead"})

CHART = b"""<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d"
  targetNamespace="t" xmlns:tl="urn:throughline:bpmn:1">
  <bpmn:message id="m" name="order"/>
  <bpmn:process id="p" name="Answer" isExecutable="true">
    <bpmn:extensionElements><tl:procedure key="answer" record="lead"/></bpmn:extensionElements>
    <bpmn:startEvent id="s" name="Captured"><bpmn:extensionElements><tl:trigger event="lead.captured"/>
      </bpmn:extensionElements></bpmn:startEvent>
    <bpmn:sequenceFlow id="f1" sourceRef="s" targetRef="tag"/>
    <bpmn:serviceTask id="tag" name="Tag it"><bpmn:extensionElements><tl:action name="record.tag">
      <tl:input name="tags" value="[lead.region]"/></tl:action></bpmn:extensionElements></bpmn:serviceTask>
    <bpmn:sequenceFlow id="f2" sourceRef="tag" targetRef="route"/>
    <bpmn:businessRuleTask id="route" name="Route"><bpmn:extensionElements>
      <tl:decision ref="route" decision="Route" result="who"/></bpmn:extensionElements></bpmn:businessRuleTask>
    <bpmn:sequenceFlow id="f3" sourceRef="route" targetRef="mail"/>
    <bpmn:sendTask id="mail" name="Write"><bpmn:extensionElements><tl:action name="mail.send">
      <tl:input name="to" value="who"/></tl:action></bpmn:extensionElements></bpmn:sendTask>
    <bpmn:sequenceFlow id="f4" sourceRef="mail" targetRef="wait"/>
    <bpmn:intermediateCatchEvent id="wait" name="Ordered"><bpmn:messageEventDefinition messageRef="m"/>
      </bpmn:intermediateCatchEvent>
    <bpmn:sequenceFlow id="f5" sourceRef="wait" targetRef="e"/>
    <bpmn:endEvent id="e" name="Done"/>
  </bpmn:process>
</bpmn:definitions>"""


def joins(figure: Figure) -> set[tuple[str, str, str]]:
    """Return the lines by the names of what they join."""
    names = {shape.id: shape.name for shape in figure.shapes}
    return {(names[line.source], names[line.target], line.text) for line in figure.lines}


class TestDataFlow:
    """Levels 0 and 1."""

    def test_level_one_shows_what_each_step_reads_and_writes(self) -> None:
        figure = level_one(bpmn.read(CHART), actions=ACTIONS, words=WORDS)

        assert joins(figure) == {
            ("Customer", "Captured", "lead.captured"),
            ("Lead", "Tag it", "Region"),
            ("Tag it", "Lead", "Tag"),
            ("Route lead", "Route", "rules"),
            ("Route", "What the case knows", "who"),
            ("What the case knows", "Write", "who"),
            ("Write", "Mail", "to"),
            ("Customer", "Ordered", "order"),
        }

    def test_level_zero_shows_what_is_exchanged_with_the_outside(self) -> None:
        figure = level_zero(bpmn.read(CHART), actions=ACTIONS, words=WORDS)

        assert joins(figure) == {("Customer", "Answer", "lead.captured, order"), ("Answer", "Mail", "to")}

    def test_declared_reads_and_writes_count_as_well(self) -> None:
        declared = b'<tl:reads field="lead.score"/><tl:writes field="lead.region"/><tl:action name="record.tag">'
        chart = CHART.replace(b'<tl:action name="record.tag">', declared)

        told = joins(level_one(bpmn.read(chart), actions=ACTIONS, words=WORDS))

        assert ("Lead", "Tag it", "score, Region") in told
        assert ("Tag it", "Lead", "Region, Tag") in told

    def test_a_store_has_one_mark_wherever_it_is_drawn(self) -> None:
        figure = level_one(bpmn.read(CHART), actions=ACTIONS, words=WORDS)

        marks = {(shape.ref, shape.mark) for shape in figure.shapes if shape.kind is ShapeKind.STORE}
        assert len(marks) == len({ref for ref, _ in marks}) == 3
        assert CASE in {ref for ref, _ in marks}


class TestUml:
    """Classes, states, sequences, use cases."""

    def test_classes_are_joined_by_what_points_at_them(self) -> None:
        lead = Kind("lead", "Lead", (("name", "text"),), (Link("contact", "contact"), Link("shoe", "shoe")))
        figure = class_diagram([lead, Kind("contact", "Contact", ())], title="Types")

        assert joins(figure) == {("Lead", "Contact", "contact")}
        assert figure.by_id["lead"].rows == ("name: text",)

    def test_a_class_with_many_fields_says_how_many_more_there_are(self) -> None:
        figure = class_diagram([Kind("a", "A", tuple((f"f{n}", "text") for n in range(300)))], title="Types")

        assert figure.by_id["a"].rows[-1] == "… and 287 more"

    def test_states_begin_at_a_dot_and_end_at_another(self) -> None:
        states = [State("new", "New"), State("won", "Won", is_end=True)]

        figure = state_machine(states, [Move("new", "won", "7")], title="Stages")

        assert joins(figure) == {("", "New", ""), ("New", "Won", "7"), ("Won", "", "")}

    def test_roles_take_part_in_procedures(self) -> None:
        figure = use_cases([UseCase("a", "Sell", ("Sales", "Manager")), UseCase("b", "Serve", ("Manager",))], title="")

        assert joins(figure) == {("Sales", "Sell", ""), ("Manager", "Sell", ""), ("Manager", "Serve", "")}

    def test_messages_of_a_sequence_follow_one_another_downwards(self) -> None:
        figure = sequence([Sent("A", "B", "one", "9:00"), Sent("B", "B", "two"), Sent("B", "A", "three")], title="")

        heights = [line.points[0][1] for line in figure.lines]
        assert heights == sorted(heights)
        assert [text for _, _, text in figure.notes] == ["9:00"]

    def test_words_of_a_sequence_end_before_the_next_line_of_life(self) -> None:
        long = "Start the clock of a day: completed"
        messages = [Sent("A", "A", long), Sent("B", "C", "yes"), Sent("A", "C", long)]

        one, other, last = sequence(messages, title="").shapes

        assert other.middle[0] - one.middle[0] > HOOK + width_of(long, SMALL)
        assert last.middle[0] - other.middle[0] < other.middle[0] - one.middle[0]


class TestStreamMap:
    """Value streams."""

    def test_tells_steps_waits_and_the_whole(self) -> None:
        stations = [
            Station("a", "Call", waits=3600, works=600, queue=3, people=2, right=0.9, worth="yes"),
            Station("b", "Ask the boss", waits=86_400, worth="waste"),
        ]

        figure = stream_map(stations, Whole(90_000, 600), title="Sell")

        assert figure.by_id["step:a"].rows == (
            "worked on: 10.0 min",
            "people: 2",
            "right first time: 90%",
            "adds value",
        )
        assert figure.by_id["queue:b"].rows == ("1.0 d",)
        assert figure.by_id["step:b"].tone == "late"
        assert figure.notes[-1][2] == "lead time 1.0 d, working time 10.0 min, efficiency 0.7%"

    def test_says_nothing_that_nobody_knows(self) -> None:
        figure = stream_map([Station("a", "Call")], Whole(None, None), title="Sell")

        assert figure.by_id["step:a"].rows == ()
        assert figure.notes == ()


def figures() -> Iterator[Figure]:
    """Give one figure of every kind, the shipped procedure's among them."""
    shipped = bpmn.read(next(Path(packs.__file__).parent.rglob("lead-to-deal.bpmn")).read_bytes())
    yield level_one(shipped, actions=ACTIONS, words=WORDS)
    yield level_zero(shipped, actions=ACTIONS, words=WORDS)
    kinds = [Kind(f"k{n}", f"Kind {n}", (("name", "text"),), (Link("to", f"k{n * 7 % 12}"),)) for n in range(12)]
    yield class_diagram(kinds, title="Types")
    moves = [Move(f"s{a}", f"s{b}", str(a)) for a, b in combinations(range(6), 2)] + [Move("s5", "s0", "back")]
    yield state_machine([State(f"s{n}", f"State {n}") for n in range(6)], moves, title="States")
    yield use_cases([UseCase("a", "Sell", ("Sales", "Manager")), UseCase("b", "Serve", ("Manager",))], title="Roles")
    yield stream_map([Station(f"s{n}", f"Step {n}", waits=9.0 * n) for n in range(5)], Whole(50, None), title="Stream")


class TestDrawing:
    """Pictures."""

    @pytest.mark.parametrize("figure", list(figures()), ids=lambda figure: figure.title)
    def test_no_shape_covers_another_and_the_same_figure_is_drawn_alike(self, figure: Figure) -> None:
        def apart(one: Shape, other: Shape) -> bool:
            return (
                one.x + one.width <= other.x + 0.01
                or other.x + other.width <= one.x + 0.01
                or one.y + one.height <= other.y + 0.01
                or other.y + other.height <= one.y + 0.01
            )

        covered = [(one.id, other.id) for one, other in combinations(figure.shapes, 2) if not apart(one, other)]
        assert covered == []
        assert drawn(figure) == drawn(figure)

    @pytest.mark.parametrize("figure", list(figures()), ids=lambda figure: figure.title)
    def test_everything_lies_inside_the_picture(self, figure: Figure) -> None:
        root = etree.fromstring(drawn(figure).encode())
        x, y, width, height = map(float, root.get("viewBox", "").split())

        assert all(x <= s.x and s.x + s.width <= x + width for s in figure.shapes)
        assert all(y <= s.y and s.y + s.height <= y + height for s in figure.shapes)
        assert len(root.findall(".//{*}g[@data-shape]")) == len(figure.shapes)

    def test_words_cannot_break_out_of_the_picture(self) -> None:
        evil = Shape(
            id='"><script>', kind=ShapeKind.STATE, name="</text><script>alert(1)</script>", width=90, height=40
        )

        root = etree.fromstring(drawn(Figure("<b>", "&", (evil,))).encode())

        assert root.findall(".//{*}script") == []

    def test_what_is_moved_by_hand_stays_and_its_lines_follow(self) -> None:
        figure = state_machine([State("a", "A"), State("b", "B")], [Move("a", "b")], title="")

        moved = figure.nudged({"b": (500.0, 300.0)})

        assert (moved.by_id["b"].x, moved.by_id["b"].y) == (500.0, 300.0)
        assert [line.points for line in moved.lines if "b" in (line.source, line.target)] == [()]
        assert "500" in drawn(moved)


class TestDrawIo:
    """Files for draw.io."""

    @pytest.mark.req("A4")
    @pytest.mark.parametrize("figure", list(figures()), ids=lambda figure: figure.title)
    def test_read_back_they_have_the_same_shapes_joined_by_the_same_lines(self, figure: Figure) -> None:
        (page,) = read_drawio(as_drawio(figure))

        named = {f"s{number}": shape.id for number, shape in enumerate(figure.shapes)}
        read = {named[shape.id] for shape in page.shapes if shape.id in named}
        assert read == {shape.id for shape in figure.shapes}
        assert len(page.shapes) - len(read) == len(figure.notes)
        joined = [line for line in page.lines if line.source]
        assert len(page.lines) - len(joined) == len(figure.rails)
        assert sorted((named[line.source], named[line.target]) for line in joined) == sorted(
            (line.source, line.target) for line in figure.lines
        )
