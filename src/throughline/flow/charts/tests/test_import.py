"""Drawings of other tools: small ones made here, and the public ones where they lie."""

from __future__ import annotations

import base64
import io
import time
import zipfile
import zlib
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

import pytest

from throughline.flow import bpmn
from throughline.flow.bpmn.layout.tests.judge import sheets
from throughline.flow.charts import (
    Understood,
    UnreadableDrawing,
    read_drawio,
    read_lucid,
    read_visio,
    understand,
)
from throughline.flow.check import check
from throughline.testing.suites import suites


def vertex(
    key: str, text: str, style: str, x: int, y: int, parent: str = "1", size: tuple[int, int] = (100, 60)
) -> str:
    """Return a cell that is a shape."""
    place = f'<mxGeometry x="{x}" y="{y}" width="{size[0]}" height="{size[1]}" as="geometry"/>'
    return f'<mxCell id="{key}" value={quoteattr(text)} style="{style}" vertex="1" parent="{parent}">{place}</mxCell>'


def edge(key: str, source: str, target: str, text: str = "", points: str = "", style: str = "") -> str:
    """Return a cell that is a line."""
    ends = (f' source="{source}"' if source else "") + (f' target="{target}"' if target else "")
    inner = f'<mxGeometry relative="1" as="geometry">{points}</mxGeometry>'
    return f'<mxCell id="{key}" value={quoteattr(text)} style="{style}" edge="1" parent="1"{ends}>{inner}</mxCell>'


def page(*cells: str) -> str:
    """Return the model of a page."""
    return f'<mxGraphModel><root><mxCell id="0"/><mxCell id="1" parent="0"/>{"".join(cells)}</root></mxGraphModel>'


def drawio(*cells: str, name: str = "Page-1") -> bytes:
    """Return a draw.io file with one page."""
    return f'<mxfile><diagram name="{name}">{page(*cells)}</diagram></mxfile>'.encode()


FLOW = (
    vertex("a", "Start", "ellipse;", 0, 0),
    vertex("b", "Call<br>the <b>customer</b>", "rounded=1;", 150, 0),
    vertex("c", "Reached?", "rhombus;", 300, 0),
    vertex("d", "Send e-mail", "rounded=1;", 450, 0),
    vertex("e", "Done", "ellipse;", 600, 0),
    edge("1a", "a", "b"),
    edge("1b", "b", "c"),
    edge("1c", "c", "d", "no"),
    edge("1d", "c", "e", "yes"),
    edge("1e", "d", "e"),
)


def understood(content: bytes) -> Understood:
    """Return what a draw.io file with one page is understood as."""
    return understand(read_drawio(content)[0])


def nodes(found: Understood) -> dict[str, str]:
    """Return the type of each node of the chart by name."""
    return {node["name"]: node["type"] for node in bpmn.describe(found.chart)["processes"][0]["nodes"]}


