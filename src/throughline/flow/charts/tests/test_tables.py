"""Drawings as a table of shapes and lines."""

from __future__ import annotations

import pytest

from throughline.flow import bpmn
from throughline.flow.charts import Understood, UnreadableDrawing, read_table, understand
from throughline.flow.charts.formats import Form, form_of, read_drawing

pytestmark = pytest.mark.req("A4")

BOTH = """Item ID,Type,Text,From,To,Container,Colour
1,Swimlane,Sales,,,,red
2,Terminator,Start,,,1,
3,Process,Call the lead,,,1,
4,Decision,Reached?,,,1,
5,Terminator,Done,,,1,
6,Connector,,2,3,,
7,Connector,,3,4,,
8,Connector,yes,4,Done,,
9,Connector,no,4,3,,
"""
NEXT = """Process Step ID;Process Step Description;Next Step ID;Connector Label;Shape Type;Function
P1;Start;P2;;Start;Sales
P2;Call the lead;P3;;Process;Sales
P3;Reached?;P4,P2;yes,no;Decision;Sales
P4;Done;;;End;Desk
"""


def understood(table: str) -> Understood:
    """Return what a table means."""
    (sketch,) = read_table(table.encode())
    return understand(sketch)


def nodes(found: Understood) -> dict[str, str]:
    """Return the type of each node by its name."""
    return {node["name"]: node["type"] for node in bpmn.describe(found.chart)["processes"][0]["nodes"]}


def flows(found: Understood) -> set[tuple[str, str, str]]:
    """Return the flows by the names of what they join, with their words."""
    (process,) = found.chart.processes
    names = {node.id: node.name for node in process.nodes}
    drawn = [each for each in process.elements if isinstance(each, bpmn.model.SequenceFlow)]
    return {(names[flow.source], flow.name, names[flow.target]) for flow in drawn}


WAY = {
    ("Start", "", "Call the lead"),
    ("Call the lead", "", "Reached?"),
    ("Reached?", "yes", "Done"),
    ("Reached?", "no", "Call the lead"),
}


class TestReadTable:
    """Three ways to write the same chart."""

    @pytest.mark.parametrize("table", [BOTH, NEXT])
    def test_rows_become_a_chart_with_its_lanes(self, table: str) -> None:
        found = understood(table)

        assert nodes(found) == {
            "Start": "startEvent", "Call the lead": "userTask", "Reached?": "exclusiveGateway", "Done": "endEvent",
        }  # fmt: skip
        assert flows(found) == WAY
        assert "Sales" in {lane["name"] for lane in bpmn.describe(found.chart)["lanes"]}
        assert found.connected == found.lines == 4

    def test_rows_of_lines_alone_name_their_shapes(self) -> None:
        found = understood("From\tTo\tCondition\nCall\tWrite\tnot reached\nWrite\tWait\t\n")

        assert set(nodes(found)) == {"Call", "Write", "Wait"}
        assert ("Call", "not reached", "Write") in flows(found)

    def test_columns_that_are_not_used_are_named(self) -> None:
        (doubt,) = [each for each in understood(BOTH).doubts if each.kind == "read"]

        assert doubt.message == "These columns were not used: Colour."
        assert [choice.value for choice in doubt.choices] == ["seen"]

    def test_an_end_that_names_nothing_is_asked_about(self) -> None:
        found = understood("Id,Text,From,To\n1,Call,,\n2,Write,,\n3,,1,9\n")

        assert [each.kind for each in found.doubts if each.kind == "loose-line"] == ["loose-line"]

    def test_words_that_two_shapes_have_name_neither(self) -> None:
        found = understood("Text,From,To\nCall,,\nCall,,\nWrite,,\n,Call,Write\n")

        assert found.connected == 0

    @pytest.mark.parametrize(
        ("table", "said"),
        [
            ("Colour,Size\nred,3\n", "its columns are “Colour”, “Size”"),
            ("Id,Text\n1,Call\n", "two for what a line joins"),
            ("Text,Label,From,To\na,b,c,d\n", "“Text” and “Label” could mean the same"),
            ("Text,From,To\n", "no shapes in it"),
            ("", "the file is empty"),
            ('Text,From,To\n"Call', "cannot be read"),
            ("Text,From,To\n" + "a,b,c\n" * 20_001, "at most 20,000 rows"),
        ],
    )
    def test_what_is_not_understood_is_one_sentence(self, table: str, said: str) -> None:
        with pytest.raises(UnreadableDrawing, match=said):
            read_table(table.encode())

    def test_what_is_not_text_is_refused(self) -> None:
        with pytest.raises(UnreadableDrawing, match="UTF-8"):
            read_table(b"\xff\xfe\x00")

    def test_a_file_is_told_by_its_ending_and_its_columns(self) -> None:
        assert form_of(BOTH.encode(), "shapes.csv") is Form.TABLE
        assert read_drawing(BOTH.encode(), Form.TABLE).connected == 4
