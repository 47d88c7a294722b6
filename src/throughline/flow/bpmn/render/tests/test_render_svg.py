"""The picture: what is in it, in which order, and that nobody's file can break it."""

from __future__ import annotations

import re
import time

import pytest
from lxml import etree

from throughline.flow import bpmn
from throughline.flow.bpmn import Mark, model
from throughline.flow.bpmn.render import DARK, LIGHT
from throughline.flow.bpmn.render.palette import chosen
from throughline.flow.bpmn.render.printing import Unprintable, printed
from throughline.flow.bpmn.tests.charts import chart, suite_files

SVG = "{http://www.w3.org/2000/svg}"

CALL = (
    '<bpmn:startEvent id="start" name="Lead captured"/>'
    '<bpmn:userTask id="call" name="Make first contact"/>'
    '<bpmn:boundaryEvent id="late" name="24 h" attachedToRef="call" cancelActivity="false">'
    "<bpmn:timerEventDefinition/></bpmn:boundaryEvent>"
    '<bpmn:exclusiveGateway id="reached" name="Reached?" default="no"/>'
    '<bpmn:endEvent id="end" name="Reached"/><bpmn:task id="tell" name="Tell the manager"/>'
    '<bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="call"/>'
    '<bpmn:sequenceFlow id="f2" sourceRef="call" targetRef="reached"/>'
    '<bpmn:sequenceFlow id="yes" name="yes" sourceRef="reached" targetRef="end"/>'
    '<bpmn:sequenceFlow id="no" name="no answer" sourceRef="reached" targetRef="call"/>'
    '<bpmn:sequenceFlow id="f5" sourceRef="late" targetRef="tell"/>'
)


def drawn(
    inside: str = CALL, marks: dict[str, Mark] | None = None, *, around: str = "", hops: int = 2
) -> etree._Element:
    """Return the picture of a chart."""
    svg = bpmn.render_svg(bpmn.read(chart(inside)), marks or {}, around=around, hops=hops)
    return etree.fromstring(svg)


def node(svg: etree._Element, each: str) -> etree._Element:
    """Return the group of a node."""
    (found,) = [group for group in svg.iter(f"{SVG}g") if group.get("data-node") == each]
    return found


def words(element: etree._Element) -> str:
    """Return the text that is seen, once."""
    texts = [text for text in element.iter(f"{SVG}text") if text.get("aria-hidden") != "true"]
    return " ".join(str(span.text) for text in texts for span in text.iter(f"{SVG}tspan"))


