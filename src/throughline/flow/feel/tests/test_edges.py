"""What FEEL gives where the ordinary ends: null with a reason, a conversion, or a refusal in words."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest

from throughline.flow.feel import FeelSyntaxError, FeelTooMuchWork, compile_expression, compile_unary_tests
from throughline.flow.feel.builtins.signature import builtin
from throughline.flow.feel.compare import within
from throughline.flow.feel.tests.evaluating import text_of, warnings_of
from throughline.flow.temporal import parse_date_time
from throughline.flow.values import Range


class TestValues:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ('-duration("P1D")', '@"-P1D"'),
            ('-duration("P1M")', '@"-P1M"'),
            ('@"2026-01-02T10:00:00" - @"2026-01-01T10:00:00"', '@"P1D"'),
            ('@"2026-01-01T10:00:00Z" - @"2026-01-01T10:00:00+01:00"', '@"PT1H"'),
            ('@"10:00:00Z" - @"10:00:00+01:00"', '@"PT1H"'),
            ("for a in [1] return for b in [2] return for c in [3] return a + b + c", "[[[6]]]"),
            ("not(1)", "null"),
            ("is(1, 1.0)", "true"),
            ('get value({a: 1}, ["a", "b"])', "null"),
            ('get value({a: 1}, ["b", "c"])', "null"),
            ("get value({a: 1}, [])", "null"),
            ('date(@"2026-01-01")', '@"2026-01-01"'),
            ('date(@"2026-01-01T10:00:00")', '@"2026-01-01"'),
            ('date and time(@"2026-01-01")', '@"2026-01-01T00:00:00Z"'),
            ('date and time(@"2026-01-01T10:00:00")', '@"2026-01-01T10:00:00"'),
            ('time(@"2026-01-01")', '@"00:00:00Z"'),
            ('time(@"2026-01-01T10:00:00")', '@"10:00:00"'),
            ('time(@"10:00:00")', '@"10:00:00"'),
            ('duration(@"P1D")', '@"P1D"'),
            ('duration(@"P1M")', '@"P1M"'),
            ("number(1)", "1"),
            ('string("a")', '"a"'),
            ("median([])", "null"),
            ("median([3, 1, 2])", "2"),
            ('split("abc", "x*")', '["abc"]'),
            ("[{a: 1}, {}].a", "[1, null]"),
            ("5 in (= 5)", "true"),
            ("5 in (!= 5)", "false"),
            ("[1..2].start", "1"),
            ("{a: (= 5)}.a.end", "5"),
            ('@"10:00:00" - @"09:00:00"', '@"PT1H"'),
            ("string([1..3])", '"[1..3]"'),
            ('overlaps(range("(..2]"), range("(..3]"))', "true"),
            ("(for i in [1] return i)[item > 0]", "[1]"),
            ("1 instance of some.thing", "null"),
            ("[1, [2]] = [1, [2]]", "true"),
        ],
    )
    def test_that_are_defined(self, text: str, value: str) -> None:
        assert text_of(text) == text_of(value)

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ('-"a"', "Expected a number or a duration after the minus sign, but string."),
            ("10 ** 6144 * 10", "Expected a result that a number can hold, but * leads beyond."),
            ('@"2026-01-02T10:00:00" - @"2026-01-01T10:00:00Z"', "but only one has a zone."),
            ('@"10:00:00@Europe/Paris" - @"10:00:00@Asia/Tokyo"', "cannot be compared without a date."),
            ("date(5)", "Expected text, a date or a date and time"),
            ("time(5)", "Expected text, a time or a date and time"),
            ('time(10, 0, 0, duration("PT19H"))', "Expected an offset of at most 18 hours, but PT19H."),
            ("time(10, 0, -1)", "Expected seconds from 0 to 59, but they are negative."),
            ("log(0)", "Expected a number above 0, but 0."),
            ("coincides(1, [1..2])", "Expected two points or two ranges, but there is one of each."),
            ('coincides(1, "a")', "Expected ends of one kind, but they differ."),
            ("sublist(list: [1])", "Expected an argument start position, but there is none."),
            ("abs(n: 1, m: 2)", "Expected only arguments the function knows, but m."),
            ('substring("abc", 10 ** 20)', "Expected a number of at most 18 digits"),
            ('@"soon"', "soon"),
            ("1e7000", "Expected a number of at most 6144 digits, but 1e7000."),
            ("[{a: 1}].b", "Expected something with b, but context has none."),
            ('"a".b', "Expected something with b, but string has none."),
            ('matches("a", "(")', "pattern"),
            ('date and time("a", @"10:00:00")', "Expected a date or a date and time"),
            ('years and months duration(1, @"2026-01-01")', "Expected two dates or dates and times"),
            ('number("1 000.5", " ", ",")', "Expected the decimal separator to be a comma, but there is a point."),
            ('range("[true..)")', "Expected the end of the range to be something with an order"),
        ],
    )
    def test_that_are_not_are_null_with_the_reason(self, text: str, reason: str) -> None:
        assert reason in " ".join(warnings_of(text))


class TestNesting:
    def test_lists_deeper_than_anybody_writes_are_not_flattened(self) -> None:
        nested: list[Any] = []
        for _ in range(500):
            nested = [nested]

        assert compile_expression("flatten(deep)").evaluate({"deep": nested}) is None

    @contextmanager
    def little_stack(self, frames: int = 60) -> Iterator[None]:
        """Leave so few frames that what nests runs out of them."""
        depth, frame = 0, sys._getframe()
        while frame is not None:
            depth, frame = depth + 1, frame.f_back  # type: ignore[assignment]
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(depth + frames)
        try:
            yield
        finally:
            sys.setrecursionlimit(limit)

    def test_a_text_that_the_stack_cannot_hold_is_refused(self) -> None:
        with self.little_stack(), pytest.raises(FeelSyntaxError, match="Expected an expression that nests less deep"):
            compile_expression("(" * 100 + "1" + ")" * 100)

    def test_a_cell_that_the_stack_cannot_hold_is_refused(self) -> None:
        with self.little_stack(), pytest.raises(FeelSyntaxError, match="Expected tests that nest less deep"):
            compile_unary_tests("(" * 100 + "1" + ")" * 100)

    def test_an_evaluation_that_the_stack_cannot_hold_is_too_much_work(self) -> None:
        expression = compile_expression("1 + (" * 50 + "x" + ")" * 50)

        with self.little_stack(30), pytest.raises(FeelTooMuchWork, match="Expected the evaluation to nest less deep"):
            expression.evaluate({"x": Decimal(1)})

    def test_a_test_that_the_stack_cannot_hold_is_too_much_work(self) -> None:
        tests = compile_unary_tests("? = (" + "1 + (" * 50 + "x" + ")" * 51)

        with self.little_stack(30), pytest.raises(FeelTooMuchWork, match="Expected the evaluation to nest less deep"):
            tests.evaluate(Decimal(1), {"x": Decimal(1)})


class TestSyntax:
    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("", "Expected an expression"),
            ("1 in", "Expected an expression"),
            ("1 +", "Expected an expression"),
            ("@5", 'Expected text in " after @'),
            ("[1..2", "Expected ), ] or [ at the end of the interval"),
            ("a. 5", "Expected a name after the dot"),
            ("1 instance of 5", "Expected a type"),
            ("1 instance of list<5>", "Expected a type"),
            ("(" * 200 + "1" + ")" * 200, "Expected at most 120 levels of nesting"),
        ],
    )
    def test_that_is_none_is_refused_with_what_was_expected(self, text: str, reason: str) -> None:
        with pytest.raises(FeelSyntaxError) as refusal:
            compile_expression(text)

        assert reason in str(refusal.value)


class TestUnaryTests:
    @pytest.mark.parametrize(
        ("text", "input_", "expected"),
        [
            ("not(1, 2)", 3, True),
            ("not(1) or ? = 5", 5, True),
            ("? + 1", 5, False),
            ("[? + 0]", 5, True),
        ],
    )
    def test_are_read_to_their_end(self, text: str, input_: int, expected: bool) -> None:
        assert compile_unary_tests(text).evaluate(Decimal(input_), {}) is expected

    def test_say_what_they_read_and_show_themselves(self) -> None:
        tests = compile_unary_tests("< lead.limit, ? > other")

        assert tests.reads == {("lead", "limit"), ("other",)}


class TestNow:
    def test_may_be_given_as_a_value_of_feel(self) -> None:
        now = parse_date_time("2026-01-01T10:00:00Z")

        assert compile_expression("now()").evaluate({}, now=now) == now


class TestWithin:
    def test_a_range_without_ends_tells_nothing(self) -> None:
        assert within(Decimal(1), Range(None, None, False, False)) is None

    def test_one_end_is_enough_to_tell(self) -> None:
        assert within(Decimal(1), Range(None, Decimal(2), False, True)) is True
        assert within(Decimal(1), Range(Decimal(2), None, True, False)) is False


class TestDeclaration:
    def test_that_cannot_be_read_is_a_mistake_of_the_programmer(self) -> None:
        with pytest.raises(ValueError, match="Expected 'name"):
            builtin("broken(first second) -> number")
