"""Answers to doubts, what became of what was drawn, and any kind of file."""

from __future__ import annotations

import pytest

from throughline.flow import bpmn
from throughline.flow.charts import UnreadableDrawing, chart_as_drawio, read_drawio, read_lucid, read_visio, understand
from throughline.flow.charts.formats import Form, as_procedure, form_of, pages_of, read_drawing
from throughline.flow.charts.picture import pictured
from throughline.flow.charts.tests.test_exchange import LEAD_TO_DEAL
from throughline.flow.charts.tests.test_import import FLOW, LUCID, drawio, edge, public_drawings, vertex
from throughline.flow.charts.understand import Understood

pytestmark = pytest.mark.req("A4")

LOOSE = drawio(
    vertex("a", "Call", "rounded=1;", 0, 0),
    vertex("b", "Reached?", "rhombus;", 200, 0),
    vertex("c", "Send e-mail", "rounded=1;", 400, 0),
    vertex("d", "Wait", "rounded=1;", 400, 200),
    edge("f1", "a", "b"),
    edge("f2", "b", "c"),
    edge("f3", "b", "d"),
    edge("f4", "d", "", "later", '<mxPoint x="400" y="500" as="targetPoint"/>'),
)


def read(content: bytes, **answers: str) -> Understood:
    """Return the first page, with answers by the keys of doubts."""
    return understand(read_drawio(content)[0], answers)


def asked(found: Understood) -> dict[str, str]:
    """Return key and answer of each doubt."""
    return {doubt.key: doubt.answer for doubt in found.doubts}


def shape_of(found: Understood) -> tuple[set[str], set[tuple[str, str, str]]]:
    """Return the names of nodes with their types, and the flows by ids with their words."""
    nodes = {f"{node['type']} {node.get('name', '')}".strip() for node in described(found)}
    flows = (each for each in found.chart.processes[0].elements if isinstance(each, bpmn.model.SequenceFlow))
    return nodes, {(flow.source, flow.target, flow.name) for flow in flows}


def described(found: Understood) -> list[dict[str, str]]:
    """Return the nodes of the chart."""
    nodes: list[dict[str, str]] = bpmn.describe(found.chart)["processes"][0]["nodes"]
    return nodes


