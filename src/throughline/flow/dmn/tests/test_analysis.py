"""Analysis of tables: every finding holds, and none is missing, against trying inputs."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from throughline.flow import dmn
from throughline.flow.dmn import analysis
from throughline.flow.dmn.tests.drawing import decision, drawing, item, model_of, table
from throughline.flow.values import Value


def findings(
    inputs: list[str], rules: list[str], *, policy: str = "UNIQUE", output: str = "x", items: str = "", **more: Any
) -> list[dmn.Finding]:
    xml = drawing(items + decision("A", table(inputs, [output], rules, policy=policy, **more)))
    model = dmn.read(xml)
    logic = next(model.decisions).expression
    assert isinstance(logic, dmn.DecisionTable)
    return list(dmn.analyse(logic, model))


def messages(*arguments: Any, **more: Any) -> list[str]:
    return [finding.message for finding in findings(*arguments, **more)]


class TestGaps:
    def test_a_gap_between_numbers(self) -> None:
        assert messages(["score"], ["< 10 => 1", "(10..20] => 2", "> 30 => 3"]) == [
            "No rule matches when score is 10 or above 20 but at most 30 (for example score = 10)."
        ]

    def test_a_gap_of_texts_names_what_is_left_out(self) -> None:
        assert messages(["region"], ['"EU", "US" => 1']) == [
            'No rule matches when region is none of "EU", "US" (for example region = "something else").'
        ]

    def test_declared_values_bound_the_gaps(self) -> None:
        assert messages(['region: "EU", "US", "CA"'], ['"EU" => 1', '"US" => 2']) == [
            'No rule matches when region is "CA" (for example region = "CA").'
        ]
        assert messages(["score: [0..100]"], ["< 50 => 1", "[50..99] => 2"]) == [
            "No rule matches when score is above 99 but at most 100 (for example score = 100)."
        ]

    def test_values_of_a_list_are_told_one_by_one(self) -> None:
        assert messages(['risk: "High", "Low", "Medium"'], ['"High" => 1']) == [
            'No rule matches when risk is "Low" or "Medium" (for example risk = "Low").'
        ]

    def test_values_of_the_type_bound_the_gaps(self) -> None:
        region = item("tRegion", "string", allowed='"EU", "US"')

        assert messages(["r"], ['"EU" => 1', '"US" => 2'], items=region, types=["tRegion"]) == []
        assert messages(["b"], ["true => 1"], types=["boolean"]) == [
            "No rule matches when b is false (for example b = false)."
        ]

    def test_there_is_nothing_between_two_days(self) -> None:
        days = ['<= date("2024-02-28") => 1', '>= date("2024-02-29") => 2']

        assert messages(["day"], days) == []
        assert messages(["day"], [days[0], '> date("2024-02-29") => 2']) == [
            'No rule matches when day is 2024-02-29 (for example day = date("2024-02-29")).'
        ]

    def test_gaps_are_told_in_large_boxes(self) -> None:
        rules = ['"EU" | < 10 => 1', '"US" | < 10 => 2', "- | > 20 => 3"]

        assert messages(["region", "score"], rules) == [
            'No rule matches when region is none of "EU", "US" and score is at most 20 '
            '(for example region = "something else", score = 10).',
            'No rule matches when region is "EU" or "US" and score is at least 10 but at most 20 '
            '(for example region = "EU", score = 10).',
        ]

    def test_there_is_nothing_between_a_text_and_the_next_one(self) -> None:
        assert messages(["t"], ['<= "a" => 1', '>= "a\\u0000" => 2']) == []
        assert messages(["t"], ['<= "a" => 1', '> "a\\u0000" => 2']) != []

    def test_a_column_that_no_rule_tests_is_left_out_of_the_example(self) -> None:
        assert messages(["n", "t"], ['- | "a" => 1'], types=["number", ""]) == [
            'No rule matches when t is not "a" (for example t = "something else").'
        ]

    def test_the_same_gap_may_lie_behind_several_boxes(self) -> None:
        told = messages(["a", "b", "c"], ["< 5 | < 5 | - => 1", "- | - | true => 2"], policy="FIRST")

        assert [each.partition(" (for")[0] for each in told] == [
            "No rule matches when a is below 5 and b is at least 5 and c is false",
            "No rule matches when a is at least 5 and c is false",
        ]

    def test_a_default_leaves_no_gap(self) -> None:
        assert messages(["score"], ["< 10 => 1"], defaults=["0"]) == []

    def test_a_collecting_table_may_have_gaps(self) -> None:
        assert [each.severity for each in findings(["score"], ["< 10 => 1"], policy="COLLECT")] == ["info"]


class TestOverlaps:
    def test_two_rules_that_share_an_input(self) -> None:
        found = findings(["score", "r"], ["< 10 | - => 1", "- | - => 2"])[0]

        assert found.kind == "overlap"
        assert found.rules == (1, 2)
        assert found.rule_ids == ("r1", "r2")
        assert found.message == (
            "Rules 1 and 2 both match when score is below 10; a table of unique rules then decides nothing "
            "(for example score = 9)."
        )

    def test_rules_that_agree_may_overlap_under_any(self) -> None:
        assert messages(["n"], ["- => 1.0", "< 10 => 1"], policy="ANY") == []
        assert [each.kind for each in findings(["n"], ["- => 1", "< 10 => 2"], policy="ANY")] == ["conflict"]

    def test_overlaps_are_meant_under_first(self) -> None:
        assert messages(["n"], ["< 10 => 1", "- => 2"], policy="FIRST") == []


class TestShadowed:
    def test_rules_before_it_leave_nothing(self) -> None:
        found = findings(["n"], ["< 10 => 1", "> 5 => 2", "[0..20] => 3", "null => 4"], policy="FIRST")

        assert [each.message for each in found] == [
            "Rule 3 is never used: Rules 1 and 2 come first wherever it matches."
        ]

    def test_by_priority_the_better_output_comes_first(self) -> None:
        rules = ['< 10 => "low"', '< 20 => "high"', '>= 20 => "low"']

        assert messages(["n"], rules, policy="PRIORITY", output='x: "high", "low"') == [
            "Rule 1 is never used: Rule 2 comes first wherever it matches."
        ]
        assert messages(["n"], rules, policy="PRIORITY", output='x: "low", "high"') == []


class TestOthers:
    def test_a_condition_that_nothing_passes(self) -> None:
        assert messages(['r: "EU", "US"'], ['"EU" => 1', '"US" => 2', '"Mars" => 3']) == [
            "Rule 3 never matches, because no r passes its condition."
        ]
        assert "Rule 1 never matches, because no n passes its condition." in messages(["n"], ["[10..5] => 1", "- => 2"])

    def test_an_output_outside_the_output_values(self) -> None:
        assert messages(["n"], ['- => "hihg"'], output='x: "high", "low"') == [
            'Rule 1 gives "hihg", which is none of the output values.'
        ]

    def test_conditions_on_other_values_are_left_aside(self) -> None:
        assert messages(["n"], ["< limit => 1", ">= limit => 2", "> 5 => 3"]) == [
            "Rules 1 and 2 cannot be analysed, because a condition depends on more than constants."
        ]

    def test_a_condition_of_another_type_than_its_column(self) -> None:
        assert messages(["n"], ["> 5 => 1", '"a" => 2', "<= 5 => 3"], types=["number"])[0] == (
            "Rule 2 compares n with a string, but it is declared as number. "
            "Change the type of the column or the condition."
        )

    def test_a_text_without_its_quotes(self) -> None:
        found = findings(["region"], ["EU => 1", '"US", CA => 2', "region => 3"])

        assert [each.message for each in found if each.kind == "name"] == [
            "Rule 1 compares with EU, which is no name here. A text is written in quotes.",
            "Rule 2 compares with CA, which is no name here. A text is written in quotes.",
        ]

    def test_a_table_that_is_right_has_no_findings(self) -> None:
        assert (
            messages(["n", "b"], ["< 10 | true => 1", "< 10 | false => 2", ">= 10 | - => 3"], types=["", "boolean"])
            == []
        )

    def test_a_table_too_large_to_sweep_says_so(self) -> None:
        columns = [f"c{number}" for number in range(9)]
        rules = [" | ".join(f"{(row * 7 + place * 3) % 50}" for place in range(9)) + " => 1" for row in range(120)]

        kinds = [each.kind for each in findings(columns, rules)]

        assert set(kinds) <= {"gap", "overlap", "unanalysed"}
        assert kinds.count("gap") <= 26

    def test_gaps_beyond_the_steps_are_not_told_and_this_is_said(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(analysis, "MOST_STEPS", 1)

        assert messages(["a", "b"], ["< 5 | < 5 => 1"], policy="FIRST")[-1] == (
            "The table is too large to look for gaps everywhere; there may be more than those told."
        )

    def test_a_rule_is_not_called_shadowed_when_looking_takes_too_long(self, monkeypatch: pytest.MonkeyPatch) -> None:
        rules = ["- | < 5 => 1", "- | >= 5 => 2", "1 | - => 3"]
        shadowed = "Rule 3 is never used: Rules 1 and 2 come first wherever it matches."
        assert shadowed in messages(["a", "b"], rules, policy="FIRST")

        monkeypatch.setattr(analysis, "MOST_STEPS", 1)

        assert shadowed not in messages(["a", "b"], rules, policy="FIRST")


# --- against trying inputs ---

NUMBERS = ["-", "1", "< 2", ">= 2", "(1..3)", "[2..3]", "not(1)", "not([1..2], 3)", "1, 3", "< 0, > 3"]
TEXTS = ["-", '"a"', '"a", "b"', 'not("a")', 'not("a", "b")', '> "b"', '["a".."b")']
SAMPLES: list[Value] = [Decimal(n) / 2 for n in range(-2, 9)]
WORDS: list[Value] = ["", "a", "aa", "b", "c", "zz"]
rule = st.tuples(st.sampled_from(NUMBERS), st.sampled_from(TEXTS), st.integers(1, 2))


def hit(model: dmn.DecisionModel, inputs: dict[str, Value]) -> list[int]:
    """The rules that match, by the numbers that they give."""
    given: dict[str, Value] = {"n": Decimal(0), "t": "a"}
    numbers = model.decide("A", {**given, **inputs})
    assert numbers is None or isinstance(numbers, list)
    return [int(number) for number in numbers or ()]


class TestAgainstTrying:
    @settings(max_examples=120, deadline=None)
    @given(rules=st.lists(rule, min_size=1, max_size=5), policy=st.sampled_from(["UNIQUE", "ANY", "FIRST"]))
    def test_findings_are_those_that_trying_inputs_shows(self, rules: list[tuple[str, str, int]], policy: str) -> None:
        found = findings(["n", "t"], [f"{one} | {two} => {output}" for one, two, output in rules], policy=policy)
        numbered = [f"{one} | {two} => {place}" for place, (one, two, _) in enumerate(rules)]
        collected = model_of(decision("A", table(["n", "t"], ["x"], numbered, policy="COLLECT")))
        hits: dict[tuple[Any, Any], list[int]] = {
            (n, t): hit(collected, {"n": n, "t": t}) for n, t in itertools.product(SAMPLES, WORDS)
        }

        gaps = [each for each in found if each.kind == "gap"]
        assert bool(gaps) == any(not each for each in hits.values())
        for gap in gaps:
            assert hit(collected, dict(gap.example)) == []
        pairs = {pair for each in hits.values() for pair in itertools.combinations(each, 2)}
        if policy == "UNIQUE":
            told = {(one - 1, other - 1) for each in found if each.kind == "overlap" for one, other in [each.rules]}
            assert told == pairs
        if policy == "ANY":
            told = {(one - 1, other - 1) for each in found if each.kind == "conflict" for one, other in [each.rules]}
            assert told == {(one, other) for one, other in pairs if rules[one][2] != rules[other][2]}
        if policy == "FIRST":
            used = {each[0] for each in hits.values() if each}
            matching = {place for each in hits.values() for place in each}
            assert {each.rules[0] - 1 for each in found if each.kind == "shadowed"} == matching - used
        for one in (each for each in found if each.kind == "overlap"):
            assert {number - 1 for number in one.rules} <= set(hit(collected, dict(one.example)))
