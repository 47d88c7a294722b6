"""Calling built-ins, functions of FEEL and functions from outside, by position and by name."""

from __future__ import annotations

from decimal import Decimal

import pytest

from throughline.flow.feel import compile_expression
from throughline.flow.feel.tests.evaluating import text_of, warnings_of
from throughline.flow.values import Function


class TestCalls:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("(function(x, y) x - y)(5, 3)", "2"),
            ("(function(x, y) x - y)(y: 3, x: 5)", "2"),
            ("(function(x, y) y)(x: 5)", "null"),
            ("(function(x) x)(5, 6)", "null"),
            ("(function(x) x)(z: 5)", "null"),
            ("(function(x: number) x)(5)", "5"),
            ('(function(x: number) x)("5")', "null"),
            ("(function(x: number) x)([5])", "5"),
            ("(function(x: list<number>) x)(5)", "[5]"),
            ('(function(x: date and time) x)(@"2026-01-01")', 'date and time("2026-01-01T00:00:00Z")'),
            ("{f: function(x) x + 1, r: f(f(1))}.r", "3"),
            ("{a: 2, f: function(x) x * a, r: f(3)}.r", "6"),
            ("unknown(1)", "null"),
            ("5(1)", "null"),
            ('(function(x) external {java: {class: "java.lang.Math", method signature: "cos(double)"}})(1)', "null"),
        ],
    )
    def test_arguments_find_their_parameters(self, text: str, value: str) -> None:
        assert text_of(text) == value

    def test_a_function_from_outside_is_called_like_any_other(self) -> None:
        twice = Function.of("twice", ["n"], lambda n: n * 2)

        assert compile_expression("twice(4) + twice(n: 1)").evaluate({"twice": twice}) == Decimal(10)

    def test_a_built_in_is_a_value(self) -> None:
        assert text_of("{f: count, r: f([1, 2])}.r") == "2"

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("substring()", "substring: Expected 2 to 3 arguments, but 0."),
            ('substring("a", "b")', "substring: Expected start position to be number, but it is string."),
            ('substring("a", strat: 1)', None),
            ("abs(x: 1)", "abs: Expected an argument n, but there is none."),
            ("upper case(null)", "upper case: Expected string to be string, but it is null."),
            ("foo(1)", "Expected a function to call, but null."),
        ],
    )
    def test_what_does_not_fit_says_so(self, text: str, message: str | None) -> None:
        if message is not None:
            assert warnings_of(text)[-1] == message


class TestInstanceOf:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("1 instance of number", "true"),
            ("-1 instance of number", "true"),
            ("null instance of number", "false"),
            ("null instance of Null", "true"),
            ("null instance of Any", "false"),
            ('"a" instance of Any', "true"),
            ("[1, null] instance of list<number>", "true"),
            ('[1, "a"] instance of list<number>', "false"),
            ("[1] instance of list", "null"),
            ("[[1]] instance of list<list<number>>", "true"),
            ("{a: 1} instance of context<a: number>", "true"),
            ("{a: 1, b: 2} instance of context<a: number>", "true"),
            ("{b: 2} instance of context<a: number>", "false"),
            ("[1..2] instance of range<number>", "true"),
            ("[1..2] instance of range<string>", "false"),
            ('@"P1D" instance of days and time duration', "true"),
            ('@"P1D" instance of years and months duration', "false"),
            ("(function(a: number) a + 1) instance of function<number> -> number", "true"),
            ("(function(a: Any) 1) instance of function<number> -> number", "true"),
            ("(function(a: number) a) instance of function<Any> -> number", "false"),
            ("(function(a: number) a + 1) instance of function<number> -> string", "false"),
            ("1 instance of Loan", "null"),
        ],
    )
    def test_it_asks_the_lattice_of_types(self, text: str, value: str) -> None:
        assert text_of(text) == value
