"""Layout: everything is drawn, nothing lies on anything else, and the main path is straight."""

from __future__ import annotations

import time
from itertools import combinations, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from throughline.flow import bpmn
from throughline.flow.bpmn import model
from throughline.flow.bpmn.layout.graph import Graph, Link
from throughline.flow.bpmn.layout.grid import Grid
from throughline.flow.bpmn.layout.places import tether
from throughline.flow.bpmn.layout.routes import Router
from throughline.flow.bpmn.layout.tests.judge import Sheet, sheets
from throughline.flow.bpmn.render.geometry import Box, Point
from throughline.flow.bpmn.tests.charts import chart, suite_files


def laid(inside: str, *, root: str = "") -> Sheet:
    """Return the only page of a chart."""
    (sheet,) = sheets(bpmn.lay_out(bpmn.read(chart(inside, root=root))))
    return sheet


def steps(text: str, *, gateways: str = "") -> str:
    """Return tasks and flows for ``"a > b > c, b > d"``; those in ``gateways`` are exclusive gateways."""
    pairs = [pair for way in text.split(", ") for pair in _pairs(way.split(" > "))]
    names = dict.fromkeys(name for pair in pairs for name in pair)
    nodes = "".join(
        f'<bpmn:{"exclusiveGateway" if name in gateways.split() else "task"} id="{name}" name="{name}"/>'
        for name in names
    )
    flows = "".join(
        f'<bpmn:sequenceFlow id="{one}-{two}" sourceRef="{one}" targetRef="{two}"/>'
        for one, two in dict.fromkeys(pairs)
    )
    return nodes + flows


def _pairs(names: list[str]) -> list[tuple[str, str]]:
    return list(pairwise(names))


