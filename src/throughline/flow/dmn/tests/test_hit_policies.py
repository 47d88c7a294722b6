"""Hit policies, against the standard's words and against a reference that tries every rule."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from throughline.flow import dmn
from throughline.flow.dmn.model import HitPolicy
from throughline.flow.dmn.tests.drawing import data, decide, decision, drawing, model_of, table, told
from throughline.flow.values import Value

RULES = ["< 10 => 3", "[5..20] => 1", "> 8 => 2", "> 15 => 2"]


def of(policy: str, rules: list[str] = RULES, *, output: str = "x", **more: Any) -> dmn.DecisionModel:
    return model_of(decision("A", table(["n"], [output], rules, policy=policy, **more)))


class TestUnique:
    def test_the_one_rule_that_matches_counts(self) -> None:
        assert decide(of("UNIQUE"), "A", n=3) == 3

    def test_two_matching_rules_decide_nothing_and_are_named(self) -> None:
        assert decide(of("UNIQUE"), "A", n=6) is None
        assert told(of("UNIQUE"), "A", n=6) == ["Expected one rule to match (hit policy UNIQUE), but rules 1, 2 match."]


class TestAny:
    def test_rules_that_agree_count(self) -> None:
        assert decide(of("ANY", ["> 1 => 2", "> 2 => 1 + 1"]), "A", n=5) == 2

    def test_rules_that_differ_decide_nothing(self) -> None:
        assert decide(of("ANY"), "A", n=6) is None
        assert "rules 1, 2 differ" in told(of("ANY"), "A", n=6)[0]


class TestFirst:
    def test_the_first_in_the_order_of_the_table_counts(self) -> None:
        assert decide(of("FIRST"), "A", n=9) == 3
        assert decide(of("FIRST"), "A", n=16) == 1


class TestPriority:
    def test_the_output_that_comes_first_in_the_output_values_counts(self) -> None:
        assert decide(of("PRIORITY", output="x: 1, 2, 3"), "A", n=9) == 1
        assert decide(of("PRIORITY", output="x: 2, 3, 1"), "A", n=9) == 2

    def test_an_output_outside_the_output_values_comes_last(self) -> None:
        assert decide(of("PRIORITY", output="x: 1"), "A", n=9) == 1

    def test_several_outputs_are_ranked_from_left_to_right(self) -> None:
        rules = ['- => "low" | "b"', '- => "high" | "b"', '- => "high" | "a"']
        logic = table(["n"], ['one: "high", "low"', 'two: "a", "b"'], rules, policy="PRIORITY")

        assert decide(model_of(decision("A", logic)), "A", n=1) == {"one": "high", "two": "a"}

    def test_without_output_values_those_of_the_type_rank(self) -> None:
        items = (
            '<itemDefinition name="tRank"><typeRef>string</typeRef><allowedValues><text>"high", "low"</text>'
            "</allowedValues></itemDefinition>"
        )
        logic = table(["n"], ["x"], ['- => "low"', '- => "high"'], policy="PRIORITY")
        logic = logic.replace('<output name="x">', '<output name="x" typeRef="tRank">')

        assert decide(model_of(items + decision("A", logic)), "A", n=1) == "high"


class TestListing:
    def test_rule_order(self) -> None:
        assert decide(of("RULE ORDER"), "A", n=16) == [1, 2, 2]

    def test_output_order_keeps_equal_outputs_in_the_order_of_the_rules(self) -> None:
        assert decide(of("OUTPUT ORDER", output="x: 2, 1"), "A", n=16) == [2, 2, 1]

    def test_collect_keeps_what_occurs_twice(self) -> None:
        assert decide(of("COLLECT"), "A", n=16) == [1, 2, 2]


class TestAggregation:
    @pytest.mark.parametrize(("function", "value"), [("SUM", 5), ("MIN", 1), ("MAX", 2), ("COUNT", 3)])
    def test_outputs_are_put_together(self, function: str, value: int) -> None:
        assert decide(of("COLLECT", aggregation=function), "A", n=16) == value

    @pytest.mark.parametrize("function", ["SUM", "MIN", "MAX", "COUNT"])
    def test_no_match_is_null(self, function: str) -> None:
        assert decide(of("COLLECT", ["> 50 => 1"], aggregation=function), "A", n=1) is None

    def test_compound_outputs_can_only_be_counted(self) -> None:
        logic = table(["n"], ["a", "b"], ["- => 1 | 2"], policy="COLLECT", aggregation="{}")
        model = model_of(decision("A", logic.replace("{}", "SUM")))

        assert decide(model, "A", n=1) is None
        assert told(model, "A", n=1) == ["Expected one output to sum, but the table has 2."]
        assert decide(model_of(decision("A", logic.replace("{}", "COUNT"))), "A", n=1) == 1


class TestWithoutMatch:
    @pytest.mark.parametrize("policy", list(HitPolicy))
    def test_the_result_is_null(self, policy: str) -> None:
        assert decide(of(policy, ["> 5 => 1"]), "A", n=1) is None

    @pytest.mark.parametrize("policy", ["UNIQUE", "FIRST", "COLLECT"])
    def test_the_default_counts_where_there_is_one(self, policy: str) -> None:
        assert decide(of(policy, ["> 5 => 1"], defaults=["n + 1"]), "A", n=1) == 2

    def test_defaults_of_several_outputs_make_a_context(self) -> None:
        logic = table(["n"], ["a", "b"], ["> 5 => 1 | 2"], defaults=["0", ""])

        assert decide(model_of(decision("A", logic)), "A", n=1) == {"a": Decimal(0), "b": None}


# --- against a reference ---


def reference(policy: str, outputs: list[int], order: list[int]) -> Value:
    """The result for the outputs of the matching rules in order, by the words of 8.2.10."""
    rank = {value: place for place, value in enumerate(order)}
    if not outputs:
        return None
    ordered = sorted(outputs, key=lambda value: rank[value])
    results: dict[str, Any] = {
        "UNIQUE": outputs[0] if len(outputs) == 1 else None,
        "ANY": outputs[0] if len(set(outputs)) == 1 else None,
        "FIRST": outputs[0],
        "PRIORITY": ordered[0],
        "RULE ORDER": outputs,
        "OUTPUT ORDER": ordered,
        "COLLECT": outputs,
        "C+": sum(outputs),
        "C<": min(outputs),
        "C>": max(outputs),
        "C#": len(outputs),
    }
    return results[policy]  # type: ignore[no-any-return]


AGGREGATED = {"C+": "SUM", "C<": "MIN", "C>": "MAX", "C#": "COUNT"}
CELLS: dict[str, Callable[[int], bool]] = {
    "-": lambda n: True,
    "3": lambda n: n == 3,
    "< 4": lambda n: n < 4,
    ">= 2": lambda n: n >= 2,
    "(1..5]": lambda n: 1 < n <= 5,
    "1, 4, 7": lambda n: n in (1, 4, 7),
    "not(2, 3)": lambda n: n not in (2, 3),
    "not([2..4])": lambda n: not 2 <= n <= 4,
    "? * 2 > m": lambda n: n * 2 > 5,
    "< m": lambda n: n < 5,
}
rules = st.lists(
    st.tuples(st.sampled_from(sorted(CELLS)), st.sampled_from(sorted(CELLS)), st.integers(1, 4)), max_size=8
)


class TestAgainstAReference:
    @settings(max_examples=150, deadline=None)
    @given(
        rules=rules,
        policy=st.sampled_from(
            ["UNIQUE", "ANY", "FIRST", "PRIORITY", "RULE ORDER", "OUTPUT ORDER", "COLLECT", *AGGREGATED]
        ),
        order=st.permutations([1, 2, 3, 4]),
    )
    def test_every_policy_gives_what_trying_all_rules_gives(
        self, rules: list[tuple[str, str, int]], policy: str, order: list[int]
    ) -> None:
        logic = table(
            ["a", "b"],
            [f"x: {', '.join(map(str, order))}"],
            [f"{one} | {two} => {output}" for one, two, output in rules],
            policy="COLLECT" if policy in AGGREGATED else policy,
            aggregation=AGGREGATED.get(policy, ""),
        )
        model = dmn.compile_model(dmn.read(drawing(data("m") + decision("A", logic, requires=["i:m"]))))

        for a in range(9):
            for b in (0, 3, 5):
                matching = [output for one, two, output in rules if CELLS[one](a) and CELLS[two](b)]

                assert decide(model, "A", a=a, b=b, m=5) == reference(policy, matching, order), (a, b)