class TestAnswers:
    """Each doubt is a question; its answer changes the chart."""

    def test_questions_have_answers_at_hand_and_the_first_answers_give_a_chart_that_is_laid_out(self) -> None:
        for path in public_drawings():
            for sketch in (read_visio if path.suffix == ".vsdx" else read_drawio)(path.read_bytes()):
                doubts = understand(sketch).doubts
                assert all(doubt.choices or doubt.free for doubt in doubts), path.name
                assert len({doubt.key for doubt in doubts}) == len(doubts), path.name
                first = {doubt.key: doubt.choices[0].value if doubt.choices else "Work" for doubt in doubts}
                again = bpmn.read(bpmn.write(understand(sketch, first).chart))
                drawn = {each.element for page in again.diagrams if page.plane for each in page.plane.elements}
                assert {node["id"] for node in bpmn.describe(again)["processes"][0]["nodes"]} <= drawn, path.name

    def test_a_loose_line_joins_what_was_clicked(self) -> None:
        before = read(LOOSE)
        doubt = next(each for each in before.doubts if each.key == "loose-line:f4")
        assert [choice.value for choice in doubt.choices] == ["c", "b", "a", "drop"]

        after = read(LOOSE, **{"loose-line:f4": "c"})

        assert ("n_d", "n_c", "later") in shape_of(after)[1]
        assert after.connected == before.connected + 1
        assert asked(after)["loose-line:f4"] == "c"

    def test_an_answer_that_is_no_choice_answers_nothing(self) -> None:
        assert asked(read(LOOSE, **{"loose-line:f4": "nonsense"}))["loose-line:f4"] == ""

    def test_exits_of_a_decision_get_words_and_a_default(self) -> None:
        after = read(LOOSE, **{"unlabelled-exit:f2": "yes", "unlabelled-exit:f3": "otherwise"})

        names = {goal: name for _, goal, name in shape_of(after)[1]}
        assert (names["n_c"], names["n_d"]) == ("Yes", "Otherwise")
        gateway = next(each for each in after.chart.processes[0].elements if each.id == "n_b")
        assert getattr(gateway, "default", "") == "f_f3"

    def test_words_of_ones_own_are_taken(self) -> None:
        after = read(LOOSE, **{"unlabelled-exit:f2": "nobody answers"})

        assert ("n_b", "n_c", "nobody answers") in shape_of(after)[1]

    def test_a_beginning_and_ends_are_added_where_they_were_said(self) -> None:
        after = read(LOOSE, **{"no-start": "a", "no-end": "all", "loose-line:f4": "drop"})

        nodes, flows = shape_of(after)
        assert {"startEvent", "endEvent"} <= nodes
        assert ("begin", "n_a", "") in flows
        assert len([1 for _, goal, _ in flows if goal.startswith("done_")]) == 2

    def test_one_of_several_exits_becomes_a_decision(self) -> None:
        several = drawio(
            vertex("a", "Call", "", 0, 0), vertex("b", "Visit", "", 200, 0), vertex("c", "Write", "", 200, 200),
            edge("f1", "a", "b"), edge("f2", "a", "c"),
        )  # fmt: skip

        _, flows = shape_of(read(several, **{"several-exits:a": "one"}))

        assert flows == {("n_a", "which_n_a", ""), ("which_n_a", "n_b", ""), ("which_n_a", "n_c", "")}

    def test_plain_boxes_around_steps_are_lanes_unless_one_says_no(self) -> None:
        content = drawio(
            vertex("s", "Sales", "", 0, 0, size=(500, 150)),
            vertex("m", "", "", 0, 150, size=(500, 150)),
            vertex("h", "Manager", "", 0, 150, size=(40, 150)),
            vertex("a", "Call", "rounded=1;", 80, 40),
            vertex("b", "Offer", "rounded=1;", 300, 40),
            vertex("c", "Approve", "rounded=1;", 300, 200),
            edge("f", "a", "b"),
            edge("g", "b", "c"),
        )

        found, said_no = read(content), read(content, **{"lane:s": "frame", "lane:m": "frame"})

        ((one, other),) = [each.lanes for each in found.chart.processes[0].lane_sets]
        assert (one.name, one.nodes) == ("Sales", ("n_a", "n_b"))
        assert (other.name, other.nodes) == ("Manager", ("n_c",))
        assert {key: value for key, value in asked(found).items() if key.startswith("lane")} == {
            "lane:s": "",
            "lane:m": "",
        }
        assert not [doubt for doubt in found.doubts if doubt.kind == "alone"]
        assert {each.drawn: each.became for each in found.fates if each.drawn in "smh"} == {
            "s": "lane",
            "m": "lane",
            "h": "part",
        }
        assert said_no.chart.processes[0].lane_sets == ()
        assert {getattr(each, "text", "") for each in said_no.chart.processes[0].artifacts} == {"Sales"}

    def test_containers_with_a_name_are_asked_about_too(self) -> None:
        content = drawio(
            vertex("s", "Sales", "container=1;collapsible=0;", 0, 0, size=(400, 150)),
            vertex("a", "Call", "rounded=1;", 50, 40, "s"),
            vertex("b", "Offer", "rounded=1;", 250, 40, "s"),
            edge("f", "a", "b"),
        )

        found = read(content)

        ((lane,),) = [each.lanes for each in found.chart.processes[0].lane_sets]
        assert (lane.name, lane.nodes) == ("Sales", ("n_a", "n_b"))
        assert [doubt.message for doubt in found.doubts if doubt.kind == "lane"] == [
            "Is “Sales” a lane? It is a plain box around 2 steps."
        ]

    def test_boxes_within_real_lanes_and_boxes_with_lines_are_no_lanes(self) -> None:
        inside = (
            vertex("a", "Call", "rounded=1;", 80, 40),
            vertex("b", "Offer", "rounded=1;", 300, 40),
            edge("f", "a", "b"),
        )
        with_lane = drawio(
            vertex("l", "Sales", "swimlane;", 0, 0, size=(800, 300)),
            vertex("p", "Phase 1", "", 60, 20, size=(400, 150)),
            *inside,
        )
        with_line = drawio(
            vertex("p", "Phase 1", "", 60, 20, size=(400, 150)),
            vertex("z", "After", "", 600, 20),
            *inside,
            edge("g", "p", "z"),
        )

        for content in (with_lane, with_line):
            assert not [doubt for doubt in read(content).doubts if doubt.kind == "lane"]

    def test_steps_outside_of_all_lanes_go_where_they_were_said_to_belong(self) -> None:
        content = drawio(
            vertex("s", "Sales", "swimlane;", 0, 0, size=(400, 150)),
            vertex("a", "Call", "", 50, 40, "s"),
            vertex("b", "Approve", "", 50, 400),
            edge("f", "a", "b"),
        )

        ((lane,),) = [each.lanes for each in read(content, **{"no-lane": "n_s"}).chart.processes[0].lane_sets]

        assert sorted(lane.nodes) == ["n_a", "n_b"]