class TestLayOut:
    def test_the_main_path_is_a_straight_line_and_side_ways_go_below(self) -> None:
        sheet = laid(steps("a > g > b > c, g > d", gateways="g"))

        boxes = sheet.boxes
        assert boxes["a"].cy == boxes["g"].cy == boxes["b"].cy == boxes["c"].cy
        assert boxes["d"].y > boxes["b"].bottom
        assert [boxes[name].x for name in "agbc"] == sorted(boxes[name].x for name in "agbc")
        assert len(sheet.lines["g-b"]) == 2

    def test_a_loop_back_runs_above_its_row_and_enters_from_above(self) -> None:
        sheet = laid(steps("a > b > g > c, g > b", gateways="g"))

        points = sheet.lines["g-b"]
        assert min(y for _, y in points) < sheet.boxes["b"].y
        assert points[-1] == (sheet.boxes["b"].cx, sheet.boxes["b"].y)

    def test_a_way_past_steps_of_its_row_does_not_run_through_them(self) -> None:
        sheet = laid(steps("g > a > b > j, g > j", gateways="g j"))

        assert list(sheet.pierced()) == []
        assert max(y for _, y in sheet.lines["g-j"]) > sheet.boxes["a"].bottom

    def test_lanes_keep_their_order_and_hold_their_nodes(self) -> None:
        lanes = (
            '<bpmn:laneSet id="ls"><bpmn:lane id="l1" name="Sales"><bpmn:flowNodeRef>a</bpmn:flowNodeRef>'
            '<bpmn:flowNodeRef>c</bpmn:flowNodeRef></bpmn:lane><bpmn:lane id="l2" name="Service">'
            "<bpmn:flowNodeRef>b</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>"
        )

        sheet = laid(lanes + steps("a > b > c"))

        assert sheet.boxes["l1"].bottom == sheet.boxes["l2"].y
        assert list(sheet.outside()) == []

    def test_boundary_events_sit_on_the_lower_border_and_their_way_starts_downwards(self) -> None:
        sheet = laid(
            steps("a > b, c > d")
            + '<bpmn:boundaryEvent id="e" name="late" attachedToRef="a"/>'
            + '<bpmn:sequenceFlow id="e-c" sourceRef="e" targetRef="c"/>'
        )

        event, host = sheet.boxes["e"], sheet.boxes["a"]
        assert event.cy == host.bottom
        assert host.x < event.cx < host.right
        assert sheet.lines["e-c"][0] == (event.cx, event.bottom)

    def test_a_sub_process_holds_what_is_inside_it(self) -> None:
        inner = f'<bpmn:subProcess id="s" name="Sub">{steps("a > b")}</bpmn:subProcess>'

        sheet = laid(inner)

        assert list(sheet.outside()) == []
        assert sheet.plane.shapes[0].is_expanded

    def test_exclusive_gateways_show_their_marker_and_gateways_have_room_for_their_names(self) -> None:
        sheet = laid(steps("a > g > b, g > c", gateways="g"))

        (gateway,) = [shape for shape in sheet.plane.shapes if shape.element == "g"]
        assert gateway.is_marker_visible
        assert gateway.label is not None

    def test_pools_stand_under_each_other_and_messages_run_between_them(self) -> None:
        root = (
            '<bpmn:collaboration id="c"><bpmn:participant id="them" name="Customer"/>'
            '<bpmn:participant id="us" processRef="p"/>'
            '<bpmn:messageFlow id="m" sourceRef="them" targetRef="a"/></bpmn:collaboration>'
        )

        sheet = laid(steps("a > b"), root=root)

        assert sheet.boxes["them"].bottom < sheet.boxes["us"].y
        assert sheet.lines["m"][0][1] == sheet.boxes["them"].bottom
        assert sheet.lines["m"][-1][1] == sheet.boxes["a"].y

    def test_data_and_remarks_stand_above_their_step_with_their_lines(self) -> None:
        sheet = laid(
            '<bpmn:task id="a"><bpmn:dataOutputAssociation id="da"><bpmn:targetRef>doc</bpmn:targetRef>'
            '</bpmn:dataOutputAssociation></bpmn:task><bpmn:dataObjectReference id="doc" name="Offer"/>'
            '<bpmn:textAnnotation id="ta"><bpmn:text>Be kind</bpmn:text></bpmn:textAnnotation>'
            '<bpmn:association id="as" sourceRef="a" targetRef="ta"/>'
            '<bpmn:task id="b"/><bpmn:sequenceFlow id="a-b" sourceRef="a" targetRef="b"/>'
        )

        assert sheet.boxes["doc"].bottom < sheet.boxes["a"].y
        assert not sheet.boxes["doc"].meets(sheet.boxes["ta"])
        assert {"da", "as"} <= set(sheet.lines)

    def test_what_no_flow_connects_stands_below_and_widens_no_column(self) -> None:
        event_sub_process = f'<bpmn:subProcess id="s" triggeredByEvent="true">{steps("x > y > z")}</bpmn:subProcess>'

        sheet = laid(steps("a > b") + event_sub_process)

        assert sheet.boxes["s"].y > sheet.boxes["a"].bottom
        assert sheet.boxes["b"].x - sheet.boxes["a"].right < 60

    def test_the_result_can_be_written_and_read_and_laid_out_again_the_same(self) -> None:
        once = bpmn.lay_out(bpmn.read(chart(steps("a > g > b > c, g > d, c > a", gateways="g"))))

        again = bpmn.lay_out(bpmn.read(bpmn.write(once)))

        assert again == once

    def test_lanes_inside_a_lane_lie_beside_its_name_and_fill_it(self) -> None:
        def lane(each: str, inside: str) -> str:
            return f'<bpmn:lane id="{each}" name="{each}">{inside}</bpmn:lane>'

        one, other = (f"<bpmn:flowNodeRef>{each}</bpmn:flowNodeRef>" for each in "ab")
        inner = f"<bpmn:childLaneSet>{lane('desk', one)}{lane('field', other)}</bpmn:childLaneSet>"

        boxes = laid(f"<bpmn:laneSet>{lane('sales', inner)}</bpmn:laneSet>{steps('a > b')}").boxes

        assert boxes["desk"].x == boxes["field"].x > boxes["sales"].x
        assert (boxes["sales"].y, boxes["sales"].bottom) == (boxes["desk"].y, boxes["field"].bottom)
        assert boxes["desk"].holds((boxes["a"].cx, boxes["a"].cy))
        assert boxes["field"].holds((boxes["b"].cx, boxes["b"].cy))

    def test_message_flows_with_an_end_nowhere_are_left_out(self) -> None:
        root = (
            '<bpmn:collaboration id="c"><bpmn:participant id="them"/><bpmn:participant id="us" processRef="p"/>'
            '<bpmn:messageFlow id="m" sourceRef="them" targetRef="nowhere"/></bpmn:collaboration>'
        )

        sheet = laid(steps("a > b"), root=root)

        assert "m" not in sheet.lines
        assert "m" not in sheet.boxes

    def test_messages_of_one_step_leave_it_beside_each_other(self) -> None:
        root = (
            '<bpmn:collaboration id="c"><bpmn:participant id="them"/><bpmn:participant id="us" processRef="p"/>'
            '<bpmn:messageFlow id="m" sourceRef="them" targetRef="a"/>'
            '<bpmn:messageFlow id="n" sourceRef="a" targetRef="them"/></bpmn:collaboration>'
        )

        sheet = laid(steps("a > b"), root=root)

        one, other = sheet.lines["m"][-1], sheet.lines["n"][0]
        assert one[1] == other[1] == sheet.boxes["a"].y
        assert abs(one[0] - other[0]) > 10

    def test_names_of_ways_that_part_at_one_corner_do_not_lie_on_each_other(self) -> None:
        flows = "".join(
            f'<bpmn:sequenceFlow id="{each}" name="case {each}" sourceRef="g" targetRef="{each}"/>' for each in "abcde"
        )
        tasks = "".join(f'<bpmn:task id="{each}"/>' for each in "abcde")

        labels = laid(f'<bpmn:exclusiveGateway id="g"/>{tasks}{flows}').labels

        assert {*labels} >= set("abcde")
        assert not any(labels[one].meets(labels[other]) for one, other in combinations("abcde", 2))

    def test_several_ways_out_of_a_task_have_their_names_at_their_ends(self) -> None:
        flows = "".join(
            f'<bpmn:sequenceFlow id="{each}" name="case {each}" sourceRef="t" targetRef="{each}"/>' for each in "abc"
        )
        tasks = "".join(f'<bpmn:task id="{each}"/>' for each in "abc")

        labels = laid(f'<bpmn:task id="t"/>{tasks}{flows}').labels

        assert not any(labels[one].meets(labels[other]) for one, other in combinations("abc", 2))

    def test_a_remark_may_point_at_its_step_or_the_step_at_it(self) -> None:
        sheet = laid(
            '<bpmn:textAnnotation id="ta"><bpmn:text>Be kind</bpmn:text></bpmn:textAnnotation>'
            f'<bpmn:association id="as" sourceRef="ta" targetRef="a"/>{steps("a > b")}'
        )

        assert sheet.lines["as"][-1][1] == sheet.boxes["a"].y

    def test_data_of_a_property_has_no_symbol_and_no_line(self) -> None:
        sheet = laid(
            '<bpmn:task id="a"><bpmn:property id="own"/><bpmn:dataOutputAssociation id="da">'
            "<bpmn:targetRef>own</bpmn:targetRef></bpmn:dataOutputAssociation></bpmn:task>"
        )

        assert "da" not in sheet.lines

    def test_a_long_name_widens_its_step(self) -> None:
        boxes = laid(f'<bpmn:task id="a" name="{"several words about it " * 6}"/><bpmn:task id="b" name="Call"/>').boxes

        assert boxes["a"].width > boxes["b"].width

    def test_boundary_events_beside_each_other_widen_their_step(self) -> None:
        events = "".join(
            f'<bpmn:boundaryEvent id="{each}" name="after a while" attachedToRef="a"/>' for each in ("x", "y", "z")
        )

        boxes = laid(f'<bpmn:task id="a"/><bpmn:task id="b"/>{events}').boxes

        assert boxes["a"].width > boxes["b"].width
        assert len({boxes[each].x for each in "xyz"}) == 3

    def test_a_boundary_event_of_no_step_stands_alone(self) -> None:
        boxes = laid('<bpmn:task id="a"/><bpmn:boundaryEvent id="x" attachedToRef="nowhere"/>').boxes

        assert not boxes["x"].meets(boxes["a"])

    def test_a_way_to_nowhere_is_left_out(self) -> None:
        sheet = laid('<bpmn:task id="a"/><bpmn:sequenceFlow id="f" sourceRef="a" targetRef="nowhere"/>')

        assert "f" not in sheet.lines

    def test_an_empty_process_has_an_empty_page(self) -> None:
        assert laid("").boxes == {}


