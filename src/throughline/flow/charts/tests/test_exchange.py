"""Charts as draw.io files, and back."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from throughline.flow import bpmn
from throughline.flow.bpmn.layout import lay_out
from throughline.flow.charts import UnreadableDrawing, chart_as_drawio, read_drawio, read_returned, understand
from throughline.flow.charts.tests.test_import import drawio, public_drawings, vertex
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


class TestChanged:
    """What was changed in draw.io."""

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