class TestDrawio:
    """Files of draw.io."""

    @pytest.mark.req("A4")
    def test_a_flow_chart_becomes_a_sound_chart(self) -> None:
        found = understood(drawio(*FLOW))

        assert nodes(found) == {
            "Start": "startEvent", "Call the customer": "userTask", "Reached?": "exclusiveGateway",
            "Send e-mail": "sendTask", "Done": "endEvent",
        }  # fmt: skip
        assert (found.lines, found.connected, found.doubts) == (5, 5, ())
        verdicts = {each.rule for each in check(found.chart)}
        assert not verdicts & {"deadlock", "livelock", "unsafe", "improper-completion", "dead-activity"}

    @pytest.mark.req("A4")
    def test_each_way_of_packing_holds_the_same(self) -> None:
        plain = page(*FLOW)
        squeezed = zlib.compressobj(wbits=-15)
        packed = base64.b64encode(squeezed.compress(quote(plain).encode()) + squeezed.flush()).decode()
        compressed = f'<mxfile><diagram name="Page-1">{packed}</diagram></mxfile>'.encode()
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" content={quoteattr(compressed.decode())}/>'.encode()
        text = b"mxfile\0" + quote(compressed.decode()).encode()
        chunk = len(text).to_bytes(4, "big") + b"tEXt" + text + b"\0\0\0\0"
        png = b"\x89PNG\r\n\x1a\n" + chunk

        expected = nodes(understood(drawio(*FLOW)))

        for content in (plain.encode(), compressed, svg, png):
            assert nodes(understood(content)) == expected

    @pytest.mark.req("A4")
    def test_bands_become_lanes_and_the_band_around_them_the_process(self) -> None:
        found = understood(
            drawio(
                vertex("p", "Lead to deal", "swimlane;", 0, 0, size=(800, 300)),
                vertex("s", "Sales", "swimlane;", 20, 0, "p", (780, 150)),
                vertex("m", "Manager", "swimlane;", 20, 150, "p", (780, 150)),
                vertex("a", "Call", "", 50, 40, "s"),
                vertex("b", "Approve", "", 300, 40, "m"),
                edge("f", "a", "b"),
            )
        )

        described = bpmn.describe(found.chart)
        assert [lane["name"] for lane in described["lanes"]] == ["Sales", "Manager"]
        assert described["processes"][0]["name"] == "Lead to deal"

    def test_a_loose_end_is_joined_to_what_it_touches(self) -> None:
        point = '<mxPoint x="-5" y="30" as="sourcePoint"/>'
        found = understood(
            drawio(vertex("a", "A", "", -110, 0), vertex("b", "B", "", 200, 0), edge("f", "", "b", "", point))
        )

        assert (found.connected, found.snapped) == (1, 1)

    def test_a_loose_end_in_the_open_is_asked_about(self) -> None:
        found = understood(drawio(vertex("a", "A", "", 0, 0), edge("f", "a", "", "later")))

        assert found.connected == 0
        assert [each.message for each in found.doubts if each.kind == "loose-line"] == [
            'The line "later" is not connected at both ends. What does it join?'
        ]

    def test_a_line_drawn_with_its_arrow_at_the_start_is_turned(self) -> None:
        cells = (vertex("a", "A", "", 0, 0), vertex("b", "B", "", 200, 0))
        turned = edge("f", "a", "b", style="startArrow=classic;endArrow=none;")
        flow = bpmn.describe(understood(drawio(*cells, turned)).chart)["processes"][0]["flows"][0]

        assert (flow["source"], flow["target"]) == ("n_b", "n_a")

    def test_notes_data_and_stores_hang_on_the_steps(self) -> None:
        found = understood(
            drawio(
                vertex("a", "Write the offer", "", 0, 0),
                vertex("b", "Done", "ellipse;", 200, 0),
                vertex("n", "At most a page", "text;", 0, 200),
                vertex("d", "Offer", "shape=document;", 0, 100),
                vertex("s", "CRM", "shape=cylinder3;", 200, 100),
                edge("f", "a", "b"),
                edge("g", "a", "d"),
                edge("h", "a", "s"),
            )
        )

        process = next(each for each in found.chart.elements if isinstance(each, bpmn.model.Process))
        kinds = [type(each).__name__ for each in (*process.elements, *process.artifacts)]
        assert kinds.count("Association") == 2
        assert {"DataObjectReference", "DataStoreReference", "TextAnnotation"} <= set(kinds)

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"no xml", "it is no XML"),
            (b"<html/>", "its root element is html"),
            (b"<mxfile/>", "it has none"),
            (b"<mxfile><diagram>!!!!</diagram></mxfile>", "to be base64"),
            (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "a picture only"),
            (b"\x89PNG\r\n\x1a\n", "a picture only"),
            (b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><mxfile>&e;</mxfile>', "it has none"),
        ],
    )
    def test_what_is_none_is_refused_in_a_sentence(self, content: bytes, said: str) -> None:
        with pytest.raises(UnreadableDrawing, match=said):
            read_drawio(content)

    def test_a_page_that_grows_without_end_is_refused(self) -> None:
        squeezed = zlib.compressobj(9, wbits=-15)
        packed = base64.b64encode(squeezed.compress(b"a" * 60_000_000) + squeezed.flush()).decode()

        with pytest.raises(UnreadableDrawing, match="at most 50,000,000 bytes"):
            read_drawio(f"<mxfile><diagram>{packed}</diagram></mxfile>".encode())


HEADER = (
    "Id,Name,Shape Library,Page ID,Contained By,Group,Line Source,Line Destination,Source Arrow,Destination Arrow,"
    "Status,Text Area 1,Text Area 2,Text Area 3\n"
)
LUCID = (
    HEADER
    + """1,Document,,,,,,,,,Draft,Sales,,
2,Page,,,,,,,,,,Funnel,,
3,Swim Lane,Containers,2,,,,,,,,Lead to deal,Marketing,Sales
4,Terminator,Flowchart Shapes,2,3,,,,,,,Start,,
5,Process,Flowchart Shapes,2,3,,,,,,,Call the lead,,
6,Decision,Flowchart Shapes,2,3,,,,,,,Reached?,,
7,Terminator,Flowchart Shapes,2,3,,,,,,,End,,
8,Line,,2,,,4,5,None,Arrow,,,,
9,Line,,2,,,5,6,None,Arrow,,,,
10,Line,,2,,,7,6,Arrow,None,,yes,,
"""
)