class TestRenderSvg:
    def test_every_node_and_flow_is_a_group_with_its_id_and_name(self) -> None:
        svg = drawn()

        nodes = {group.get("data-node") for group in svg.iter(f"{SVG}g")} - {None}
        flows = {group.get("data-flow") for group in svg.iter(f"{SVG}g")} - {None}
        assert nodes == {"start", "call", "late", "reached", "end", "tell"}
        assert flows == {"f1", "f2", "yes", "no", "f5"}
        assert node(svg, "call").findtext(f"{SVG}title") == "Make first contact"
        assert words(node(svg, "call")) == "Make first contact"

    def test_it_is_an_image_with_a_title_and_a_description_in_words(self) -> None:
        svg = drawn(marks={"call": Mark(here="MK", done=True)})

        assert svg.get("role") == "img"
        title, described = str(svg.get("aria-labelledby")).split()
        assert [svg.find(f"{SVG}title").get("id"), svg.findtext(f"{SVG}title")] == [title, "P"]  # type: ignore[union-attr]
        assert svg.find(f"{SVG}desc").get("id") == described  # type: ignore[union-attr]
        assert svg.findtext(f"{SVG}desc") == "2 steps. Make first contact: here: MK, done."

    def test_ids_carry_the_prefix_so_that_two_pictures_can_share_a_page(self) -> None:
        svg = etree.fromstring(bpmn.render_svg(bpmn.read(chart(CALL)), id_prefix="lead-7-"))

        ids = [element.get("id") for element in svg.iter() if element.get("id")]
        assert ids
        assert all(str(each).startswith("lead-7-") for each in ids)

    def test_where_a_token_is_the_node_says_so_for_eyes_and_scripts(self) -> None:
        call = node(drawn(marks={"call": Mark(here="MK")}), "call")

        assert call.get("data-here") is not None
        assert "is-here" in str(call.get("class")).split()
        assert "MK" in words(call)

    def test_counts_notes_and_late_ones_are_written_at_the_node(self) -> None:
        call = node(drawn(marks={"call": Mark(count=27, overdue=3, note="31 h", heat=2)}), "call")

        assert {"is-overdue", "is-heat-2"} <= set(str(call.get("class")).split())
        assert "27" in words(call)
        assert "31 h · 3 late" in words(call)

    def test_an_incident_is_told_in_the_title(self) -> None:
        call = node(drawn(marks={"call": Mark(incident="The mail was refused")}), "call")

        assert call.findtext(f"{SVG}title") == "Make first contact, incident: The mail was refused"

    def test_taken_flows_are_drawn_above_the_others(self) -> None:
        svg = drawn(marks={"f1": Mark(done=True)})

        flows = [group.get("data-flow") for group in svg.iter(f"{SVG}g") if group.get("data-flow")]
        assert flows[-1] == "f1"

    def test_names_outside_symbols_are_drawn_twice_with_a_halo(self) -> None:
        start = node(drawn(), "start")

        halo, text = start.iter(f"{SVG}text")
        assert (halo.get("aria-hidden"), halo.get("stroke-width"), text.get("stroke")) == ("true", "3.5", "none")

    def test_a_stretch_around_a_node_is_smaller_and_what_lies_beyond_is_faint(self) -> None:
        whole, part = drawn(), drawn(around="start", hops=1)

        assert float(str(part.get("width"))) < float(str(whole.get("width")))
        assert node(part, "call").get("opacity") is None
        assert "end" not in {group.get("data-node") for group in part.iter(f"{SVG}g")}

    def test_a_stretch_is_never_larger_than_asked_and_always_holds_its_node_whole(self) -> None:
        svg = etree.fromstring(bpmn.render_svg(bpmn.read(chart(CALL)), around="call", hops=9, within=(200, 120)))

        x, y, width, height = map(float, str(svg.get("viewBox")).split())
        (task,) = node(svg, "call").findall(f"{SVG}rect")
        left, top = float(str(task.get("x"))), float(str(task.get("y")))
        assert width < 300
        assert height < 200
        assert x < left < left + 100 < x + width
        assert y < top < top + 80 < y + height

    def test_a_stretch_follows_a_boundary_event_only_backwards(self) -> None:
        ahead, behind = drawn(around="call", hops=3), drawn(around="tell", hops=2)

        assert node(behind, "call").get("opacity") is None
        assert all(group.get("opacity") for group in ahead.iter(f"{SVG}g") if group.get("data-node") == "tell")

    def test_a_stretch_around_what_is_not_there_is_refused(self) -> None:
        with pytest.raises(LookupError, match="nowhere"):
            drawn(around="nowhere")

    def test_colours_are_variables_of_the_page_or_plain_ones(self) -> None:
        definitions = bpmn.read(chart(CALL))

        assert "var(--chart-stroke,#" in bpmn.render_svg(definitions)
        for palette in (LIGHT, DARK):
            plain = bpmn.render_svg(definitions, colours=palette)
            assert "var(" not in plain
            assert palette["chart-stroke"] in plain

    def test_there_is_neither_a_style_sheet_nor_a_script_nor_an_inline_style(self) -> None:
        svg = bpmn.render_svg(bpmn.read(chart(CALL)), {"call": Mark(here="you", count=3, note="x", incident="y")})

        assert not re.search(r"<style|<script|\sstyle=|\son\w+=|href", svg)

    def test_names_and_colours_of_a_stranger_cannot_break_out(self) -> None:
        hostile = '"><script>alert(1)</script>'
        definitions = bpmn.read(chart(f'<bpmn:task id="t" name="{_attribute(hostile)}"/>'))
        laid = bpmn.lay_out(definitions)
        plane = laid.diagrams[0].plane
        assert plane is not None
        bad = (("{http://bpmn.io/schema/bpmn/biocolor/1.0}fill", 'red" onload="alert(1)'),)
        shape = model.Shape(element="t", attributes=bad, bounds=plane.shapes[0].bounds)
        from dataclasses import replace

        painted = replace(laid, diagrams=(model.Diagram(plane=replace(plane, elements=(shape,))),))

        svg = bpmn.render_svg(painted, {"t": Mark(here=hostile, incident=hostile, note=hostile)})

        root = etree.fromstring(svg)
        assert not list(root.iter(f"{SVG}script"))
        assert "onload" not in svg

    def test_inside_a_closed_sub_process_nothing_is_drawn(self) -> None:
        laid = bpmn.lay_out(
            bpmn.read(chart('<bpmn:subProcess id="s" name="Sub"><bpmn:task id="t"/></bpmn:subProcess>'))
        )
        written = bpmn.write(laid).replace(b'isExpanded="true"', b'isExpanded="false"')

        svg = etree.fromstring(bpmn.render_svg(bpmn.read(written)))

        assert {group.get("data-node") for group in svg.iter(f"{SVG}g")} - {None} == {"s"}

    def test_a_token_in_a_closed_sub_process_is_shown_on_it(self) -> None:
        inside = '<bpmn:subProcess id="s" name="Sub"><bpmn:task id="t"/></bpmn:subProcess>'
        written = bpmn.write(bpmn.lay_out(bpmn.read(chart(inside))))
        closed = bpmn.read(written.replace(b'isExpanded="true"', b'isExpanded="false"'))

        svg = etree.fromstring(bpmn.render_svg(closed, {"t": Mark(here="MK")}, around="t"))

        assert node(svg, "s").get("data-here") is not None

    def test_ids_that_occur_twice_end_in_a_picture_all_the_same(self) -> None:
        twice = (
            '<bpmn:subProcess id="s"><bpmn:subProcess id="p"><bpmn:task id="s"/></bpmn:subProcess></bpmn:subProcess>'
        )

        assert drawn(twice).tag == f"{SVG}svg"

    def test_lines_that_end_inside_a_shape_are_drawn_to_its_border(self) -> None:
        laid = bpmn.lay_out(bpmn.read(chart('<bpmn:task id="a"/><bpmn:task id="b"/>' + _flow("a", "b"))))
        plane = laid.diagrams[0].plane
        assert plane is not None
        from dataclasses import replace

        boxes = {shape.element: shape.bounds for shape in plane.shapes}
        middles = [boxes[each].centre for each in "ab"]  # type: ignore[union-attr]
        edge = replace(plane.edges[0], waypoints=tuple(model.Waypoint(x=x, y=y) for x, y in middles))
        crossing = replace(laid, diagrams=(model.Diagram(plane=replace(plane, elements=(*plane.shapes, edge))),))

        svg = bpmn.render_svg(crossing)

        right = boxes["a"].right  # type: ignore[union-attr]
        assert f'd="M{right:g} ' in svg

    @pytest.mark.speed
    def test_forty_nodes_take_less_than_twenty_milliseconds(self) -> None:
        tasks = "".join(f'<bpmn:userTask id="t{index}" name="Do the thing {index}"/>' for index in range(40))
        flows = "".join(_flow(f"t{index}", f"t{index + 1}") for index in range(39))
        laid = bpmn.lay_out(bpmn.read(chart(tasks + flows)))
        bpmn.render_svg(laid)

        best = min(_seconds(laid) for _ in range(5))

        assert best < 0.02