class TestRouter:
    def test_a_corner_is_taken_whole_or_not_at_all(self) -> None:
        router = Router(Graph({}, {}, []), Grid(lane_rows=[3]))
        link = Link("f", "a", "b")

        assert router.reserve(router.rows[2], 1, 5, Link("g", "x", "y"))
        assert not router.both(0, 0, 2, (2, 0, 2), link)
        assert router.columns[0] == []

        assert router.reserve(router.columns[1], 1, 7, Link("h", "x", "y"))
        assert not router.both(1, 0, 2, (1, 1, 2), link)
        assert router.rows[1] == []

        assert router.both(0, 0, 1, (1, 0, 2), link)


class TestTether:
    @pytest.mark.parametrize(
        ("box", "line"),
        [
            (Box(0, 0, 40, 40), [(20, 40), (108, 100)]),
            (Box(0, 300, 40, 40), [(20, 300), (150, 180)]),
            (Box(300, 110, 40, 40), [(300, 130), (200, 140)]),
            (Box(0, 110, 40, 40), [(40, 130), (100, 140)]),
        ],
        ids=["above", "below", "right", "left"],
    )
    def test_runs_the_short_way(self, box: Box, line: list[Point]) -> None:
        assert tether(box, Box(100, 100, 100, 80)) == line


