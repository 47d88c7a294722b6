"""Models that are unusual, incomplete or wrong: a problem in words, null with a reason, never a crash."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from throughline.flow import dmn
from throughline.flow.dmn import model as m
from throughline.flow.dmn.cells import constants_of
from throughline.flow.dmn.compile import bounded
from throughline.flow.dmn.logic.table import NeverPasses
from throughline.flow.dmn.session import Budget
from throughline.flow.dmn.tests.drawing import (
    context,
    data,
    decide,
    decision,
    drawing,
    feel,
    function,
    invocation,
    item,
    model_of,
    table,
    told,
)
from throughline.flow.dmn.types import shown
from throughline.flow.feel import FeelTooMuchWork, compile_unary_tests
from throughline.flow.values import Function

NESTED = "<context><contextEntry>" * 60 + "</contextEntry></context>" * 60

pytestmark = pytest.mark.req("B4")


def problems(inner: str, *others: bytes) -> list[str]:
    """Return what is wrong with a model."""
    return [each.message for each in model_of(inner, *others).problems]


def analysed(xml: bytes) -> list[str]:
    """Return what is found in the table of the first decision of a file."""
    model = dmn.read(xml)
    logic = next(model.decisions).expression
    assert isinstance(logic, m.DecisionTable)
    return [each.message for each in dmn.analyse(logic, model)]


class TestReading:
    @pytest.mark.parametrize(
        ("xml", "reason"),
        [
            (b"", "This is not well-formed XML"),
            (b"<a", "This is not well-formed XML"),
            (b'<!DOCTYPE a><definitions xmlns="x"/>', "Expected no DOCTYPE, but the file declares one"),
            (drawing(decision("A", NESTED)), "Expected at most .* nested elements"),
            (drawing('<itemDefinition name="a" isCollection="maybe"/>'), "true or false"),
            (drawing("<decision/>"), "Expected <decision> to have a “name”|id"),
        ],
        ids=["empty", "cut short", "doctype", "too deep", "no truth", "no name"],
    )
    def test_what_is_no_model_is_refused_with_line_and_reason(self, xml: bytes, reason: str) -> None:
        with pytest.raises(dmn.Unreadable, match=reason):
            dmn.read(xml)


class TestWriting:
    def test_a_model_without_a_default_namespace_gets_a_prefix_of_its_own(self) -> None:
        model = replace(dmn.read(drawing(decision("A", feel("1")))), prefixes=(("", "urn:mine"), ("xml", "urn:xml")))

        assert dmn.read(dmn.write(model)).drg_elements == model.drg_elements

    def test_a_truth_is_written_as_the_schema_wants_it(self) -> None:
        many = dmn.read(drawing(item("Names", "string", many=True)))

        assert b'isCollection="true"' in dmn.write(many)


class TestCells:
    """Cells that the index cannot lay out are evaluated, with the same answer."""

    @pytest.mark.parametrize(
        ("cell", "inputs", "passes"),
        [
            ("[1..x]", {"a": 1, "x": 2}, True),
            ("< true", {"a": 1}, False),
            ("(1, 2)", {"a": 2}, False),
            ("[1, 2]", {"a": 2}, True),
            ("[[1, 2], 3]", {"a": 3}, True),
            ("[< 5, 7]", {"a": 7}, True),
            ('date("2026-01-01")', {"a": 1}, False),
            ('date("2026-13-01")', {"a": 1}, False),
            ("date(2026, 1, 1)", {"a": 1}, False),
            ("date(2026, 1.5, 1)", {"a": 1}, False),
            ("date(year: 2026, month: 1, day: 1)", {"a": 1}, False),
            ("duration(5)", {"a": 1}, False),
            ("not(1, 2)", {"a": 3}, True),
            ("null", {"a": None}, True),
            ('["a".."c"]', {"a": "b"}, True),
            ('[1.."c"]', {"a": 1}, False),
            ("{b: 1}", {"a": {"b": 1}}, True),
        ],
    )
    def test_answer_as_their_tests_do(self, cell: str, inputs: dict[str, Any], passes: bool) -> None:
        model = model_of(decision("A", table(["a"], ["x"], [f"{cell} => 1"])))

        assert decide(model, "A", **inputs) == (1 if passes else None)

    def test_a_value_of_a_kind_that_no_cell_speaks_of_meets_only_dashes(self) -> None:
        model = model_of(decision("A", table(["a"], ["x"], ["1 => 1", "- => 2"], policy="FIRST")))

        assert decide(model, "A", a={"b": 1}) == 2
        assert decide(model, "A", a=True) == 2

    @pytest.mark.parametrize("values", ["not(1)", "-"])
    def test_that_exclude_are_no_list_of_values(self, values: str) -> None:
        assert constants_of(compile_unary_tests(values).node) is None


class TestTables:
    def test_a_table_without_an_output_is_a_problem(self) -> None:
        assert "Expected the table to have an output, but it has none." in problems(decision("A", "<decisionTable/>"))

    def test_a_rule_with_too_few_cells_is_a_problem(self) -> None:
        assert problems(decision("A", table(["a", "b"], ["x"], ["1 => 2"]))) == [
            "Expected rule 1 to have 2 conditions, but it has 1."
        ]

    def test_several_outputs_without_names_are_a_problem(self) -> None:
        logic = table(["a"], ["x", "y"], ["1 => 2 | 3"]).replace('<output name="y">', "<output>")

        assert problems(decision("A", logic)) == [
            "Expected each of several outputs to have a name, but one has none.",
        ]

    def test_output_values_that_are_no_constants_are_a_problem(self) -> None:
        assert problems(decision("A", table(["a"], ["x: > 5"], ["1 => 2"], policy="PRIORITY"))) == [
            "Expected the output values “> 5” to be a list of constants."
        ]

    def test_output_values_that_are_no_feel_are_a_problem(self) -> None:
        (found,) = problems(decision("A", table(["a"], ["x: 1 +"], ["1 => 2"], policy="PRIORITY")))

        assert found.startswith("“1 +” is no list of unary tests")

    def test_a_condition_in_another_language_lets_nothing_pass_and_says_so(self) -> None:
        logic = table(["a"], ["x"], ["1 => 2"]).replace("<inputEntry>", '<inputEntry expressionLanguage="groovy">')
        model = model_of(decision("A", logic))

        assert told(model, "A", a=1) == ["The condition “1” never holds because it is not FEEL."]
        assert [each.message for each in model.problems] == [
            "Expected a condition in FEEL, but its language is “groovy”."
        ]

    def test_a_condition_in_another_language_lets_nothing_pass_when_nobody_listens(self) -> None:
        assert NeverPasses("1").evaluate(Decimal(1), {}) is None

    def test_a_rules_description_is_told_with_its_notes(self) -> None:
        logic = table(["a"], ["x"], ["1 => 2 // why"]).replace(
            '<rule id="r1">', '<rule id="r1"><description>since 2020</description>'
        )

        explained = model_of(decision("A", logic)).explain("A", {"a": Decimal(1)})

        assert explained.rules[0].annotations == (("Note", "why"), ("", "since 2020"))


class TestAnalysis:
    def test_of_a_priority_table_whose_outputs_are_no_constants_finds_no_shadow(self) -> None:
        logic = table(["a"], ['x: "high", "low"'], ["< 5 => b", '- => "low"'], policy="PRIORITY")

        assert analysed(drawing(decision("A", logic))) == []

    def test_of_a_type_that_is_a_list_knows_no_bounds(self) -> None:
        types = item("Names", "string", many=True, allowed='"a", "b"')

        assert analysed(drawing(types + decision("A", table(["a"], ["x"], ["- => 1"], types=["Names"])))) == []

    def test_of_types_that_name_each_other_ends(self) -> None:
        types = item("One", "Two") + item("Two", "One")

        assert analysed(drawing(types + decision("A", table(["a"], ["x"], ["- => 1"], types=["One"])))) == []

    def test_tells_five_gaps_and_that_there_are_more(self) -> None:
        rules = [f"{number} => 1" for number in range(0, 400, 2)]
        grid = [f"{rule.partition(' =>')[0]} | {number} => 1" for number, rule in enumerate(rules)]

        found = analysed(drawing(decision("A", table(["a", "b"], ["x"], grid))))

        assert found[-1] == "There are more gaps than these."

    def test_tells_some_shadowed_rules_and_that_there_may_be_more(self) -> None:
        rules = ["- => 1", *(f"{number} => 2" for number in range(400))]

        found = analysed(drawing(decision("A", table(["a"], ["x"], rules, policy="FIRST"))))

        assert found[-1] == "Rules after this one may be shadowed too."

    def test_of_a_cell_that_is_no_feel_looks_elsewhere(self) -> None:
        assert all(
            "never" not in each
            for each in analysed(drawing(decision("A", table(["a"], ["x"], ["1 + => 1", "- => 2"]))))
        )


class TestTestCases:
    def test_are_kept_with_a_decision_that_has_no_logic(self) -> None:
        bare = next(dmn.read(drawing('<decision id="d:A" name="A"><variable name="A"/></decision>')).decisions)
        case = dmn.DecisionCase(name="any", given=(), expect="1")

        assert dmn.cases_of(dmn.with_cases(bare, [case])) == (case,)


class TestImports:
    OTHER = drawing(data("n", "number") + decision("B", feel("n + 1"), requires=["i:n"]), namespace="urn:other")
    IMPORT = '<import name="other" namespace="urn:other" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>'

    def test_in_a_circle_are_a_problem(self) -> None:
        back = drawing('<import name="back" namespace="urn:test" importType="x"/>', namespace="urn:other")

        assert any("Expected imports without a circle" in each for each in problems(self.IMPORT, back))

    def test_of_a_model_that_is_not_at_hand_are_a_problem(self) -> None:
        assert problems(self.IMPORT) == ["Expected the model “urn:other” to be at hand, but it is not."]

    def test_of_another_standard_are_left_to_what_needs_them(self) -> None:
        assert (
            problems('<import name="types" namespace="urn:xsd" importType="http://www.w3.org/2001/XMLSchema"/>') == []
        )

    def test_without_a_name_bring_their_decisions_as_they_are_called(self) -> None:
        model = model_of(self.IMPORT.replace('name="other"', 'name=""'), self.OTHER)

        assert decide(model, "B", n=1) == 2

    def test_inputs_are_found_under_the_name_of_the_import_too(self) -> None:
        model = model_of(self.IMPORT + decision("A", feel("other.B"), requires=["urn:other#d:B"]), self.OTHER)

        assert decide(model, "A", **{"other.n": 1}) == 2
        assert decide(model, "A", other={"n": 1}) == 2
        assert decide(model, "A", n=1) == 2


class TestNames:
    def test_given_twice_are_a_problem(self) -> None:
        twice = decision("A", feel("1")) + decision("A", feel("2")).replace('id="d:A"', 'id="d:A2"')

        assert any("twice" in each for each in problems(twice))

    def test_may_be_ids_where_no_name_fits(self) -> None:
        assert decide(model_of(decision("A", feel("1"))), "d:A") == 1

    def test_that_nobody_knows_are_refused(self) -> None:
        with pytest.raises(dmn.NoSuchDecision):
            decide(model_of(decision("A", feel("1"))), "Z")


class TestLogicFromElsewhere:
    def test_that_is_no_expression_of_the_standard_is_a_problem(self) -> None:
        assert problems(decision("A", '<magic xmlns="urn:vendor"/>')) == [
            "Expected the decision's logic to be an expression of DMN 1.5, but it is not."
        ]


class TestMoments:
    def test_without_a_zone_are_laid_out_too(self) -> None:
        logic = table(
            ["at"], ["x"], ['[date and time("2026-01-01T10:00:00")..date and time("2026-02-01T10:00:00")] => 1']
        )

        (gap,) = analysed(drawing(decision("A", logic)))

        assert gap.startswith("No rule matches when at is")


class TestConditionsOnAnEmptyText:
    def test_leave_nothing_before_it(self) -> None:
        found = analysed(drawing(decision("A", table(["a"], ["x"], ['"" => 1', '> "" => 2']))))

        assert found == []


class TestInvocation:
    def test_of_what_is_no_function_is_null_with_the_reason(self) -> None:
        assert told(model_of(decision("A", invocation("5", n="1"))), "A") == [
            "Expected the invocation to name a function, but it names none."
        ]

    def test_with_bindings_that_are_no_names_is_a_problem(self) -> None:
        model = model_of(decision("A", invocation("f", **{"(": "1"})))

        assert "one of the names cannot be a name" in model.problems[0].message
        assert told(model, "A") == ["The invocation cannot be evaluated because its bindings do not name parameters."]

    def test_without_a_function_is_null(self) -> None:
        assert decide(model_of(decision("A", "<invocation/>")), "A") is None

    def test_of_a_binding_without_a_value_passes_null(self) -> None:
        logic = context(
            ("f", function("n = null", "n: number")),
            ("", f'<invocation>{feel("f")}<binding><parameter name="n"/></binding></invocation>'),
        )

        assert decide(model_of(decision("A", logic)), "A") is True


class TestLiterals:
    def test_imported_from_elsewhere_are_a_problem(self) -> None:
        values = '<importedValues namespace="urn:x" locationURI="x" importType="x"><importedElement>x</importedElement>'
        logic = f"<literalExpression>{values}</importedValues></literalExpression>"

        assert problems(decision("A", logic)) == ["Expected an expression, but its values are imported from elsewhere."]


class TestTypes:
    def test_defined_by_nothing_but_themselves_are_a_problem_and_take_everything(self) -> None:
        model = model_of(item("Loop", "Loop") + decision("A", feel("1"), type_ref="Loop"))

        assert decide(model, "A") == 1
        assert [each.message for each in model.problems] == ["Expected “Loop” to be defined by more than itself."]

    def test_with_allowed_values_that_are_no_tests_are_a_problem(self) -> None:
        (found,) = problems(item("Odd", "number", allowed="1 +") + data("n", "Odd"))

        assert found.startswith("Expected the allowed values of “Odd” to be unary tests, but:")

    @pytest.mark.parametrize(
        ("type_ref", "value", "kept"),
        [
            ("feel:number", 1, True),
            ("feel:number", "a", False),
            ("list&lt;number&gt;", [1, 2], True),
            ("list&lt;number&gt;", ["a"], False),
            ("list&lt;&lt;", [1], True),
            ("own:Small", 3, True),
            ("own:Small", 30, False),
        ],
    )
    def test_may_be_written_with_a_prefix_or_in_feel(self, type_ref: str, value: Any, kept: bool) -> None:
        xml = drawing(
            item("Small", "number", allowed="< 10") + data("n", type_ref) + decision("A", feel("n"), requires=["i:n"])
        )
        model = dmn.compile_model(
            dmn.read(
                xml.replace(
                    b"<definitions ",
                    b'<definitions xmlns:own="urn:test" xmlns:feel="https://www.omg.org/spec/DMN/20191111/FEEL/" ',
                )
            )
        )

        assert (decide(model, "A", n=value) is not None) is kept

    def test_of_functions_say_what_they_take_and_give(self) -> None:
        taken = '<functionItem outputTypeRef="Any"><parameters name="n" typeRef="number"/></functionItem>'
        signature = f'<itemDefinition name="F">{taken}</itemDefinition>'
        model = model_of(
            signature
            + decision("A", function("n + 1", "n: number"), type_ref="F")
            + decision("B", feel("A(2)"), requires=["d:A"])
        )

        assert decide(model, "B") == 3

    def test_a_constraint_between_components_judges_the_whole(self) -> None:
        types = (
            '<itemDefinition name="Span"><itemComponent name="low"><typeRef>number</typeRef></itemComponent>'
            '<itemComponent name="high"><typeRef>number</typeRef><allowedValues><text>&gt; low</text></allowedValues>'
            "</itemComponent></itemDefinition>"
        )
        model = model_of(types + data("s", "Span") + decision("A", feel("s.high"), requires=["i:s"]))

        assert decide(model, "A", s={"low": 1, "high": 2}) == 2
        assert decide(model, "A", s={"low": 2, "high": 1}) is None
        assert decide(model, "A", s={"low": 2, "high": None}) is None


class TestShown:
    def test_a_function_is_named_as_one(self) -> None:
        assert shown(Function("f", ("n",), lambda arguments, _run: arguments)) == "a function"

    def test_what_is_long_is_cut(self) -> None:
        assert len(shown("a" * 500)) == 118


class TestWork:
    def test_that_nests_deeper_than_python_does_is_refused(self) -> None:
        def deeper() -> int:
            return deeper() + 1

        with pytest.raises(FeelTooMuchWork, match="but they nest too far"):
            bounded(deeper)

    def test_that_takes_more_evaluations_than_it_may_is_refused(self) -> None:
        budget = Budget(evaluations=1)
        budget.spend()

        with pytest.raises(FeelTooMuchWork, match="but the decision needs more"):
            budget.spend()
