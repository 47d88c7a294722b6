"""What the types of a model say about its logic before it is asked anything."""

# ruff: noqa: E501  one model per line

from __future__ import annotations

import json
from pathlib import Path

import pytest

from throughline.flow import dmn
from throughline.flow.dmn.tests.drawing import drawing
from throughline.testing.suites import suites_folder

ITEMS = """
  <itemDefinition id="t1" name="tLead"><itemComponent id="c1" name="score"><typeRef>number</typeRef></itemComponent>
    <itemComponent id="c2" name="region"><typeRef>string</typeRef></itemComponent></itemDefinition>
  <itemDefinition id="t2" name="tRegions" isCollection="true"><typeRef>string</typeRef></itemDefinition>
  <inputData id="i1" name="Lead"><variable id="v1" name="Lead" typeRef="tLead"/></inputData>
  <inputData id="i2" name="Regions"><variable id="v2" name="Regions" typeRef="tRegions"/></inputData>
  <inputData id="i3" name="Thing"><variable id="v3" name="Thing"/></inputData>
"""
NEEDS = "".join(
    f'<informationRequirement id="r{n}"><requiredInput href="#i{n}"/></informationRequirement>' for n in (1, 2, 3)
)


def model(logic: str, gives: str = "") -> dmn.Definitions:
    """A model of one decision over a lead, regions and a thing of no type."""
    return dmn.read(
        f"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="m" name="M" namespace="urn:m">{ITEMS}
        <decision id="d" name="D"><variable id="v" name="D" {f'typeRef="{gives}"' if gives else ""}/>{NEEDS}{logic}
        </decision></definitions>""".encode()
    )


def doubts(logic: str, gives: str = "") -> list[str]:
    return [problem.message for problem in dmn.check_types(model(logic, gives))]


def literal(text: str) -> str:
    return f'<literalExpression id="e"><text><![CDATA[{text}]]></text></literalExpression>'


BAD = literal("Lead.score - Lead.region")


def table(column: str, cell: str, output: str, declared: str = "") -> str:
    return f"""<decisionTable id="t"><input id="i"><inputExpression id="ie"><text><![CDATA[{column}]]></text>
      </inputExpression></input><output id="o" {f'typeRef="{declared}"' if declared else ""}/><rule id="r">
      <inputEntry id="x"><text><![CDATA[{cell}]]></text></inputEntry>
      <outputEntry id="y"><text><![CDATA[{output}]]></text></outputEntry></rule></decisionTable>"""


class TestCheckTypes:
    @pytest.mark.parametrize(
        "logic",
        [
            literal('Lead.score + "a"'),
            literal("Lead.region > 5"),
            literal("Lead.scroe"),
            literal("sum(Regions) + upper case(Lead.score)"),
            literal("for each in Lead.score return each"),
            table("Lead.score", '"high"', "1"),
            table("Lead.score", "> Lead.region", "1"),
            table("Lead.region", "[1..5]", "1"),
            table("Lead.score", "> 5", "Lead.region * 2"),
            table("Lead.score", "> 5", '"high"', "number"),
            f'<context id="c"><contextEntry id="ce"><variable id="cv" name="a" typeRef="number"/>{literal("Lead.region")}'
            "</contextEntry></context>",
            f'<list id="l">{literal("Lead.score - Lead.region")}</list>',
            f'<functionDefinition id="f"><formalParameter id="p" name="n" typeRef="string"/>{literal("n * 2")}'
            "</functionDefinition>",
            f'<relation id="q"><column id="k" name="a"/><row id="w">{BAD}</row></relation>',
            f'<invocation id="n">{literal("Thing")}<binding><parameter id="p" name="a"/>{BAD}</binding></invocation>',
            f'<conditional id="n"><if>{literal("true")}</if><then>{BAD}</then><else>{literal("1")}</else></conditional>',
            f'<for id="n" iteratorVariable="x"><in>{BAD}</in><return>{literal("x")}</return></for>',
            f'<context id="c"><contextEntry id="ce">{BAD}</contextEntry></context>',
        ],
    )
    def test_what_will_be_null_is_told_once_with_its_decision(self, logic: str) -> None:
        problems = dmn.check_types(model(logic))

        assert [problem.where for problem in problems] == ["D"]
        assert "Expected" in problems[0].message

    @pytest.mark.parametrize(
        "logic",
        [
            literal("Lead.score + 1"),
            literal('Lead.region = "EU" and Lead.score > 5'),
            literal("Thing + 1"),
            literal("Thing.anything.at all"),
            literal('count(Regions[item = "EU"])'),
            literal("if Lead = null then 0 else Lead.score"),
            literal('date("2026-03-01") - Thing'),
            table("Lead.score", "> 5, [1..3]", '"high"'),
            table("Lead.score", "-", "Lead.region", "string"),
            table("Lead.region", 'starts with(?, "E")', "1"),
            table("Lead.region", "Regions", "1"),
            f'<context id="c"><contextEntry id="ce"><variable id="cv" name="a"/>{literal("b + 1")}</contextEntry>'
            f'<contextEntry id="cf"><variable id="cw" name="b" typeRef="number"/>{literal("1")}</contextEntry></context>',
            f'<functionDefinition id="f" kind="Java">{BAD}</functionDefinition>',
        ],
    )
    def test_what_may_have_a_value_is_left_alone(self, logic: str) -> None:
        assert doubts(logic) == []

    def test_a_result_of_another_type_than_declared_is_told(self) -> None:
        assert doubts(literal("Lead.region"), "number") == [
            "Expected “Lead.region” to give number, but it gives string: that is null."
        ]
        assert doubts(literal("Lead.region"), "string") == []
        assert doubts(literal("Regions[1]"), "string") == []

    def test_items_of_a_collecting_table_are_compared_with_those_of_its_type(self) -> None:
        collecting = table("Lead.score", "> 5", "Lead.score").replace(
            "<decisionTable", '<decisionTable hitPolicy="COLLECT"'
        )

        assert doubts(collecting, "tRegions") == [
            "Expected “Lead.score” to give string, but it gives number: that is null."
        ]
        assert doubts(collecting, "tLead") == []

    def test_the_logic_of_a_knowledge_model_is_followed(self) -> None:
        inner = '<formalParameter id="p" name="n" typeRef="string"/>' + literal("n * 2")
        knowledge = f'<businessKnowledgeModel id="k" name="K"><encapsulatedLogic>{inner}</encapsulatedLogic>'

        found = dmn.check_types(dmn.read(drawing(knowledge + "</businessKnowledgeModel>")))

        assert [problem.where for problem in found] == ["K"]

    @pytest.mark.parametrize(
        "logic",
        [
            literal(""),
            literal("Lead.score +"),
            table("Lead.score", "", "1"),
            table("Lead.score", "> >", "1"),
            table("Lead.score", "> 5", "-", "number"),
            '<context id="c"><contextEntry id="ce"><variable id="cv" name="a"/></contextEntry></context>',
            '<decisionTable id="t"><input id="i"><inputExpression id="ie"><text>Lead.score</text></inputExpression></input>'
            '<output id="o"/><rule id="r"><outputEntry id="y"><text>1</text></outputEntry></rule></decisionTable>',
        ],
        ids=["no text", "no FEEL", "no test", "no FEEL in a cell", "no output", "no expression", "no cell"],
    )
    def test_what_is_missing_or_no_feel_is_left_to_the_compiler(self, logic: str) -> None:
        assert doubts(logic) == []

    def test_a_part_of_another_model_is_not_guessed_at(self) -> None:
        assert doubts(literal("Other.x + 1")) == []


@pytest.mark.suites
class TestPublicModels:
    def test_what_is_doubted_is_null_in_the_public_suites(self) -> None:
        """Every decision with a doubt is expected to be null; a list of nulls counts."""
        wrong: list[tuple[str, str]] = []
        confirmed = 0
        for folder in sorted((suites_folder() / "conformance").glob("dmn-tck-*/*/")):
            for decision, expected in _doubted(folder):
                confirmed += expected in (None, [None])
                if expected not in (None, [None]):
                    wrong.append((folder.name, decision))

        assert wrong == []
        assert confirmed > 700


def _doubted(folder: Path) -> list[tuple[str, object]]:
    """The decisions of a folder that a type pass doubts, with what its cases expect of them."""
    files = {path.name: dmn.read(path.read_bytes()) for path in folder.glob("*.dmn")}
    if not files or not (folder / "cases.json").exists():
        return []
    doubted = {
        (name, problem.where)
        for name, each in files.items()
        for problem in dmn.check_types(each, [other for key, other in files.items() if key != name])
    }
    cases = json.loads((folder / "cases.json").read_text())["cases"]
    return [
        (check["decision"], check.get("expected"))
        for case in cases
        for check in case["checks"]
        if (case["model"], check.get("decision")) in doubted
    ]
