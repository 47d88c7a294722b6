"""Boxed expressions, each against what the standard says of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from throughline.flow.dmn.tests.drawing import (
    boxed,
    context,
    decide,
    decision,
    feel,
    function,
    invocation,
    model_of,
    relation,
    told,
)
from throughline.flow.feel import FeelTooMuchWork


def value_of(logic: str, **inputs: Any) -> Any:
    """The value of a boxed expression over inputs of any name."""
    return decide(model_of(decision("A", logic)), "A", **inputs)


class TestLiteral:
    def test_an_empty_one_is_null_without_a_warning(self) -> None:
        model = model_of(decision("A", "<literalExpression/>"))

        assert decide(model, "A") is None
        assert told(model, "A") == []

    def test_what_is_no_feel_is_a_problem_of_the_model_and_null(self) -> None:
        model = model_of(decision("A", feel("1 +")) + decision("B", feel("2")))

        assert decide(model, "A") is None
        assert told(model, "A") == ["“1 +” cannot be evaluated because it is not FEEL."]
        assert [(problem.where, problem.element) for problem in model.problems] == [("A", "d:A")]
        assert decide(model, "B") == 2

    def test_another_language_is_a_problem_and_null(self) -> None:
        groovy = feel("1").replace("<literalExpression", '<literalExpression expressionLanguage="groovy"')
        model = model_of(decision("A", groovy))

        assert decide(model, "A") is None
        assert "its language is “groovy”" in model.problems[0].message


class TestContext:
    def test_entries_see_those_above_them(self) -> None:
        logic = context(("a", feel("n + 1")), ("b c", feel("a * 2")), ("d", feel("b c + a")))

        assert value_of(logic, n=1) == {"a": 2, "b c": 4, "d": 6}

    def test_an_entry_without_a_name_is_the_result(self) -> None:
        assert value_of(context(("a", feel("2")), ("", feel("a * 3")))) == 6

    def test_entries_see_those_below_them_and_keep_their_order(self) -> None:
        value = value_of(context(("a", feel("b + c")), ("b", feel("c * 2")), ("c", feel("1"))))

        assert list(value.items()) == [("a", 3), ("b", 2), ("c", 1)]

    def test_an_entry_that_needs_itself_is_null(self) -> None:
        assert value_of(context(("a", feel("b")), ("b", feel("a")))) == {"a": None, "b": None}

    def test_an_entry_of_the_same_name_as_what_it_reads_reads_what_is_outside(self) -> None:
        inner = context(("a", feel("a + 1")), ("b", feel("a")))

        assert value_of(context(("a", feel("1")), ("inner", inner)))["inner"] == {"a": 2, "b": 2}

    def test_an_entry_that_does_not_fit_its_type_is_null(self) -> None:
        assert value_of(context(("a: string", feel("1")))) == {"a": None}

    def test_an_inner_entry_hides_an_outer_one(self) -> None:
        inner = context(("a", feel("2")), ("", feel("a")))

        assert value_of(context(("a", feel("1")), ("b", inner), ("c", feel("a")))) == {"a": 1, "b": 2, "c": 1}


class TestListAndRelation:
    def test_a_list_holds_its_elements(self) -> None:
        assert value_of(f"<list>{feel('1')}{feel('n')}</list>", n="x") == [1, "x"]

    def test_a_relation_is_a_list_of_contexts(self) -> None:
        logic = relation(["a", "b c"], ["1", "n"], ["2", "null"])

        assert value_of(logic, n="x") == [{"a": 1, "b c": "x"}, {"a": 2, "b c": None}]

    def test_a_row_that_is_too_short_is_a_problem_and_filled_with_null(self) -> None:
        model = model_of(decision("A", relation(["a", "b"], ["1"])))

        assert decide(model, "A") == [{"a": 1, "b": None}]
        assert model.problems[0].message == "Expected row 1 to have 2 cells, but it has 1."


class TestConditional:
    @pytest.mark.parametrize(("condition", "value"), [("true", 1), ("false", 2), ("null", 2), ('"x"', None)])
    def test_it_chooses_by_truth(self, condition: str, value: int | None) -> None:
        logic = f"<conditional><if>{feel(condition)}</if><then>{feel('1')}</then><else>{feel('2')}</else></conditional>"

        assert value_of(logic) == value


class TestIteration:
    def test_for_gives_a_result_per_item(self) -> None:
        assert value_of(boxed("for", "each one", "items", "each one * n"), items=[1, 2, 3], n=2) == [2, 4, 6]

    def test_for_knows_the_results_so_far(self) -> None:
        assert value_of(boxed("for", "i", "[1, 2, 3]", "i + count(partial)")) == [1, 3, 5]

    def test_for_runs_through_a_range(self) -> None:
        assert value_of(boxed("for", "i", "[1..3]", "i")) == [1, 2, 3]

    @pytest.mark.parametrize("domain", ["null", '"text"'])
    def test_for_over_something_else_is_null(self, domain: str) -> None:
        assert value_of(boxed("for", "i", domain, "i")) is None

    @pytest.mark.parametrize(
        ("kind", "items", "value"),
        [
            ("every", "[2, 3]", True),
            ("every", "[1, 3]", False),
            ("every", "[]", True),
            ("every", "[null, 3]", None),
            ("every", "[null, 1]", False),
            ("some", "[1, 3]", True),
            ("some", "[1]", False),
            ("some", "[]", False),
            ("some", "[null, 1]", None),
            ("some", "[null, 3]", True),
            ("some", "null", None),
        ],
    )
    def test_quantified_in_three_valued_logic(self, kind: str, items: str, value: bool | None) -> None:
        assert value_of(boxed(kind, "i", items, "i > 1")) is value

    def test_a_filter_sees_the_item_and_its_entries(self) -> None:
        items = '[{name: "a", n: 1}, {name: "b", n: 5}]'

        assert value_of(boxed("filter", "", items, "n > limit"), limit=2) == [{"name": "b", "n": Decimal(5)}]
        assert value_of(boxed("filter", "", "[1, 2, 3]", "item > 1")) == [2, 3]

    def test_a_condition_that_is_no_truth_makes_the_filter_null(self) -> None:
        assert value_of(boxed("filter", "", "[1, 2]", 'if item = 1 then true else "no"')) is None
        assert value_of(boxed("filter", "", "[1, 2]", "1")) is None
        assert value_of(boxed("filter", "", "[1, 2]", "if item = 1 then true else null")) == [1]


class TestFunctionAndInvocation:
    ADD = function("first one + b + n", "first one: number", "b: number")

    def called(self, call: str) -> str:
        return context(("add", self.ADD), ("", call))

    def test_a_boxed_function_is_called_from_feel(self) -> None:
        assert value_of(self.called(feel("add(1, 2)")), n=10) == 13
        assert value_of(self.called(feel("add(b: 1, first one: 2)")), n=10) == 13

    def test_an_argument_that_does_not_fit_gives_null(self) -> None:
        assert value_of(self.called(feel('add(1, "2")')), n=10) is None
        assert value_of(self.called(feel('add(1, "2") = null')), n=10) is True

    def test_too_few_arguments_give_null(self) -> None:
        assert value_of(self.called(feel("add(1)")), n=10) is None

    def test_a_boxed_invocation_binds_by_name(self) -> None:
        assert value_of(self.called(invocation("add", b="1", first_one="2")), n=10) == 13

    @pytest.mark.parametrize("arguments", [{"b": "1"}, {"b": "1", "other": "2"}])
    def test_a_boxed_invocation_must_bind_the_parameters(self, arguments: dict[str, str]) -> None:
        assert value_of(self.called(invocation("add", **arguments)), n=10) is None

    def test_a_built_in_function_can_be_invoked(self) -> None:
        assert value_of(invocation("string length", string="s"), s="four") == 4

    def test_a_function_keeps_what_it_saw(self) -> None:
        logic = context(("k", feel("5")), ("f", function("x + k", "x")), ("", feel("for k in [1] return f(k)")))

        assert value_of(logic) == [6]

    def test_a_function_in_java_is_a_problem_of_the_model(self) -> None:
        model = model_of(decision("A", '<functionDefinition kind="Java"/>'))

        assert model.problems[0].message == "Expected the function to be written in FEEL, but it is written in Java."

    def test_calls_without_end_are_stopped(self) -> None:
        logic = function("g(g)", "g").replace("functionDefinition", "encapsulatedLogic")
        knowledge = f'<businessKnowledgeModel id="f" name="f">{logic}</businessKnowledgeModel>'
        model = model_of(knowledge + decision("A", feel("f(f)"), knows=["f"]))

        with pytest.raises(FeelTooMuchWork):
            decide(model, "A")
