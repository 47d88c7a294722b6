"""Reading and writing: what is read comes back, and what cannot be read says where and why."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughline.flow import dmn
from throughline.flow.dmn import model as m
from throughline.flow.dmn.schema import SHAPES, VERSIONS
from throughline.flow.dmn.tests.drawing import data, decision, drawing, feel, table

EDITOR_FILE = b"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"
    xmlns:dmndi="https://www.omg.org/spec/DMN/20191111/DMNDI/" xmlns:dc="http://www.omg.org/spec/DMN/20180521/DC/"
    xmlns:biodi="http://bpmn.io/schema/dmn/biodi/2.0" xmlns:camunda="http://camunda.org/schema/1.0/dmn"
    id="dish" name="Dish" namespace="http://camunda.org/schema/1.0/dmn" exporter="dmn-js" exporterVersion="17.10.2">
  <decision id="route" name="Route lead" camunda:historyTimeToLive="P30D">
    <extensionElements>
      <camunda:list>
        <camunda:entry name="a" value="1 &amp; 2">some <b xmlns="urn:x">bold</b> text</camunda:entry>
      </camunda:list>
    </extensionElements>
    <decisionTable id="table" biodi:annotationsWidth="200">
      <input id="region" label="Region" biodi:width="192">
        <inputExpression id="expression" typeRef="string"><text>lead.region</text></inputExpression>
      </input>
      <output id="owner" label="Owner" name="owner" typeRef="string"/>
      <rule id="r1"><description>the Europeans</description>
        <inputEntry id="e1"><text>"EU"</text></inputEntry>
        <outputEntry id="o1"><text>"  Sales\n Europe"</text></outputEntry>
      </rule>
    </decisionTable>
  </decision>
  <dmndi:DMNDI><dmndi:DMNDiagram id="diagram">
    <dmndi:DMNShape id="shape" dmnElementRef="route"><dc:Bounds x="1.5" y="2" width="180" height="80"/></dmndi:DMNShape>
  </dmndi:DMNDiagram></dmndi:DMNDI>
</definitions>
"""


class TestRoundTrip:
    def test_a_file_of_the_editor_reads_back_equal(self) -> None:
        model = dmn.read(EDITOR_FILE)

        again = dmn.read(dmn.write(model))

        assert again == model

    def test_writing_twice_gives_the_same_bytes(self) -> None:
        once = dmn.write(dmn.read(EDITOR_FILE))

        assert dmn.write(dmn.read(once)) == once

    def test_the_diagram_and_foreign_extensions_are_kept(self) -> None:
        text = dmn.write(dmn.read(EDITOR_FILE)).decode()

        for kept in (
            'camunda:historyTimeToLive="P30D"',
            '<camunda:entry name="a" value="1 &amp; 2">some <b xmlns="urn:x">bold</b> text</camunda:entry>',
            'biodi:width="192"',
            '<dc:Bounds x="1.5" y="2" width="180" height="80"/>',
        ):
            assert kept in text

    def test_the_version_of_the_file_is_kept(self) -> None:
        for version, names in VERSIONS.items():
            model = dmn.read(drawing(decision("A", feel("1")), version=version))

            assert model.version == version
            assert f'xmlns="{names.model}"'.encode() in dmn.write(model)

    def test_a_model_can_be_written_for_an_editor_of_another_version(self) -> None:
        newest = EDITOR_FILE.replace(b"20191111", b"20230324")

        written = dmn.write(dmn.read(newest), version="1.3")

        assert dmn.read(written) == dmn.read(EDITOR_FILE)

    def test_spaces_inside_expressions_are_kept(self) -> None:
        model = dmn.read(EDITOR_FILE)

        logic = next(dmn.read(dmn.write(model)).decisions).expression

        assert isinstance(logic, m.DecisionTable)
        assert logic.rules[0].output_entries[0].text == '"  Sales\n Europe"'

    def test_what_the_schema_does_not_know_stays_in_place_of_being_lost(self) -> None:
        xml = drawing(decision("A", "<newExpression><part>1</part></newExpression>"))

        model = dmn.read(xml)

        assert model.drg_elements[0].others[0].tag.endswith("newExpression")
        assert dmn.read(dmn.write(model)) == model

    @given(
        name=st.text(st.characters(min_codepoint=32, exclude_categories=("Cs", "Cc", "Cn")), min_size=1),
        text=st.text(st.characters(min_codepoint=32, exclude_categories=("Cs", "Cc", "Cn"))),
        note=st.text(st.sampled_from('<>&"\n\t a')),
    )
    def test_any_text_survives(self, name: str, text: str, note: str) -> None:
        foreign = m.Foreign(tag="{urn:other}note", attributes=(("kind", text),), text=note)
        logic = m.LiteralExpression(text=text, description=note, extensions=(foreign,))
        model = m.Definitions(
            name=name,
            namespace="urn:a",
            prefixes=(("", VERSIONS["1.3"].model),),
            drg_elements=(m.Decision(name=name, expression=logic, attributes=(("{urn:other}x", note),)),),
        )

        assert dmn.read(dmn.write(model)) == model


