"""Expressions written to hold up a worker: each stops with a sentence, or ends soon; and none reaches Python."""

# ruff: noqa: E501  the tables below are one case per line

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import pytest

from throughline.flow.feel import FeelSyntaxError, FeelTooMuchWork, compile_expression, compile_unary_tests
from throughline.flow.feel.tests.evaluating import text_of, warnings_of
from throughline.flow.values import Value, to_json

LETTERS = "x" * 100_000
BIG = "l: for i in 1..300000 return i"


def doubled(inner: str) -> str:
    """A list in which every item holds all before it twice: thirty of them are a billion items."""
    return f"for i in 1..30 return {inner}"


STOPPED = {
    "a product of loops": "for a in 1..10000, b in 1..10000 return 1",
    "a loop over a calendar": 'for d in @"0001-01-01"..@"999999-01-01" return d',
    "a loop without its result": "count(for i in 1..100000000000 return i)",
    "a quantifier": "some a in 1..5000, b in 1..5000 satisfies a = -b",
    "calls that call twice": "{f: function(f, n) f(f, n) + f(f, n), r: f(f, 1)}.r",
    "calls inside each other": "{f: function(f, n) f(f, n + 1), r: f(f, 1)}.r",
    "a function applied to itself": "(function(x) x(x))(function(x) x(x))",
    "lists held twice": doubled("[partial, partial]"),
    "contexts held twice": doubled("{a: partial, b: partial}"),
    "the text of lists held twice": f"string({doubled('[partial, partial]')})",
    "lists held twice, compared": f"({doubled('[partial, partial]')}) = ({doubled('[partial, partial]')})",
    "lists held twice, looked for": f"{{a: {doubled('[partial, partial]')}, r: list contains([a], a)}}.r",
    "lists held twice, found": f"{{a: {doubled('[partial, partial]')}, r: index of([a], a)}}.r",
    "lists held twice, told apart": f"{{a: {doubled('[partial, partial]')}, r: count(distinct values([a, [a]]))}}.r",
    "lists held twice, tested": f"{{a: {doubled('[partial, partial]')}, r: a in [a]}}.r",
    "lists held twice, flattened": f"count(flatten({doubled('[partial, partial]')}))",
    "lists held twice, the same": f"{{a: {doubled('[partial, partial]')}, r: is(a, [])}}.r",
    "lists held twice, of a type": f"({doubled('[partial, partial]')}) instance of list<list<Any>>",
    "a text doubled": '{a: "0123456789", ' + ", ".join(f"a{n}: a{n - 1 or ''} + a{n - 1 or ''}" for n in range(1, 40)) + "}",
    "a long text in a loop": f'{{s: "{LETTERS}", r: for i in 1..1000000 return upper case(s)}}.r',
    "a long list summed in a loop": f"{{{BIG}, r: for i in 1..600000 return sum(l)}}.r",
    "a long list searched in a loop": f"{{{BIG}, r: for i in 1..600000 return i in l}}.r",
    "a long list compared in a loop": f"{{{BIG}, r: for i in 1..600000 return l = l}}.r",
    "a context that grows": "for i in 1..100000 return context put(if i = 1 then {} else partial[-1], string(i), i)",
    "exponentials": "sum(for i in 1..999999 return exp(i / 1000))",
    "logarithms": "for i in 1..999999 return log(i)",
    "powers": "for i in 1..999999 return i ** 0.5",
    "a pattern in a loop": f'for i in 1..1000000 return matches("{"a" * 30}b", "(a|aa)+c")',
}  # fmt: skip

NULL = {
    "a tower of powers": "10 ** (10 ** 10)",
    "a number beyond numbers": "1e999999",
    "a small number beyond numbers": "1e-999999 = 0.5",
    "a duration longer than time": 'duration("P1Y") * 10 ** 30',
    "a duration divided to be longer than time": 'duration("PT1S") / 10 ** -30',
    "a duration that doubles": 'for i in 1..200 return if i = 1 then duration("P1D") else partial[-1] + partial[-1]',
    "a duration with many digits": f'duration("P{"9" * 5000}Y")',
    "a date with many digits": f'date("{"9" * 5000}-01-01")',
    "a zone that is a file": 'time("10:00:00@../../etc/passwd")',
    "keys inside each other": 'context put({}, for i in 1..900 return "a", 1)',
    "a repetition of repetitions": 'matches("a", "(((a{1000}){1000}){1000}){1000}")',
    "a reference back": f'matches("{"a" * 5000}", "(a*)*\\\\1b")',
}