class TestLucid:
    """Exports of shape data."""

    @pytest.mark.req("A4")
    def test_rows_become_a_chart_without_positions_in_the_file(self) -> None:
        found = understand(read_lucid(LUCID.encode())[0])

        assert nodes(found) == {
            "Start": "startEvent", "Call the lead": "userTask", "Reached?": "exclusiveGateway", "End": "endEvent",
        }  # fmt: skip
        flows = bpmn.describe(found.chart)["processes"][0]["flows"]
        assert ("n_6", "n_7") in [(flow["source"], flow["target"]) for flow in flows]
        assert found.chart.diagrams

    @pytest.mark.parametrize(
        ("content", "said"), [(b"a,b\n1,2\n", 'no column "Id"'), (b"\xff\xfe\x00", "cannot be read")]
    )
    def test_what_is_none_is_refused(self, content: bytes, said: str) -> None:
        with pytest.raises(UnreadableDrawing, match=said):
            read_lucid(content)


def zipped(**parts: str) -> bytes:
    """Return a zip of parts by name, with ``__`` for a slash and ``_dot_`` for a dot."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, content in parts.items():
            file.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return out.getvalue()


class TestVisio:
    """Files of Visio."""

    @pytest.mark.parametrize(
        ("content", "said"),
        [(b"nothing", "it is no zip file"), (zipped(a_dot_txt="x"), "visio/pages/pages.xml is missing or broken")],
    )
    def test_what_is_none_is_refused(self, content: bytes, said: str) -> None:
        with pytest.raises(UnreadableDrawing, match=said):
            read_visio(content)


def public_drawings() -> list[Path]:
    """Return the public drawings."""
    folder = suites() / "data" / "charts"
    return sorted([*(folder / "drawio").glob("*.xml"), *(folder / "visio").glob("*.vsdx")])


class TestPublicDrawings:
    """Drawings that nobody here drew."""

    @pytest.mark.req("A4")
    def test_at_least_95_percent_of_the_lines_are_connected_and_every_page_is_laid_out(self) -> None:
        lines = connected = 0
        for path in public_drawings():
            for sketch in (read_visio if path.suffix == ".vsdx" else read_drawio)(path.read_bytes()):
                found = understand(sketch)
                lines, connected = lines + found.lines, connected + found.connected
                again = bpmn.read(bpmn.write(found.chart))
                drawn = {each.element for page in again.diagrams if page.plane for each in page.plane.elements}
                described = bpmn.describe(again)["processes"][0]
                assert {node["id"] for node in described["nodes"]} <= drawn, path.name
                assert {flow["id"] for flow in described["flows"]} <= drawn, path.name

        assert lines > 700
        assert connected / lines >= 0.95

    @pytest.mark.req("A4")
    def test_nothing_lies_on_anything_in_what_was_understood(self) -> None:
        """Nodes are inside, no name lies on a node, and no line, back ones included, runs through one."""
        for path in public_drawings():
            for sketch in (read_visio if path.suffix == ".vsdx" else read_drawio)(path.read_bytes()):
                for sheet in sheets(understand(sketch).chart):
                    assert list(sheet.overlapping()) == [], path.name
                    assert list(sheet.covered()) == [], path.name
                    assert list(sheet.pierced()) == [], path.name
                    nodes = {key for key, _ in sheet.outside() if isinstance(sheet.elements[key], bpmn.model.FlowNode)}
                    assert nodes == set(), path.name

    @pytest.mark.req("A4")
    def test_a_page_of_eighty_shapes_takes_less_than_a_second(self) -> None:
        content = (suites() / "data/charts/drawio/flowcharts__workflow_1.xml").read_bytes()

        began = time.process_time()
        found = understand(read_drawio(content)[0])

        assert found.shapes > 60
        assert time.process_time() - began < 1

    @pytest.mark.req("A4")
    def test_lanes_of_a_real_visio_chart_hold_what_lies_on_them(self) -> None:
        sketch = read_visio((suites() / "data/charts/visio/s05_swimlanes_cfflow.vsdx").read_bytes())[0]

        found = understand(sketch)

        lanes = {lane["name"] for lane in bpmn.describe(found.chart)["lanes"]}
        assert lanes == {"Function 1", "Function 2", "Function 3"}
        assert sorted(nodes(found).values()) == ["endEvent", "exclusiveGateway", "startEvent", "task"]