class TestShapes:
    def test_every_class_of_the_model_has_a_shape(self) -> None:
        abstract = {m.Element, m.Named, m.Expression, m.DRGElement}
        classes = {each for each in vars(m).values() if isinstance(each, type) and issubclass(each, m.Element)}

        assert classes - abstract == set(SHAPES)

    def test_every_field_of_a_class_has_its_place(self) -> None:
        common = {"id", "label", "description", "extensions", "attributes", "others"}
        elsewhere = {"version", "prefixes", "diagrams"}
        for kind, parts in SHAPES.items():
            fields = set(kind.__dataclass_fields__) - common - elsewhere

            assert {part.field for part in parts} == fields, kind


class TestRead:
    @pytest.mark.parametrize(
        ("xml", "line", "reason"),
        [
            (b"", 1, "not well-formed XML"),
            (b"<a>\n<b></a>", 2, "not well-formed XML"),
            (b"<a xmlns='urn:other'/>", 1, "Expected a DMN 1.1 to 1.5 model, but the outermost element is <a>"),
            (drawing("\n<decision/>"), 2, "Expected <decision> to have a “name”"),
            (
                drawing('<decision name="A">\n<decisionTable hitPolicy="ALL"/></decision>'),
                2,
                "Expected hitPolicy of <decisionTable> to be one of UNIQUE, FIRST",
            ),
            (drawing(f'<decision name="A">{feel("1")}\n{feel("2")}</decision>'), 2, "Expected one <literalExpression>"),
            (
                drawing(
                    '<decision name="A"><informationRequirement>\n<requiredInput/></informationRequirement></decision>'
                ),
                2,
                "Expected <requiredInput> to have a “href”",
            ),
            (b'<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]><d>&e;</d>', 1, "Expected no DOCTYPE"),
            (b"<a>" * 300 + b"</a>" * 300, 1, "not well-formed XML"),
        ],
    )
    def test_what_is_no_model_is_refused_with_line_and_reason(self, xml: bytes, line: int, reason: str) -> None:
        with pytest.raises(dmn.Unreadable) as refused:
            dmn.read(xml)

        assert refused.value.line == line
        assert reason in refused.value.reason

    def test_entities_are_not_expanded(self) -> None:
        bomb = b'<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><d>&b;</d>'

        with pytest.raises(dmn.Unreadable, match="DOCTYPE"):
            dmn.read(bomb)

    def test_a_file_that_is_too_long_is_refused_unparsed(self) -> None:
        with pytest.raises(dmn.Unreadable, match="at most 16777216 bytes"):
            dmn.read(b" " * (16 * 1024 * 1024 + 1))

    @given(st.binary(max_size=200))
    def test_arbitrary_bytes_are_refused_and_nothing_else_happens(self, xml: bytes) -> None:
        with pytest.raises(dmn.Unreadable):
            dmn.read(xml)

    @given(cut=st.integers(0, len(EDITOR_FILE) - 1))
    def test_a_file_cut_short_is_refused(self, cut: int) -> None:
        if EDITOR_FILE[cut:].strip():
            with pytest.raises(dmn.Unreadable):
                dmn.read(EDITOR_FILE[:cut])

    def test_all_kinds_of_elements_are_read(self) -> None:
        xml = drawing(
            '<import name="lib" namespace="urn:lib" importType="x"/>'
            '<itemDefinition name="tAge"><typeRef>number</typeRef><allowedValues><text>[0..150]</text></allowedValues>'
            "</itemDefinition>"
            + data("Age", "tAge")
            + decision("A", table(["Age"], ["x"], ["&lt; 5 => 1"]), requires=["i:Age"])
            + '<knowledgeSource id="k" name="Law" locationURI="https://example.org"><type>law</type></knowledgeSource>'
            '<textAnnotation id="t"><text>note</text></textAnnotation>'
            '<association associationDirection="One"><sourceRef href="#t"/><targetRef href="#d:A"/></association>'
            '<elementCollection name="both"><drgElement href="#d:A"/></elementCollection>'
            '<organizationUnit name="Sales"><decisionOwned href="#d:A"/></organizationUnit>'
        )

        model = dmn.read(xml)

        assert [type(each).__name__ for each in model.drg_elements] == ["InputData", "Decision", "KnowledgeSource"]
        assert [type(each).__name__ for each in model.artifacts] == ["TextAnnotation", "Association"]
        assert model.business_context[0] == m.OrganizationUnit(name="Sales", decisions_owned=("#d:A",))
        assert dmn.read(dmn.write(model)) == model