class TestStopped:
    @pytest.mark.parametrize("name", STOPPED)
    def test_it_stops_with_a_sentence(self, name: str) -> None:
        before = time.process_time()

        with pytest.raises(FeelTooMuchWork, match="Expected"):
            compile_expression(STOPPED[name]).evaluate({}, steps=200_000)

        assert time.process_time() - before < 10

    @pytest.mark.parametrize("name", NULL)
    def test_it_is_null_or_ends_soon(self, name: str) -> None:
        before = time.process_time()
        value = compile_expression(NULL[name]).evaluate({})

        assert value is None or value is False or (isinstance(value, list) and value[-1] is None)
        assert time.process_time() - before < 5

    def test_the_reason_is_told(self) -> None:
        assert warnings_of(NULL["a duration longer than time"]) == [
            "Expected a duration within the calendar, but it is longer."
        ]

    def test_unary_tests_are_bounded_too(self) -> None:
        tests = compile_unary_tests("count(for a in 1..10000, b in 1..10000 return 1) = ?")

        with pytest.raises(FeelTooMuchWork):
            tests.evaluate(Decimal(1), {})

    def test_values_that_nest_without_end_are_refused(self) -> None:
        nested: list[Any] = []
        for _ in range(100_000):
            nested = [nested]

        with pytest.raises(FeelTooMuchWork):
            compile_expression("string(a)").evaluate({"a": nested})

    def test_what_comes_out_can_be_written(self) -> None:
        result = compile_expression("for i in 1..12 return [partial, i]").evaluate({})

        assert len(str(to_json(result))) > 4_000

    def test_ordinary_work_is_far_from_the_bound(self) -> None:
        rows: list[Value] = [{"price": Decimal(n), "region": "EU", "tags": ["a", "b"]} for n in range(2_000)]

        total = compile_expression(
            'sum(rows[region = "EU" and list contains(tags, "a")].price) + count(distinct values(rows.tags))'
            " + count(for row in rows return if row in rows[price < 3] then 1 else row.price ** 2)",
            ["rows"],
        )

        assert total.evaluate({"rows": rows[:200]}, steps=200_000) == Decimal(199 * 100 + 1 + 200)


REACHING = [
    *("__import__", "open", "eval", "exec", "globals()", "vars(a)", "getattr(a, \"b\")", "a.__class__.__mro__", "a.__dict__"),
    *("count.__globals__", "count.__self__", "date.year.__class__", "(function(x) x).__code__", "[].__class__", "{}.keys()"),
    *('"{0.__class__}".format(a)', '"%s" % a', "lambda: 1", "a.b.__init__", "@\"__import__('os')\"", 'range("[a.__class__..1]")'),
    *('date("2024-01-01").days', 'time("10:00:00").nanos', 'duration("P1D").nanos', 'date("2024-01-01").of(1)', "[1..2].start.real"),
    *('string(count)', 'string(a.b)', "a[__class__]", "for __builtins__ in [1] return __builtins__"),
]  # fmt: skip


class TestNoWayToPython:
    @pytest.mark.parametrize("text", REACHING)
    def test_nothing_of_python_is_a_name_or_a_member(self, text: str) -> None:
        try:
            told = text_of(text, a={"b": 1})
        except FeelSyntaxError:
            return
        assert told in ("null", "[]", "[1]", "[null]", '"count"', '"1"')

    def test_what_is_given_is_never_changed(self) -> None:
        items: list[Value] = [Decimal(3), Decimal(1)]
        context: dict[str, Value] = {"items": items, "box": {"a": items}}

        for text in (
            "sort(items)",
            "append(items, 1)",
            "remove(items, 1)",
            'context put(box, "a", 1)',
            "reverse(items)",
        ):
            compile_expression(text).evaluate(context)

        assert context == {"items": [Decimal(3), Decimal(1)], "box": {"a": [Decimal(3), Decimal(1)]}}
