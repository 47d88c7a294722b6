"""Test cases kept with a decision."""

from __future__ import annotations

from dataclasses import replace

import pytest

from throughline.flow import dmn
from throughline.flow.dmn import DecisionCase
from throughline.flow.dmn.tests.drawing import data, decision, drawing, table

CASES = """
<extensionElements>
  <tl:testCase name="Europe"><tl:given name="region" value='"EU"'/><tl:given name="lead.score" value="80"/>
    <tl:given name="lead.owner.name" value='"Maya"'/><tl:expect value='"Maya"'/></tl:testCase>
  <tl:testCase name="Elsewhere"><tl:given name="region" value='"US"'/><tl:expect value='"Tom"'/></tl:testCase>
  <tl:note>kept</tl:note>
</extensionElements>
"""
LOGIC = table(["region", "lead.score"], ["to"], ['"EU" | >= 50 => lead.owner.name', '"US" | - => "Ines"'])


@pytest.fixture
def model() -> dmn.Definitions:
    route = decision("Route", LOGIC, requires=["i:region"])
    return dmn.read(
        drawing(data("region") + route.replace('<variable name="Route"/>', CASES + '<variable name="Route"/>'))
    )


class TestCasesOf:
    def test_they_are_read_from_the_extensions(self, model: dmn.Definitions) -> None:
        first, second = dmn.cases_of(next(model.decisions))

        assert first.given == (("region", '"EU"'), ("lead.score", "80"), ("lead.owner.name", '"Maya"'))
        assert second == DecisionCase(name="Elsewhere", given=(("region", '"US"'),), expect='"Tom"')

    def test_those_of_the_table_count_too(self) -> None:
        logic = LOGIC.replace("<input>", CASES + "<input>", 1)

        assert len(dmn.cases_of(next(dmn.read(drawing(decision("Route", logic))).decisions))) == 2


class TestWithCases:
    def test_new_cases_take_the_place_of_old_ones_and_survive_the_file(self, model: dmn.Definitions) -> None:
        case = DecisionCase(name="Nobody", given=(("region", "null"),), expect="null")
        changed = dmn.with_cases(next(model.decisions), [case])

        again = dmn.read(dmn.write(replace(model, drg_elements=(model.drg_elements[0], changed))))

        assert dmn.cases_of(next(again.decisions)) == (case,)
        assert again.drg_elements[1].extensions[0].text == "kept"
        assert again.drg_elements[1] == changed


class TestRunTestCases:
    @pytest.mark.req("B4")
    def test_each_case_passes_or_says_what_came_instead(self, model: dmn.Definitions) -> None:
        passed, failed = dmn.run_test_cases(model)

        assert passed.passed
        assert passed.got == "Maya"
        assert not failed.passed
        assert failed.message == 'Elsewhere: Expected "Tom", but it is "Ines".'
        assert failed.explanation is not None
        assert [rule.id for rule in failed.explanation.rules] == ["r2"]

    def test_a_case_that_is_no_feel_fails_with_the_reason(self, model: dmn.Definitions) -> None:
        case = DecisionCase(name="Broken", given=(("region", '"EU'),))
        changed = dmn.with_cases(next(model.decisions), [case])

        (result,) = dmn.run_test_cases(replace(model, drg_elements=(model.drg_elements[0], changed)))

        assert not result.passed
        assert result.message.startswith("Broken: Expected the string to end")