class TestFates:
    """Nothing is dropped without a word."""

    def test_each_shape_and_line_of_public_drawings_became_something_or_says_why_not(self) -> None:
        for path in public_drawings():
            if path.suffix == ".xml":
                for sketch in read_drawio(path.read_bytes()):
                    fates = understand(sketch).fates
                    drawn = [shape.id for shape in sketch.shapes] + [line.id for line in sketch.lines]
                    assert [fate.drawn for fate in fates] == drawn, path.name
                    assert all(fate.became or fate.reason for fate in fates), path.name
                    assert not [fate for fate in fates if not fate.became and fate.text and "words" in fate.reason]

    def test_a_lane_a_step_and_a_loose_line_are_told(self) -> None:
        content = drawio(
            vertex("s", "Sales", "swimlane;", 0, 0, size=(400, 150)),
            vertex("a", "Call", "", 50, 40, "s"),
            vertex("b", "Done", "ellipse;", 200, 40, "s"),
            vertex("e", "Empty", "swimlane;", 0, 900, size=(400, 150)),
            edge("f", "a", "b"),
            edge("g", "a", ""),
        )

        told = {fate.drawn: (fate.became, fate.reason) for fate in read(content).fates}

        assert told["s"] == ("lane", "")
        assert told["a"] == ("userTask", "")
        assert told["e"] == ("", "A band with nothing in it.")
        assert told["f"] == ("sequenceFlow", "")
        assert told["g"] == ("", "It is not connected at both ends.")


class TestLooseWords:
    """Words beside a line."""

    def test_name_the_exits_of_a_decision_and_nothing_is_asked(self) -> None:
        content = drawio(
            vertex("a", "Reached?", "rhombus;", 0, 0, size=(80, 80)),
            vertex("b", "Meet", "rounded=1;", 200, 10),
            vertex("c", "Write", "rounded=1;", 0, 200),
            vertex("y", "yes", "text;strokeColor=none;", 100, 15, size=(40, 20)),
            vertex("n", "no", "text;strokeColor=none;", 45, 120, size=(40, 20)),
            vertex("far", "by Omar", "text;strokeColor=none;", 400, 300, size=(60, 20)),
            vertex("long", "a remark of more than three words", "text;strokeColor=none;", 100, 60, size=(60, 20)),
            edge("f1", "a", "b"),
            edge("f2", "a", "c"),
        )

        found = read(content)

        flows = {flow.name for flow in found.chart.processes[0].elements if isinstance(flow, bpmn.model.SequenceFlow)}
        assert flows == {"yes", "no"}
        assert "unlabelled-exit" not in {doubt.kind for doubt in found.doubts}
        became = {fate.drawn: fate.became for fate in found.fates}
        assert (became["y"], became["far"], became["long"]) == ("part", "textAnnotation", "textAnnotation")

    @pytest.mark.parametrize(
        ("sign", "type"), [("XOR", "exclusiveGateway"), ("OR", "inclusiveGateway"), ("∧", "parallelGateway")]
    )
    def test_a_circle_with_a_sign_parts_the_way(self, sign: str, type: str) -> None:
        content = drawio(
            vertex("a", "Call", "rounded=1;", 0, 0),
            vertex("x", sign, "ellipse;", 200, 10, size=(40, 40)),
            vertex("b", "Meet", "rounded=1;", 400, 0),
            vertex("c", "Write", "rounded=1;", 400, 200),
            edge("f1", "a", "x"),
            edge("f2", "x", "b"),
            edge("f3", "x", "c"),
        )

        assert type in {node["type"] for node in described(read(content))}

    def test_words_on_a_line_stay_its_own(self) -> None:
        content = drawio(
            vertex("a", "Call", "rounded=1;", 0, 0),
            vertex("b", "Write", "rounded=1;", 300, 0),
            vertex("y", "yes", "text;strokeColor=none;", 180, 15, size=(40, 20)),
            edge("f1", "a", "b", "always"),
        )

        (flow,) = [
            each for each in read(content).chart.processes[0].elements if isinstance(each, bpmn.model.SequenceFlow)
        ]

        assert flow.name == "always"


