"""Charts as draw.io files, and back."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest

from throughline.flow import bpmn
from throughline.flow.bpmn import model
from throughline.flow.bpmn.layout import lay_out
from throughline.flow.bpmn.render.geometry import Box
from throughline.flow.charts import UnreadableDrawing, chart_as_drawio, read_drawio, read_returned, understand
from throughline.flow.charts.sketch import Shape
from throughline.flow.charts.tests.test_import import drawio, edge, public_drawings, vertex
from throughline.testing.suites import suites


def shipped() -> list[Path]:
    """Return the shipped charts."""
    return sorted(Path(str(files("throughline.packs"))).glob("*/*.bpmn"))


LEAD_TO_DEAL = next(path for path in shipped() if path.name == "lead-to-deal.bpmn").read_bytes()


def sent(content: bytes) -> bytes:
    """Return the draw.io file of a BPMN file."""
    return chart_as_drawio(bpmn.read(content), name="Chart")


def standing(content: bytes) -> bpmn.model.Definitions:
    """Return a chart as it is read, laid out where it has no places."""
    chart = bpmn.read(content)
    drawn = any(each.plane is not None and each.plane.shapes for each in chart.diagrams)
    return bpmn.read(bpmn.write(chart if drawn else lay_out(chart)))


class TestRoundTrip:
    """What comes back as it was sent."""

    @pytest.mark.req("A4")
    @pytest.mark.parametrize("path", shipped(), ids=lambda path: path.name)
    def test_a_shipped_chart_comes_back_as_it_was(self, path: Path) -> None:
        content = path.read_bytes()

        back = read_returned(sent(content))

        assert back is not None
        assert back.same
        assert back.chart == standing(content)

    @pytest.mark.req("A4")
    def test_charts_understood_from_public_drawings_come_back_as_they_were(self) -> None:
        count = 0
        for path in public_drawings():
            if path.suffix != ".xml":
                continue
            for sketch in read_drawio(path.read_bytes()):
                content = bpmn.write(understand(sketch).chart)
                back = read_returned(sent(content))
                assert back is not None
                assert back.same, path.name
                assert back.chart == standing(content), path.name
                count += 1

        assert count > 30

    @pytest.mark.req("A4")
    @pytest.mark.parametrize("folder", ["import-miwg-reference", "import-engines"])
    def test_charts_of_other_modelers_come_back_as_they_were(self, folder: str) -> None:
        found = sorted((suites() / "conformance" / folder).rglob("*.bpmn"))
        back = 0
        for path in found:
            try:
                expected = standing(path.read_bytes())
            except (bpmn.Unreadable, LookupError, ValueError):
                continue  # what cannot be read at all has tests of its own
            returned = read_returned(chart_as_drawio(expected, name="Chart"))
            assert returned is not None
            assert returned.same, path.name
            assert returned.chart == expected, path.name
            back += 1

        assert back > 10

    def test_a_drawing_of_somebody_else_carries_nothing(self) -> None:
        assert read_returned(drawio(vertex("a", "A", "", 0, 0))) is None

    def test_what_was_damaged_on_its_way_is_refused(self) -> None:
        broken = b'<mxfile><diagram><mxGraphModel><root><object id="0" throughline="AAAA"><mxCell/></object></root>'

        with pytest.raises(UnreadableDrawing, match="cannot be unpacked"):
            read_returned(broken + b"</mxGraphModel></diagram></mxfile>")


NESTED = b"""<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:tl="urn:throughline:bpmn:1" id="d"
    targetNamespace="t">
  <bpmn:process id="p" name="Nested" isExecutable="true">
    <bpmn:extensionElements><tl:procedure key="nested" record="lead"/></bpmn:extensionElements>
    <bpmn:laneSet id="ls"><bpmn:lane id="sales" name="Sales">
      <bpmn:extensionElements><tl:role key="sales"/></bpmn:extensionElements>
      <bpmn:flowNodeRef>start</bpmn:flowNodeRef><bpmn:flowNodeRef>sub</bpmn:flowNodeRef>
      <bpmn:flowNodeRef>late</bpmn:flowNodeRef><bpmn:flowNodeRef>tell</bpmn:flowNodeRef>
      <bpmn:flowNodeRef>end</bpmn:flowNodeRef><bpmn:flowNodeRef>told</bpmn:flowNodeRef>
    </bpmn:lane></bpmn:laneSet>
    <bpmn:startEvent id="start" name="Start"/>
    <bpmn:subProcess id="sub" name="Qualify">
      <bpmn:startEvent id="in" name="In"/>
      <bpmn:userTask id="call" name="Call the lead">
        <bpmn:extensionElements><tl:workItem queue="&quot;sales&quot;"><tl:guidance>Listen.</tl:guidance></tl:workItem>
        </bpmn:extensionElements>
      </bpmn:userTask>
      <bpmn:endEvent id="out" name="Out"/>
      <bpmn:sequenceFlow id="i1" sourceRef="in" targetRef="call"/>
      <bpmn:sequenceFlow id="i2" sourceRef="call" targetRef="out"/>
    </bpmn:subProcess>
    <bpmn:boundaryEvent id="late" name="A day over" attachedToRef="sub" cancelActivity="false">
      <bpmn:timerEventDefinition id="t"><bpmn:timeDuration>PT24H</bpmn:timeDuration></bpmn:timerEventDefinition>
    </bpmn:boundaryEvent>
    <bpmn:userTask id="tell" name="Tell the manager"/>
    <bpmn:endEvent id="told" name="Told"/>
    <bpmn:endEvent id="end" name="Done"/>
    <bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="sub"/>
    <bpmn:sequenceFlow id="f2" sourceRef="sub" targetRef="end"/>
    <bpmn:sequenceFlow id="f3" sourceRef="late" targetRef="tell"/>
    <bpmn:sequenceFlow id="f4" sourceRef="tell" targetRef="told"/>
  </bpmn:process>