@pytest.mark.speed
class TestScale:
    def test_a_thousand_nodes_take_less_than_three_tenths_of_a_second(self) -> None:
        ways = [f"n{index} > n{index + 1}" for index in range(999)]
        ways += [f"n{index} > n{index + 7}" for index in range(0, 900, 9)]
        definitions = bpmn.read(chart(steps(", ".join(ways), gateways=" ".join(f"n{i}" for i in range(0, 1000, 9)))))

        best = min(_seconds(definitions) for _ in range(3))

        assert best < 0.3


def _seconds(definitions: model.Definitions) -> float:
    started = time.process_time()
    bpmn.lay_out(definitions)
    return time.process_time() - started


class TestGenerated:
    @given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=22), st.integers(0, 1023))
    @settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
    def test_no_flow_chart_makes_nodes_overlap_or_lines_run_through_them(
        self, pairs: list[tuple[int, int]], kinds: int
    ) -> None:
        gateways = " ".join(f"n{index}" for index in range(10) if kinds >> index & 1)
        text = ", ".join(f"n{one} > n{two}" for one, two in pairs)

        sheet = laid(steps(text, gateways=gateways))

        assert list(sheet.overlapping()) == []
        assert list(sheet.pierced()) == []
        assert set(sheet.lines) == {f"n{one}-n{two}" for one, two in pairs}


@pytest.mark.suites
class TestPublicFiles:
    def test_every_public_chart_is_drawn_whole_with_nothing_on_top_of_anything(self) -> None:
        faults: list[tuple[str, str, object]] = []
        for file in suite_files("import-miwg-reference", "import-engines", "token-simulation", "soundness"):
            try:
                definitions = bpmn.lay_out(bpmn.read(file.read_bytes()))
            except bpmn.Unreadable:
                continue
            shown = {shape.element for sheet in sheets(definitions) for shape in sheet.plane.shapes}
            nodes = {
                item.id
                for process in definitions.processes
                for item, _ in process.walk()
                if isinstance(item, model.FlowNode)
            }
            faults += [(file.name, "missing", node) for node in nodes - shown]
            for sheet in sheets(definitions):
                faults += [(file.name, "overlap", pair) for pair in sheet.overlapping()]
                faults += [(file.name, "outside", pair) for pair in sheet.outside()]
                faults += [(file.name, "pierced", pair) for pair in sheet.pierced()]

        assert faults == []
