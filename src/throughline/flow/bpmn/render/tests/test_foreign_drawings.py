"""Drawings as other tools leave them: without labels, lines that end in the middle of things, rare figures."""

from __future__ import annotations

import re

import pytest
from lxml import etree

from throughline.flow import bpmn
from throughline.flow.bpmn import Mark
from throughline.flow.bpmn.render.geometry import Box, around, border_of_diamond, box_of, towards, without_repeats

HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI"'
    ' xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:dd="http://www.omg.org/spec/DD/20100524/DI"'
    ' xmlns:bioc="http://bpmn.io/schema/bpmn/biocolor/1.0" id="d" targetNamespace="urn:test">'
)


def shape(element: str, x: float, y: float, width: float = 100, height: float = 80, more: str = "") -> str:
    """Return the shape of an element."""
    bounds = f'<dc:Bounds x="{x}" y="{y}" width="{width}" height="{height}"/>'
    return f'<di:BPMNShape id="{element}_shape" bpmnElement="{element}" {more}>{bounds}</di:BPMNShape>'


def edge(element: str, *points: tuple[float, float]) -> str:
    """Return the line of an element."""
    ways = "".join(f'<dd:waypoint x="{x}" y="{y}"/>' for x, y in points)
    return f'<di:BPMNEdge id="{element}_edge" bpmnElement="{element}">{ways}</di:BPMNEdge>'


def svg(inside: str, drawn: str, *, roots: str = "", plane: str = "p", marks: dict[str, Mark] | None = None) -> str:
    """Return the picture of a file with this process, root elements and page."""
    text = (
        f'{HEAD}{roots}<process id="p" name="P">{inside}</process>'
        f'<di:BPMNDiagram id="page"><di:BPMNPlane id="plane" bpmnElement="{plane}">{drawn}</di:BPMNPlane>'
        "</di:BPMNDiagram></definitions>"
    )
    return bpmn.render_svg(bpmn.read(text.encode()), marks or {}, page=0)


def flow(source: str, target: str, name: str = "") -> str:
    """Return a sequence flow."""
    return f'<sequenceFlow id="{source}_{target}" name="{name}" sourceRef="{source}" targetRef="{target}"/>'


class TestCaptions:
    def test_of_a_symbol_without_a_label_stands_below_it(self) -> None:
        found = svg('<startEvent id="s" name="Lead captured"/>', shape("s", 0, 0, 36, 36))

        assert "Lead" in found

    @pytest.mark.parametrize("end", [(300, 40), (50, 400)], ids=["level", "steep"])
    def test_of_a_line_without_a_label_stands_beside_it(self, end: tuple[float, float]) -> None:
        inside = '<task id="a"/><task id="b"/>' + flow("a", "b", "if hot")

        assert "if hot" in svg(inside, shape("a", 0, 0) + shape("b", 300, 400) + edge("a_b", (50, 40), end))


class TestLineEnds:
    def test_in_the_middle_of_things_are_cut_at_their_border(self) -> None:
        inside = '<startEvent id="s"/><exclusiveGateway id="g"/><task id="t"/>' + flow("s", "g") + flow("g", "t")
        found = svg(
            inside,
            shape("s", 0, 22, 36, 36)
            + shape("g", 100, 15, 50, 50)
            + shape("t", 250, 0)
            + edge("s_g", (18, 40), (125, 40))
            + edge("g_t", (125, 40), (280, 40), (300, 40)),
        )

        assert re.search(r'd="M36 40L9\d', found)
        assert re.search(r'd="M150 40L2[45]\d', found)

    def test_that_lie_on_each_other_are_drawn_once(self) -> None:
        inside = '<task id="a"/><task id="b"/>' + flow("a", "b")

        assert "a_b" in svg(
            inside, shape("a", 0, 0) + shape("b", 200, 0) + edge("a_b", (100, 40), (100, 40), (200, 40))
        )


