"""The index finds exactly the rules that evaluating every cell finds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from throughline.flow.dmn.cells import ANY_VALUE, Cell, cell_of
from throughline.flow.dmn.index import Column, rules_of
from throughline.flow.feel import UnaryTests, compile_expression, compile_unary_tests

ENDS = [
    *("0", "1", "2.50", "2.5", "-3", "1000000"),
    *('"a"', '"b"', '"B"', '""', '"ä"'),
    *("true", "false", "null"),
    *('date("2024-02-28")', '@"2024-03-01"', "date(2024, 2, 29)"),
    *('duration("P1D")', 'duration("PT24H")', 'duration("P1Y")', 'duration("P13M")'),
    *('date and time("2024-02-28T10:00:00")', 'date and time("2024-02-28T10:00:00Z")', 'time("10:00:00")'),
    *('time("10:00:00+01:00")', 'date and time("2024-02-28T12:00:00@Europe/Paris")'),
]
INPUTS = [*ENDS, "1.5", '"abc"', 'date("2024-02-29")', "[1, 2]", '["a"]', "{a: 1}", "[1..3]", 'duration("PT1S")']

end = st.sampled_from(ENDS)
ordered_end = end.filter(lambda text: text not in ("true", "false", "null"))
test = st.one_of(
    end,
    st.tuples(st.sampled_from(["<", "<=", ">", ">=", "=", "!="]), ordered_end).map(" ".join),
    st.tuples(st.sampled_from("[(]"), ordered_end, ordered_end, st.sampled_from("])")).map(
        lambda parts: f"{parts[0]}{parts[1]}..{parts[2]}{parts[3]}"
    ),
    st.lists(end, max_size=3).map(lambda ends: f"[{', '.join(ends)}]"),
    st.sampled_from(["limit", "> limit", "? > 1", "string length(?) > 2"]),
)
cell = st.one_of(
    st.just("-"),
    st.lists(test, min_size=1, max_size=3).map(", ".join),
    st.lists(test, min_size=1, max_size=3).map(lambda tests: f"not({', '.join(tests)})"),
)

CONTEXT: dict[str, Any] = {"limit": Decimal(2)}


def column_of(texts: list[str]) -> tuple[Column, list[UnaryTests]]:
    tests = [compile_unary_tests(text, ["limit"]) for text in texts]
    cells = [cell_of(each.node) for each in tests]
    return Column(cells, lambda rule, value: tests[rule].evaluate(value, {}) is True), tests


class TestColumn:
    @settings(max_examples=400, deadline=None)
    @given(texts=st.lists(cell, max_size=8), inputs=st.lists(st.sampled_from(INPUTS), min_size=1, max_size=6))
    def test_candidates_that_pass_their_check_are_the_rules_that_match(
        self, texts: list[str], inputs: list[str]
    ) -> None:
        column, tests = column_of(texts)

        for text in inputs:
            value = compile_expression(text).evaluate({})
            candidates, check = column.candidates(value)
            found = [
                rule
                for rule in rules_of(candidates)
                if not check >> rule & 1 or tests[rule].evaluate(value, CONTEXT) is True
            ]

            assert found == [rule for rule, each in enumerate(tests) if each.evaluate(value, CONTEXT) is True], text

    def test_a_column_of_constants_leaves_nothing_to_check(self) -> None:
        column, _ = column_of(['"a"', '"b", "c"', 'not("a")', "-"])

        assert column.candidates("a") == (0b1001, 0)
        assert column.candidates("c") == (0b1110, 0)
        assert column.candidates("z") == (0b1100, 0)


class TestCellOf:
    def understood(self, text: str) -> Cell:
        return cell_of(compile_unary_tests(text, ["limit"]).node)

    def test_what_reads_a_variable_or_calls_a_function_is_opaque(self) -> None:
        for text in ("limit", "< limit", "[1..limit]", "? > 1", 'upper case("a")', "not(null)", "1 + 1"):
            assert self.understood(text).opaque, text

    def test_a_dash_lets_everything_pass(self) -> None:
        assert self.understood("-") == ANY_VALUE

    def test_temporal_values_with_a_zone_have_no_place_in_one_order(self) -> None:
        assert self.understood('> date and time("2024-01-01T00:00:00Z")').opaque
        assert not self.understood('> date and time("2024-01-01T00:00:00")').opaque


def test_rules_of_a_bit_set_are_ascending() -> None:
    assert list(rules_of(0b101001)) == [0, 3, 5]