</bpmn:definitions>"""


def back_with(cells: str, *, without: tuple[str, ...] = ()) -> model.Definitions:
    """Return the nested chart as it comes back with more cells and without some."""
    file = sent(NESTED).decode()
    for key in without:
        file = re.sub(rf'<mxCell id="{key}".*?</mxCell>', "", file, flags=re.DOTALL)
    back = read_returned(file.replace("</root>", cells + "</root>").encode())
    assert back is not None
    assert not back.same
    return bpmn.read(bpmn.write(back.chart))


def everything(chart: model.Definitions) -> dict[str, tuple[model.FlowElement, str]]:
    """Return each element of the main process by its id, with the id of what it is in."""
    return {element.id: (element, holder.id) for element, holder in chart.processes[0].walk()}


def places() -> dict[str, Shape]:
    """Return the shapes of the nested chart as they leave, by id."""
    return {shape.id: shape for shape in read_drawio(sent(NESTED))[0].shapes}


class TestChanged:
    """What was changed in draw.io."""

    @pytest.mark.req("A4")
    def test_sub_processes_and_events_at_steps_stay_what_they_were(self) -> None:
        more = vertex("n1", "Write a letter", "rounded=1;", 900, 900) + edge("n2", "tell", "n1", "then")

        chart = back_with(more, without=("f4",))

        found = everything(chart)
        before = everything(bpmn.read(NESTED))
        for key in ("sub", "call", "in", "late", "tell", "i1", "f3"):
            assert type(found[key][0]) is type(before[key][0])
            assert found[key][1] == before[key][1]
            assert found[key][0].extensions == before[key][0].extensions
        late = found["late"][0]
        assert isinstance(late, model.BoundaryEvent)
        assert (late.attached_to, late.cancel_activity, len(late.definitions)) == ("sub", False, 1)
        assert "f4" not in found
        joined = {(each.source, each.target) for each, _ in found.values() if isinstance(each, model.SequenceFlow)}
        assert ("tell", "n_n1") in joined
        assert chart.processes[0].extensions.procedure is not None

    def test_a_step_drawn_into_a_sub_process_is_in_it(self) -> None:
        box = places()["sub"]
        x, y = int(box.x + 5), int(box.y + box.height - 45)
        more = vertex("n1", "Look them up", "rounded=1;", x, y, size=(60, 40)) + edge("n2", "in", "n1")

        found = everything(back_with(more))

        assert found["n_n1"][1] == "sub"
        assert found["f_n2"][1] == "sub"

    def test_what_is_taken_away_takes_what_hangs_on_it_along(self) -> None:
        found = everything(back_with("", without=("sub", "in", "call", "out", "i1", "i2")))

        assert set(found) == {"start", "tell", "told", "end", "f4"}

    def test_a_line_that_joins_something_else_leads_there(self) -> None:
        flow = edge("f2", "sub", "tell")

        found = everything(back_with(flow, without=("f2",)))

        assert (found["f2"][0].source, found["f2"][0].target) == ("sub", "tell")  # type: ignore[attr-defined]

    def test_a_step_drawn_as_something_else_is_that(self) -> None:
        other = vertex("tell", "Tell the manager?", "rhombus;", 700, 600)

        found = everything(back_with(other, without=("tell",)))

        assert isinstance(found["tell"][0], model.ExclusiveGateway)
        assert found["tell"][0].name == "Tell the manager?"

    def test_notes_and_lines_across_borders_have_their_fates(self) -> None:
        more = vertex("n1", "Why?", "shape=note;", 900, 900) + edge("n2", "tell", "call") + edge("n3", "tell", "")
        file = sent(NESTED).decode().replace("</root>", more + "</root>").encode()

        back = read_returned(file)

        assert back is not None
        assert back.understood is not None
        told = {fate.drawn: (fate.became, fate.reason) for fate in back.understood.fates}
        assert told["n1"] == ("textAnnotation", "")
        assert told["n2"][1].startswith("It joins steps of different sub-processes")
        assert told["n3"][0] == ""
        assert told["sub"] == ("subProcess", "")
        assert {doubt.kind for doubt in back.understood.doubts} == {"loose-line"}

    @pytest.mark.req("A4")
    def test_new_words_and_places_are_taken_over_and_settings_kept(self) -> None:
        file = sent(LEAD_TO_DEAL)
        (cell,) = [each for each in read_drawio(file)[0].shapes if each.text == "Make first contact"]
        moved = file.replace(b'value="Make first contact"', b'value="Ring the lead"').replace(
            f'x="{cell.x:g}" y="{cell.y:g}" width="{cell.width:g}"'.encode(),
            f'x="{cell.x + 40:g}" y="{cell.y:g}" width="{cell.width:g}"'.encode(),
        )

        back = read_returned(moved)

        assert back is not None
        assert back.same
        before = next(each for each in bpmn.read(LEAD_TO_DEAL).processes[0].elements if each.id == cell.id)
        after = next(each for each in back.chart.processes[0].elements if each.id == cell.id)
        assert after.name == "Ring the lead"
        assert after.extensions == before.extensions
        plane = back.chart.diagrams[0].plane
        assert plane is not None
        place = next(shape.bounds for shape in plane.shapes if shape.element == cell.id)
        assert place is not None
        assert place.x == cell.x + 40

    @pytest.mark.req("A4")
    def test_a_step_that_was_added_leaves_the_others_their_settings(self) -> None:
        extra = '<mxCell id="new1" value="Write a letter" style="rounded=1;" vertex="1" parent="1">'
        extra += '<mxGeometry x="50" y="900" width="100" height="60" as="geometry"/></mxCell></root>'
        file = sent(LEAD_TO_DEAL).replace(b"</root>", extra.encode())

        back = read_returned(file)

        assert back is not None
        assert not back.same
        (process,) = back.chart.processes
        assert any(each.name == "Write a letter" for each in process.elements)
        asked = {
            each.name: each.extensions.work_item for each in process.elements if each.extensions.work_item is not None
        }
        assert asked["Make first contact"].outcomes
        assert process.extensions.procedure is not None
        assert process.extensions.procedure.key == "lead-to-deal"

    @pytest.mark.req("A4")
    def test_what_stayed_keeps_its_place_and_what_is_new_stands_where_it_was_drawn(self) -> None:
        end = places()["end"]
        more = vertex("n1", "Write a letter", "rounded=1;", int(end.x), int(end.y) + 60, size=(100, 60))
        more += edge("n2", "sub", "n1", "then")

        chart = back_with(more)

        was, now = drawn(standing(NESTED)), drawn(chart)
        assert {each: now[each] for each in was} == was
        assert (now["n_n1"].x, now["n_n1"].y) == (int(end.x), int(end.y) + 60)

    @pytest.mark.req("A4")
    def test_a_place_in_the_way_of_others_is_found_anew(self) -> None:
        end = places()["end"]
        more = vertex("n1", "Write a letter", "rounded=1;", int(end.x), int(end.y), size=(100, 60))

        now = drawn(back_with(more + edge("n2", "sub", "n1")))

        assert not now["n_n1"].meets(now["end"])

    @pytest.mark.req("A4")
    def test_a_band_that_was_added_is_a_lane_of_the_steps_in_it(self) -> None:
        lane = places()["sales"]
        top = int(lane.y + lane.height)
        band = vertex("n0", "Service", "swimlane;horizontal=0;", int(lane.x), top, size=(int(lane.width), 200))
        step = vertex("n1", "Write a letter", "rounded=1;", int(lane.x) + 200, top + 60, size=(100, 60))

        chart = back_with(band + step + edge("n2", "sub", "n1"))

        lanes = {each.name: each for each in chart.processes[0].lanes}
        assert list(lanes) == ["Sales", "Service"]
        assert lanes["Service"].nodes == ("n_n1",)
        assert "n_n1" not in lanes["Sales"].nodes
        assert lanes["Sales"].extensions.role is not None
        now = drawn(chart)
        assert now[lanes["Service"].id].cut(now["n_n1"]) == now["n_n1"]

    @pytest.mark.req("A4")
    def test_bands_around_a_chart_without_lanes_make_it_some_in_a_pool(self) -> None:
        plain = re.sub(rb"<bpmn:laneSet.*</bpmn:laneSet>", b"", NESTED, flags=re.DOTALL)
        file = sent(plain).decode()
        band = vertex("n0", "Service", "swimlane;horizontal=0;", -60, -60, size=(1600, 900))
        back = read_returned(file.replace("</root>", band + "</root>").encode())

        assert back is not None
        (process,) = back.chart.processes
        assert [lane.name for lane in process.lanes] == ["Service"]
        assert {"start", "sub", "late", "end"} <= set(process.lanes[0].nodes)
        assert [pool.process_ref for each in back.chart.collaborations for pool in each.participants] == ["p"]
        assert bpmn.read(bpmn.write(back.chart)) == back.chart


def drawn(chart: model.Definitions) -> dict[str, Box]:
    """Return the boxes of a chart by what they show."""
    return {
        shape.element: Box(shape.bounds.x, shape.bounds.y, shape.bounds.width, shape.bounds.height)
        for page in chart.diagrams
        if page.plane is not None
        for shape in page.plane.shapes
        if shape.bounds is not None
    }
