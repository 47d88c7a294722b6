"""Writing: what was read comes out again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree

from throughline.flow import bpmn
from throughline.flow.bpmn import model
from throughline.flow.bpmn.tests import generated
from throughline.flow.bpmn.tests.charts import chart, suite_files
from throughline.flow.bpmn.xml import BPMN, clark


class TestWrite:
    @given(generated.definitions())
    @settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
    def test_reading_what_was_written_gives_the_same_model(self, definitions: model.Definitions) -> None:
        assert bpmn.read(bpmn.write(definitions)) == definitions

    def test_our_own_words_are_written_with_our_own_prefix(self) -> None:
        data = chart(
            '<bpmn:userTask id="x"><bpmn:extensionElements><tl:workItem assignee="lead.owner"/>'
            "</bpmn:extensionElements></bpmn:userTask>"
        )

        assert b'<tl:workItem assignee="lead.owner"/>' in bpmn.write(bpmn.read(data))

    def test_a_foreign_extension_keeps_its_prefix_even_when_it_is_declared_further_in(self) -> None:
        data = chart(
            '<bpmn:task id="x" xmlns:z="http://z.example" z:kind="k"><bpmn:extensionElements>'
            '<y:form xmlns:y="http://y.example" y:key="1"/></bpmn:extensionElements></bpmn:task>'
        )

        written = bpmn.write(bpmn.read(data))

        assert b'z:kind="k"' in written
        assert b"<y:form" in written
        assert b'y:key="1"' in written

    def test_the_prefix_of_the_file_is_kept_for_bpmn_and_for_the_type_of_expressions(self) -> None:
        data = (
            chart(
                '<bpmn:sequenceFlow id="f" sourceRef="a" targetRef="b"><bpmn:conditionExpression'
                ' xsi:type="bpmn:tFormalExpression">x</bpmn:conditionExpression></bpmn:sequenceFlow>'
            )
            .replace(b"bpmn:", b"semantic:")
            .replace(b"xmlns:bpmn", b"xmlns:semantic")
        )

        written = bpmn.write(bpmn.read(data))

        assert b'<semantic:conditionExpression xsi:type="semantic:tFormalExpression">' in written
        assert b"<bpmn:" not in written

    def test_nodes_tell_their_flows_again(self) -> None:
        data = chart('<bpmn:task id="a"/><bpmn:task id="b"/><bpmn:sequenceFlow id="f" sourceRef="a" targetRef="b"/>')

        root = etree.fromstring(bpmn.write(bpmn.read(data)))

        names = ("incoming", "outgoing")
        told = [(etree.QName(node).localname, node.text) for name in names for node in root.iter(clark(BPMN, name))]
        assert told == [("incoming", "f"), ("outgoing", "f")]

    def test_markup_inside_documentation_keeps_its_order(self) -> None:
        data = chart("<bpmn:documentation>one <b>two</b> three <i>four</i></bpmn:documentation>")

        written = bpmn.write(bpmn.read(data))

        assert b"one <b>two</b> three <i>four</i>" in written

    def test_a_chosen_colour_is_declared_only_where_there_is_one(self) -> None:
        plain = bpmn.read(chart(""))
        red = (("{http://bpmn.io/schema/bpmn/biocolor/1.0}fill", "#f00"),)
        shape = model.Shape(element="p", attributes=red, bounds=model.Bounds(x=1, y=2.5, width=3, height=4))
        coloured = replace(plain, diagrams=(model.Diagram(plane=model.Plane(elements=(shape,))),))

        assert b"biocolor" not in bpmn.write(plain)
        assert b'bioc:fill="#f00"' in bpmn.write(coloured)
        assert b'<dc:Bounds x="1" y="2.5" width="3" height="4"/>' in bpmn.write(coloured)


@pytest.mark.suites
class TestPublicFiles:
    def test_every_public_file_survives_and_loses_nothing_but_defaults(self) -> None:
        for file in suite_files("import-miwg-reference", "import-engines", "token-simulation", "soundness"):
            raw = file.read_bytes()
            try:
                definitions = bpmn.read(raw)
            except bpmn.Unreadable:
                continue

            written = bpmn.write(definitions)

            assert bpmn.read(written) == definitions, file.name
            assert lost(raw, written) == set(), file.name


REPEATED = {clark(BPMN, name) for name in ("incoming", "outgoing", "extensionElements")}


def lost(raw: bytes, written: bytes) -> set[str]:
    """Return the element names that occur less often than before, but for what is derived or was empty."""
    before, after = census(raw), census(written)
    return {tag for tag, number in before.items() if after.get(tag, 0) < number}


def census(data: bytes) -> dict[str, int]:
    """Count the elements by name."""
    counts: dict[str, int] = {}
    for node in etree.fromstring(data).iter(etree.Element):
        tag = str(node.tag)
        empty = etree.QName(node).localname in ("script", "text") and not node.text
        if tag not in REPEATED and "schema.omg.org" not in tag and not empty:
            counts[tag] = counts.get(tag, 0) + 1
    return counts
