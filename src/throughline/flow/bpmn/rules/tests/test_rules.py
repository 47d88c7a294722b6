"""Each rule of the standard: a drawing that breaks it, and drawings that break none (``drawings.txt``)."""

from __future__ import annotations

from pathlib import Path

import pytest

from throughline.flow.bpmn.rules import RULES, violations


def drawings() -> list[tuple[str, str]]:
    """Return the files of drawings.txt, each with its heading."""
    text = Path(__file__).with_name("drawings.txt").read_text("utf-8")
    parts = [part.partition("\n") for part in text.split("\n## ")[1:]]
    return [(heading, xml.strip()) for heading, _, xml in parts]


BREAKING = [(heading, xml) for heading, xml in drawings() if not heading.startswith("fine")]
FINE = [(heading, xml) for heading, xml in drawings() if heading.startswith("fine")]
MESSAGE_START = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:tl="urn:throughline:bpmn:1"
  targetNamespace="urn:test" id="d"><message id="m" name="m"/><process id="p" isExecutable="true">{settings}
  <startEvent id="s"><messageEventDefinition messageRef="m"/></startEvent><endEvent id="e"/>
  <sequenceFlow id="f" sourceRef="s" targetRef="e"/></process></definitions>"""


def broken(xml: str) -> set[str]:
    """Return the names of the rules that a file breaks."""
    return {each.rule for each in violations(xml)}


@pytest.mark.req("A10")
class TestViolations:
    @pytest.mark.parametrize(("rule", "xml"), BREAKING, ids=[f"{at}-{rule}" for at, (rule, _) in enumerate(BREAKING)])
    def test_finds_what_breaks_a_rule(self, rule: str, xml: str) -> None:
        assert rule in broken(xml)

    @pytest.mark.parametrize("xml", [xml for _, xml in FINE], ids=[heading for heading, _ in FINE])
    def test_says_nothing_about_a_drawing_that_breaks_none(self, xml: str) -> None:
        assert violations(xml) == []

    def test_names_the_element_the_section_and_the_reason(self) -> None:
        xml = next(xml for rule, xml in BREAKING if rule == "quantity")

        (found,) = violations(xml)

        assert (found.rule, found.element, found.section) == ("quantity", "t", "10.3.2")
        assert found.message == "Expected startQuantity of 't' to be at least 1, but it is 0."

    def test_names_no_element_where_nothing_around_it_has_an_id(self) -> None:
        xml = (
            '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="urn:test">'
            "<process><task/></process></definitions>"
        )

        assert {(each.rule, each.element) for each in violations(xml)} >= {("missing-id", "")}

    def test_does_not_ask_of_our_own_procedures_what_the_product_supplies(self) -> None:
        ours = '<extensionElements><tl:procedure key="x"/></extensionElements>'

        assert broken(MESSAGE_START.format(settings="")) == {"event-operation"}
        assert broken(MESSAGE_START.format(settings=ours)) == set()


class TestRules:
    def test_have_one_name_each(self) -> None:
        names = [rule.name for rule in RULES]

        assert len(names) == len(set(names))

    def test_are_each_tried_by_a_drawing(self) -> None:
        assert {rule.name for rule in RULES} == {rule for rule, _ in BREAKING}
