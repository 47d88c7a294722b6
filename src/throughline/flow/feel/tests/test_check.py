"""What is said while an expression is being written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughline.flow.feel import check, compile_expression, compile_unary_tests, read_type, type_of
from throughline.flow.feel.types import Constrained, conforms
from throughline.flow.values import Value, from_python

LEAD = "context<region: string, amount: number, created: date, tags: list<string>>"
KNOWN = {"lead": LEAD, "limit": "number", "orders": "list<context<price: number, name: string>>", "flag": "boolean"}
MEMBERS = ("region", "amount", "created", "tags", "price", "name")


def findings(text: str) -> list[str]:
    return [finding.message for finding in check(compile_expression(text, KNOWN, members=MEMBERS), KNOWN)]


class TestCheck:
    @pytest.mark.parametrize(
        "text",
        [
            'lead.amount > limit and lead.region in ("EU", "NO")',
            'lead.created + duration("P1D") > today()',
            "orders[price > 10].name",
            "sum(orders.price) / limit",
            "for o in orders return o.price * 2",
            "if flag then null else lead.amount",
            'some t in lead.tags satisfies starts with(t, "a")',
            "{a: lead.amount, b: a + 1}.b > 1",
            'lead.created in [date("2020-01-01")..today()]',
            "(function(x) x + 1)(lead.amount)",
            "lead.region = null",
            "years and months duration(lead.created, today()).years > 2",
        ],
    )
    def test_what_can_have_a_value_is_not_blamed(self, text: str) -> None:
        assert findings(text) == []

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("leed.amount", "Expected a name that is known here, but leed is not."),
            ("lead.regoin", "Expected one of region, amount, created, tags, but .regoin is none of them."),
            ('lead.amount > "a"', "Expected values of one kind, but number > string is never true."),
            ("flag > true", "Expected values that have an order, but boolean has none."),
            ("lead.created + 1", "Expected values that + can join, but date and number."),
            ("if limit then 1 else 2", "Expected a condition, but number, which is never true."),
            ("flag and limit", "Expected a condition, but number, which is never true."),
            ("orders[prize > 10]", "Expected a name that is known here, but prize is not."),
            ("upper case(lead.amount)", "Expected arguments that upper case takes, but number."),
            ("substring(lead.region)", "Expected arguments that substring takes, but string."),
            ('lead.amount in ("a", 1)', "Expected values of one kind, but number = string is never true."),
            ('date("2026-13-01")', "Expected a day of the calendar, but 2026-13-1 is none."),
            ("lead.created.hour", "Expected something with hour, but date has none."),
            ("for x in limit return x", "Expected a list to go through, but number."),
            ("limit(1)", "Expected a function to call, but number."),
            ("upper case(orders.price)", "Expected arguments that upper case takes, but list<number>."),
            ("-lead.region", "Expected a number or a duration after the minus sign, but string."),
            ('orders["a"]', "Expected a condition or a position, but string."),
            (
                "substring(text: lead.region, start position: 2)",
                "Expected arguments that substring takes, but string, number.",
            ),
            ("substring(string: lead.region)", "Expected arguments that substring takes, but string."),
            ("(function(x: number) x)(1, 2)", "Expected 1 arguments, but 2."),
            ('limit between "a" and "b"', "Expected values of one kind, but number >= string is never true."),
            ("- lead.region", "Expected a number or a duration after the minus sign, but string."),
            ("(function(x) x)(1, 2)", "Expected 1 arguments, but 2."),
        ],
    )
    def test_what_is_always_null_is_said(self, text: str, message: str) -> None:
        assert message in findings(text)

    @pytest.mark.parametrize(("hiding", "count"), [("Any", 0), ("function<number> -> string", 0), ("number", 1)])
    def test_what_may_be_a_function_hides_the_one_of_feel(self, hiding: str, count: int) -> None:
        known = {"upper case": hiding}

        assert len(check(compile_expression("upper case(1)", known), known)) == count

    def test_members_of_what_is_not_known_may_be_names_in_its_filter(self) -> None:
        known = {"thing": "Any"}

        assert check(compile_expression("thing[price > 1]", known, members=["price"]), known) == []

    def test_a_type_with_allowed_values_is_checked_as_what_it_narrows(self) -> None:
        small = Constrained(read_type("number"), lambda value: value == 1, "Small")
        expression = compile_expression('n + "a"', ["n"])

        assert [each.message for each in check(expression, {"n": small})] == [
            "Expected values that + can join, but number and string."
        ]

    def test_a_finding_knows_its_place(self) -> None:
        (finding,) = check(compile_expression("1 +\n  foo"), {})

        assert (finding.line, finding.column) == (2, 3)

    def test_a_cell_is_checked_against_the_type_of_its_input(self) -> None:
        tests = compile_unary_tests('> 5, "a", [1..3], ? > limit')

        assert [finding.column for finding in check(tests, {"limit": "number"}, tested="number")] == [6]
        assert [finding.column for finding in check(tests, {"limit": "number"}, tested="string")] == [1, 11, 19]


class TestTypeOf:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("lead.amount * 2", "number"),
            ("orders.name", "list<string>"),
            ("orders[1]", "context<price: number, name: string>"),
            ("orders[price > 1]", "list<context<price: number, name: string>>"),
            ('[1, "a"]', "list<Any>"),
            ('lead.created - @"P1D"', "date"),
            ("{a: 1, b: flag}", "context<a: number, b: boolean>"),
            ("[1..limit]", "range<number>"),
            ("function(x: number) x > 1", "function<number> -> boolean"),
            ("if flag then 1 else null", "number"),
            ("min(1, 2)", "Any"),
            ("abs", "function<Any> -> Any"),
            ("[1..limit].start", "number"),
            ("[1..limit].end included", "boolean"),
            ('time("10:00:00Z").time offset', "days and time duration"),
            ('time("10:00:00@Europe/Paris").timezone', "string"),
            ("lead.created.year", "number"),
            ("[1, 2][-1]", "number"),
            ("orders[1 in [1..2]]", "list<context<price: number, name: string>>"),
            (
                'function(x: number) external {java: {class: "C", method signature: "m(int)"}}',
                "function<number> -> Any",
            ),
            ("(function(x: number) x)(x: 1)", "number"),
            ("substring(string: lead.region, start position: 2)", "string"),
            ("-limit", "number"),
            ("lead.region instance of string", "boolean"),
            ("for i in 1..limit return i", "list<number>"),
            ("some x in [1] satisfies x in (> limit)", "boolean"),
            ("[(> 5)]", "list<range<number>>"),
            ("today()[item > lead.created]", "list<date>"),
            ("-lead.unknown", "Any"),
            ('if flag then 1 else "a"', "Any"),
        ],
    )
    def test_the_type_follows_from_the_parts(self, text: str, expected: str) -> None:
        assert str(type_of(compile_expression(text, KNOWN, members=MEMBERS), KNOWN)) == expected


things = {
    "number": st.integers(-3, 3),
    "string": st.text("ab", max_size=2),
    "boolean": st.booleans(),
    "date": st.dates(),
    "list<number>": st.lists(st.integers(-3, 3), max_size=3),
}
operators = st.sampled_from(["+", "-", "*", "/", "**", "=", "<", ">=", "and", "or"])


@given(st.data(), operators)
def test_the_type_foretold_is_the_type_that_comes(data: st.DataObject, operator: str) -> None:
    known = {name: data.draw(st.sampled_from(sorted(things))) for name in ("a", "b")}
    context: dict[str, Value] = {name: from_python(data.draw(things[type_])) for name, type_ in known.items()}
    expression = compile_expression(f"a {operator} b")

    value = expression.evaluate(context)

    assert conforms(value, type_of(expression, known))
    if check(expression, known):
        assert value in (None, False, True) if operator in ("and", "or") else value is None


@given(
    st.recursive(
        st.sampled_from(["number", "string", "date and time", "Any"]),
        lambda inner: (
            inner.map(lambda t: f"list<{t}>")
            | inner.map(lambda t: f"context<a b: {t}, c: number>")
            | inner.map(lambda t: f"function<{t}, string> -> {t}")
        ),
        max_leaves=6,
    )
)
def test_a_type_printed_and_read_is_the_same(text: str) -> None:
    assert str(read_type(text)) == text
    assert read_type(str(read_type(text))) == read_type(text)