class TestForms:
    """What a file is, its content says."""

    @pytest.mark.parametrize(
        ("content", "name", "form"),
        [
            (drawio(*FLOW), "chart.xml", Form.DRAWIO),
            (LUCID.encode(), "export.csv", Form.LUCID),
            (LEAD_TO_DEAL, "any.xml", Form.BPMN),
            (b"\x89PNG\r\n\x1a\n....", "board.png", Form.PICTURE),
            (b"\xff\xd8\xff....", "board.jpg", Form.PICTURE),
            (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "creately.svg", Form.PICTURE),
            (b"PK\x03\x04", "chart.vsdx", Form.VISIO),
        ],
    )
    def test_is_told_by_its_content(self, content: bytes, name: str, form: Form) -> None:
        assert form_of(content, name) is form

    def test_anything_else_is_refused_with_what_can_be_read(self) -> None:
        with pytest.raises(UnreadableDrawing, match=r"Visio \(.vsdx\), Lucidchart"):
            form_of(b"%PDF-1.7", "chart.pdf")

    def test_a_bpmn_file_is_its_own_chart(self) -> None:
        found = read_drawing(LEAD_TO_DEAL, Form.BPMN)

        assert found.lines == found.connected > 5
        assert found.chart == bpmn.read(LEAD_TO_DEAL)

    def test_a_chart_of_ours_comes_back_from_drawio_without_questions(self) -> None:
        content = chart_as_drawio(bpmn.read(LEAD_TO_DEAL), name="Lead to deal")

        found = read_drawing(content, form_of(content, "x.drawio"))

        assert found.doubts == ()
        assert found.kept > 10
        assert pages_of(content, Form.DRAWIO)

    def test_a_picture_has_nothing_to_read(self) -> None:
        with pytest.raises(UnreadableDrawing, match="Trace it"):
            read_drawing(b"\xff\xd8\xff", Form.PICTURE)


class TestProcedure:
    """A chart that becomes the drawing of a procedure."""

    def test_names_the_procedure_and_the_roles_of_its_lanes(self) -> None:
        content = drawio(
            vertex("s", "Vertrieb", "swimlane;", 0, 0, size=(400, 150)), vertex("a", "Call", "", 50, 40, "s")
        )
        found = read_drawing(content, Form.DRAWIO)
        (lane,) = found.lanes

        chart = as_procedure(found.chart, key="calls", name="Calls", record="lead", roles={lane.id: "sales"})

        (process,) = bpmn.read(bpmn.write(chart)).processes
        assert process.extensions.procedure is not None
        assert (process.extensions.procedure.key, process.extensions.procedure.record) == ("calls", "lead")
        role = process.lane_sets[0].lanes[0].extensions.role
        assert role is not None
        assert role.key == "sales"
        assert process.is_executable


class TestPicture:
    """The drawing as it was drawn."""

    def test_shows_each_shape_with_its_words(self) -> None:
        picture = pictured(read_drawio(drawio(*FLOW))[0], title="Source")

        assert picture.startswith("<svg")
        assert "Reached?" in picture
        assert picture.count("<path") >= len([cell for cell in FLOW if "edge=" in cell])

    def test_a_table_of_shapes_has_none(self) -> None:
        assert pictured(read_lucid(LUCID.encode())[0], title="Source") == ""