def _flow(one: str, other: str) -> str:
    return f'<bpmn:sequenceFlow id="{one}-{other}" sourceRef="{one}" targetRef="{other}"/>'


def _attribute(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def _seconds(definitions: model.Definitions) -> float:
    started = time.process_time()
    bpmn.render_svg(definitions)
    return time.process_time() - started


class TestChosen:
    @pytest.mark.parametrize("colour", ["#fff", "#a1b2c3", "tomato", "rgb(1, 2, 3)"])
    def test_colours_are_kept(self, colour: str) -> None:
        assert chosen(colour) == colour

    @pytest.mark.parametrize("text", ["", 'red"', "url(#x)", "red;x", "expression(1)"])
    def test_everything_else_is_not(self, text: str) -> None:
        assert chosen(text) == ""


class TestPrinted:
    def test_png_and_pdf_are_made_and_are_the_same_each_time(self) -> None:
        svg = bpmn.render_svg(bpmn.read(chart(CALL)), colours=LIGHT)

        png, pdf = printed(svg, "png", zoom=1), printed(svg, "pdf", title="Lead to deal")

        assert png.startswith(b"\x89PNG")
        assert pdf.startswith(b"%PDF")
        assert printed(svg, "png", zoom=1) == png

    def test_what_is_broken_is_refused_with_the_reason(self) -> None:
        with pytest.raises(Unprintable, match=r"The drawing cannot be made a PNG: .+"):
            printed('<svg width="10" height="10"><broken', "png")

    def test_what_is_no_drawing_is_refused(self) -> None:
        with pytest.raises(Unprintable):
            printed("<svg/>", "png")


@pytest.mark.suites
class TestPublicFiles:
    def test_every_public_chart_gives_a_picture_with_all_its_drawn_nodes(self) -> None:
        for file in suite_files("import-miwg-reference", "import-engines", "token-simulation", "soundness"):
            try:
                definitions = bpmn.read(file.read_bytes())
            except bpmn.Unreadable:
                continue
            pages = definitions.diagrams or bpmn.lay_out(definitions).diagrams

            for page in range(len(pages)):
                svg = etree.fromstring(bpmn.render_svg(definitions, page=page))

                x, y, width, height = map(float, str(svg.get("viewBox")).split())
                assert width > 0, file.name
                assert height > 0, file.name
                assert abs(x) < 1e5, file.name
                assert abs(y) < 1e5, file.name
