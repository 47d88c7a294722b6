"""Evaluating: values, null with a reason, three-valued logic, time from outside, bounded work."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from decimal import Decimal, localcontext
from typing import Any

import pytest

from throughline.flow.feel import FeelTooMuchWork, FeelWarning, compile_expression, compile_unary_tests
from throughline.flow.feel.tests.evaluating import text_of, value_of, warnings_of
from throughline.flow.values import Date, DateTime


class TestNumbers:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("0.1 + 0.2", "0.3"),
            ("1 / 3", "0." + "3" * 34),
            ("2 / 3", "0." + "6" * 33 + "7"),
            ("10 ** -2", "0.01"),
            ("1e3 = 1000", "true"),
            ("0.0 / 0.0", "null"),
            ("10 ** 7000", "null"),
            ("-5 ** 2", "25"),
        ],
    )
    def test_they_are_decimals_of_thirty_four_digits(self, text: str, value: str) -> None:
        assert text_of(text) == value

    def test_the_decimal_context_of_the_thread_changes_nothing(self) -> None:
        with localcontext() as context:
            context.prec = 3

            assert value_of("1 / 3") == Decimal("0." + "3" * 34)


class TestLogic:
    @pytest.mark.parametrize(
        ("left", "right", "conjunction", "disjunction"),
        [
            ("true", "true", "true", "true"),
            ("true", "false", "false", "true"),
            ("true", "null", "null", "true"),
            ("false", "false", "false", "false"),
            ("false", "null", "false", "null"),
            ("null", "null", "null", "null"),
            ('"text"', "true", "null", "true"),
            ('"text"', "false", "false", "null"),
        ],
    )
    def test_it_has_three_values(self, left: str, right: str, conjunction: str, disjunction: str) -> None:
        for one, other in [(left, right), (right, left)]:
            assert text_of(f"{one} and {other}") == conjunction
            assert text_of(f"{one} or {other}") == disjunction
            assert text_of(f"{one} and {other} and true") == conjunction
            assert text_of(f"{one} or {other} or false") == disjunction

    def test_a_condition_that_is_not_true_takes_the_other_branch(self) -> None:
        assert text_of('[if null then 1 else 2, if "x" then 1 else 2, if 1 = 1 then 1 else 2]') == "[2, 2, 1]"


class TestContexts:
    def test_entries_see_the_entries_before_them(self) -> None:
        assert text_of("{a: 1, b: a + 1, c: [a, b]}") == "{a: 1, b: 2, c: [1, 2]}"

    def test_a_key_that_comes_twice_is_null(self) -> None:
        assert warnings_of("{a: 1, a: 2}") == ['Expected every key of the context once, but "a" comes twice.']

    def test_a_path_through_a_list_is_a_list(self) -> None:
        assert text_of("lead.items.price", lead={"items": [{"price": 1}, {"price": 2}]}) == "[1, 2]"

    def test_a_missing_entry_is_null_with_a_reason(self) -> None:
        assert warnings_of("lead.score", lead={"region": "EU"}) == [
            "Expected an entry named score, but the context has none."
        ]


class TestVariables:
    def test_an_unknown_name_is_null_with_a_reason_and_a_place(self) -> None:
        warnings: list[FeelWarning] = []

        assert compile_expression("1 +\n  amount").evaluate({}, warnings=warnings) is None
        assert warnings[0] == FeelWarning("Expected a value named amount, but there is none.", 2, 3)

    def test_a_variable_hides_a_built_in_of_its_name(self) -> None:
        assert text_of("date", date="1996") == '"1996"'

    def test_a_plain_variable_does_not_hide_the_call(self) -> None:
        assert text_of("count([1, 2]) + count", count=5) == "7"
        assert text_of('{date: 1, day: date("2026-03-01")}.day') == 'date("2026-03-01")'

    def test_a_function_in_the_context_hides_the_built_in(self) -> None:
        double = value_of("function(list) 2")

        assert compile_expression("count([1])").evaluate({"count": double}) == Decimal(2)

    def test_what_is_no_value_is_a_fault_of_the_caller(self) -> None:
        with pytest.raises(TypeError, match=r"Use values\.from_python"):
            compile_expression("amount < 3").evaluate({"amount": 3}, warnings=[])  # type: ignore[dict-item]


class TestTime:
    def test_now_is_what_the_caller_says(self) -> None:
        moment = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

        assert compile_expression("now()").evaluate({}, now=moment) == DateTime(739677, 34200 * 10**9, 0)
        assert compile_expression("today()").evaluate({}, now=moment) == Date(739677)

    def test_without_it_there_is_no_time(self) -> None:
        assert warnings_of("now()") == ["now: Expected the evaluation to be told what time it is, but it was not."]


class TestBoundedWork:
    @pytest.mark.parametrize(
        "text",
        [
            "for a in 1..10000, b in 1..10000 return 1",
            "some a in 1..10000, b in 1..10000 satisfies a + b < 0",
            "count(for a in 1..100000000 return a)",
            "{f: function(f, n) f(f, n) + f(f, n), r: f(f, 1)}.r",
            "{a: for i in 1..1000 return i, b: concatenate(a, a, a, a, a, a, a, a, a, a), "
            "c: concatenate(b, b, b, b, b, b, b, b, b, b), d: concatenate(c, c, c, c, c, c, c, c, c, c), "
            "e: concatenate(d, d, d, d, d, d, d, d, d, d)}",
            '{a: string join(for i in 1..1000 return "0123456789"), '
            + ", ".join(f"a{n}: a{n - 1 if n else ''} + a{n - 1 if n else ''}" for n in range(30))
            + "}",
            "for i in [0..100000000000] return i",
            'for d in [@"0001-01-01"..@"999999999-01-01"] return 1',
            "index of(for i in 1..3000 return for j in 1..1000 return 1, 1)",
        ],
    )
    def test_what_would_not_end_is_stopped(self, text: str) -> None:
        with pytest.raises(FeelTooMuchWork, match="Expected"):
            compile_expression(text).evaluate({})

    def test_a_recursion_that_ends_is_fine(self) -> None:
        text = "{f: function(f, n) if n = 0 then 0 else n + f(f, n - 1), r: f(f, 30)}.r"

        assert text_of(text) == "465"


class TestThreads:
    def test_one_expression_serves_many_threads(self) -> None:
        expression = compile_expression("sum(for i in 1..50 return i * n)")
        results: list[Any] = []

        def work(number: int) -> None:
            results.extend(expression.evaluate({"n": Decimal(number)}) for _ in range(20))

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(set(results)) == [Decimal(1275 * number) for number in range(4)]


class TestNoWayToPython:
    @pytest.mark.parametrize(
        "text",
        ["a.__class__", '"x".__len__', "(function(x) x).__globals__", "count.__call__", "[1].append", "a.keys"],
    )
    def test_a_member_of_a_python_object_is_no_member(self, text: str) -> None:
        assert text_of(text, a={"b": 1}) in ("null", "[null]")


class TestUnaryTests:
    def test_a_fault_of_the_caller_is_not_swallowed(self) -> None:
        with pytest.raises(TypeError):
            compile_unary_tests("> 5").evaluate(7, {})  # type: ignore[arg-type]