class TestRareFigures:
    def test_data_of_a_process_shows_where_it_goes(self) -> None:
        data = '<dataInput id="order" name="Order"/><dataOutput id="bill" name="Bill" isCollection="true"/>'
        inside = f'<ioSpecification id="io">{data}<inputSet/><outputSet/></ioSpecification>'

        found = svg(inside, shape("order", 0, 0, 36, 50) + shape("bill", 100, 0, 36, 50))

        assert "Order" in found
        assert "Bill" in found

    def test_a_group_shows_the_name_of_its_category(self) -> None:
        roots = '<category id="c"><categoryValue id="v" value="First phase"/></category>'

        assert "First phase" in svg('<group id="g" categoryValueRef="v"/>', shape("g", 0, 0, 300, 200), roots=roots)

    def test_a_group_without_a_category_is_drawn_all_the_same(self) -> None:
        assert 'data-node="g"' in svg('<group id="g"/>', shape("g", 0, 0, 300, 200))

    def test_a_conversation_is_a_hexagon_with_its_name(self) -> None:
        roots = '<collaboration id="c"><conversation id="talk" name="Negotiation"/></collaboration>'

        assert "Negotiation" in svg("", shape("talk", 0, 0, 60, 40), roots=roots, plane="c")

    def test_a_step_of_a_choreography_is_a_frame_with_its_name(self) -> None:
        roots = (
            '<choreography id="c"><participant id="x" name="Buyer"/><choreographyTask id="order" name="Order goods">'
            "<participantRef>x</participantRef></choreographyTask></choreography>"
        )
        band = shape("x", 0, 0, 100, 20, 'participantBandKind="top_initiating" choreographyActivityShape="order_shape"')

        assert "Order" in svg("", shape("order", 0, 0) + band, roots=roots, plane="c")

    def test_a_gateway_may_hide_its_marker(self) -> None:
        shown, hidden = (
            svg('<exclusiveGateway id="g"/>', shape("g", 0, 0, 50, 50, f'isMarkerVisible="{visible}"'))
            for visible in ("true", "false")
        )

        assert len(hidden) < len(shown)

    def test_pools_and_lanes_may_stand_upright(self) -> None:
        roots = '<collaboration id="c"><participant id="us" name="Our company" processRef="p"/></collaboration>'
        lanes = (
            '<laneSet id="s"><lane id="sales" name="Sales"><flowNodeRef>t</flowNodeRef></lane></laneSet><task id="t"/>'
        )
        upright = 'isHorizontal="false"'
        drawn = shape("us", 0, 0, 200, 600, upright) + shape("sales", 0, 30, 200, 570, upright) + shape("t", 50, 100)

        found = svg(lanes, drawn, roots=roots, plane="c")

        assert "Our company" in found
        assert "rotate" not in found

    def test_a_stretch_of_an_upright_lane_does_not_repeat_its_name(self) -> None:
        text = (
            f'{HEAD}<process id="p"><laneSet id="s"><lane id="sales" name="Sales"><flowNodeRef>t</flowNodeRef></lane>'
            '</laneSet><task id="t"/></process><di:BPMNDiagram id="page"><di:BPMNPlane id="plane" bpmnElement="p">'
            f"""{shape("sales", 0, 0, 200, 2000, 'isHorizontal="false"')}{shape("t", 50, 1000)}"""
            "</di:BPMNPlane></di:BPMNDiagram></definitions>"
        )

        found = bpmn.render_svg(bpmn.read(text), around="t", hops=0)

        assert 'data-node="t"' in found
        assert ">Sales<" not in re.sub(r"<title[^>]*>.*?</title>|<desc[^>]*>.*?</desc>", "", found)

    def test_a_condition_drawn_as_a_figure_shows_its_text(self) -> None:
        inside = (
            '<task id="a"/><task id="b"/><sequenceFlow id="f" sourceRef="a" targetRef="b">'
            '<conditionExpression id="when">hot</conditionExpression></sequenceFlow>'
        )

        assert "hot" in svg(inside, shape("a", 0, 0) + shape("when", 150, 0) + shape("b", 300, 0))


class TestLooks:
    def test_what_is_done_has_a_tick(self) -> None:
        marked = svg('<task id="t" name="Call"/>', shape("t", 0, 0), marks={"t": Mark(done=True)})

        assert "tl-tick" in marked
        assert "tl-tick" not in svg('<task id="t" name="Call"/>', shape("t", 0, 0))

    def test_a_stroke_alone_is_kept(self) -> None:
        assert "#aa0000" in svg('<task id="t"/>', shape("t", 0, 0, more='bioc:stroke="#aa0000"'))

    def test_a_name_too_high_for_its_step_is_cut(self) -> None:
        found = svg(f'<userTask id="t" name="{"Call " * 60}"/>', shape("t", 0, 0, 100, 30))

        assert "…" in found


class TestNothingDrawn:
    def test_a_file_without_anything_to_draw_is_an_empty_picture(self) -> None:
        picture = etree.fromstring(bpmn.render_svg(bpmn.read(f"{HEAD}</definitions>")))

        assert [each.get("data-node") for each in picture.iter() if each.get("data-node")] == []

    def test_a_page_without_figures_is_an_empty_picture(self) -> None:
        assert etree.fromstring(svg("", "")).tag.endswith("svg")


class TestGeometry:
    def test_around_nothing_is_an_empty_box(self) -> None:
        assert around([]) == Box(0, 0, 0, 0)

    def test_points_have_a_box(self) -> None:
        assert box_of([(1, 5), (4, 2)]) == Box(1, 2, 3, 3)

    def test_towards_where_one_is_stays_there(self) -> None:
        assert towards((1, 1), (1, 1), 5) == (1, 1)

    def test_the_border_of_a_diamond_in_its_middle_is_the_middle(self) -> None:
        assert border_of_diamond(Box(0, 0, 50, 50), (25, 25)) == (25, 25)

    def test_points_on_each_other_count_once(self) -> None:
        assert without_repeats([(0, 0), (0.1, 0), (5, 0)]) == [(0, 0), (5, 0)]
