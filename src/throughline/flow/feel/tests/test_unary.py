"""Which inputs the cell of a decision table lets pass, and what ``in`` means."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from throughline.flow.feel.tests.evaluating import passes, text_of


class TestUnaryTests:
    @pytest.mark.parametrize(
        ("tests", "lets_pass", "stops"),
        [
            ("-", [1, "a", None], []),
            ("5", [5], [6]),
            ('"a", "b"', ["a", "b"], ["c", ""]),
            ("< 5", [4], [5, 6]),
            (">= 3, < -1", [3, -2], [0]),
            ("= 5", [5], [4]),
            ("= [1, 2]", [[1, 2]], [[2, 1], 1]),
            ("!= 5", [4], [5]),
            ("[2..5)", [2, 4.5], [5, 1]),
            ("]2..5]", [5, 3], [2]),
            ("not(1, 2)", [3], [1, 2]),
            ("not([5..6], 1)", [7], [5, 1]),
            ("[1, 5], false", [1, 5, False], [2, True]),
            ("? * 2 = 10", [5], [4]),
            ('contains(?, "a")', ["cat"], ["dog"]),
            ("? > 1 and ? < 3", [2], [3]),
            ("null", [None], [1, "a"]),
            ("true", [True], [False, None]),
            ('> "b"', ["c"], ["a"]),
            ('date("2026-01-01")', [date(2026, 1, 1)], [date(2026, 1, 2)]),
            ('> date("2026-01-01")', [date(2026, 1, 2)], [date(2026, 1, 1)]),
        ],
    )
    def test_they_let_pass_what_they_say(self, tests: str, lets_pass: list[Any], stops: list[Any]) -> None:
        assert [passes(tests, decimal(value)) for value in lets_pass] == [True] * len(lets_pass)
        assert all(passes(tests, decimal(value)) is not True for value in stops)

    def test_they_read_other_variables(self) -> None:
        assert passes("> limit", 5, limit=4) is True
        assert passes("limit", 4, limit=4) is True
        assert passes("regions", "EU", regions=["EU", "NO"]) is True

    def test_a_condition_on_other_variables_decides_alone(self) -> None:
        assert passes("limit > 3", "anything", limit=4) is True
        assert passes("limit > 3", "anything", limit=2) is False
        assert passes('list contains(regions, "EU")', 5, regions=["EU"]) is True

    def test_a_boolean_input_is_compared_with_a_condition(self) -> None:
        assert passes("limit > 3", False, limit=2) is True

    def test_another_kind_is_neither_true_nor_false(self) -> None:
        assert passes("> 5", "text") is None
        assert passes("not(> 5)", "text") is None


def decimal(value: Any) -> Any:
    from decimal import Decimal

    return Decimal(str(value)) if isinstance(value, float) else value


class TestIn:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("5 in (> 0, < 10)", "true"),
            ("5 in > 3", "true"),
            ("5 in ([0..3], [5..6])", "true"),
            ("5 in 6", "false"),
            ("1 in [2, 3, 1]", "true"),
            ("[1, 2] in [[1, 2], [3]]", "true"),
            ("[1, 2, 3] in ([[1, 2]], [[1, 2, 3]])", "true"),
            ("[1, 2] in [1, 2]", "true"),
            ("5 in [> 3, < 0]", "true"),
            ("5 in (!= 5)", "false"),
            ("5 in [!= 4]", "true"),
            ("{a: 1} in [{b: 1}, {a: 1}]", "true"),
            ("5 in (? > 4)", "true"),
            ("null in [1..3]", "null"),
            ('"a" in [1..3]', "null"),
            ("1 in [3..1]", "null"),
        ],
    )
    def test_it_asks_the_tests(self, text: str, value: str) -> None:
        assert text_of(text) == value
