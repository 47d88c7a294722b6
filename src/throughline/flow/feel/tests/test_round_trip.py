"""Printing what was parsed and parsing it again gives the same tree; evaluating never raises."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from throughline.flow.feel import FeelSyntaxError, FeelTooMuchWork, compile_expression, nodes
from throughline.flow.feel.tests.printing import printed
from throughline.flow.values import from_python

NAMES = ("amount", "region", "unit price", "a - b", "x")
OPERATORS = ("+", "-", "*", "/", "**", "=", "!=", "<", "<=", ">", ">=", "and", "or")
literals = st.one_of(
    st.integers(0, 99).map(str),
    st.sampled_from(["1.5", "-2", "true", "false", "null", '"EU"', '"a \\" b"', '@"P1D"', '@"2026-03-01"']),
)
names = st.sampled_from(NAMES)


def compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(inner, inner)
    return st.one_of(
        st.tuples(inner, st.sampled_from(OPERATORS), inner).map(" ".join),
        pair.map(lambda p: f"({p[0]}) * ({p[1]})"),
        pair.map(lambda p: f"[{p[0]}, {p[1]}]"),
        pair.map(lambda p: f"[({p[0]})..({p[1]}))"),
        pair.map(lambda p: f"{{a: {p[0]}, unit price: {p[1]}}}"),
        pair.map(lambda p: f"if {p[0]} then {p[1]} else null"),
        pair.map(lambda p: f"for x in {p[0]} return {p[1]}"),
        pair.map(lambda p: f"some x in {p[0]} satisfies {p[1]}"),
        pair.map(lambda p: f"({p[0]})[{p[1]}]"),
        pair.map(lambda p: f"({p[0]}) in ({p[1]}, > 5)"),
        pair.map(lambda p: f"({p[0]}) between 1 and ({p[1]})"),
        pair.map(lambda p: f"(function(x: number) {p[0]})({p[1]})"),
        inner.map(lambda i: f"({i}).year"),
        inner.map(lambda i: f"({i}) instance of number"),
        inner.map(lambda i: f"-({i})"),
        inner.map(lambda i: f"string({i})"),
        inner.map(lambda i: f"count(list: {i})"),
    )


expressions = st.recursive(st.one_of(literals, names), compound, max_leaves=8)


def without_places(thing: Any) -> Any:
    """The tree without offsets and source texts."""
    if isinstance(thing, nodes.FunctionOf):
        return ("FunctionOf", thing.parameters, without_places(thing.body))
    if isinstance(thing, (nodes.Node, nodes.Iteration)):
        fields = {name: value for name, value in msgspec.structs.asdict(thing).items() if name != "at"}
        return (type(thing).__name__, {name: without_places(value) for name, value in fields.items()})
    return [without_places(item) for item in thing] if isinstance(thing, tuple) else thing


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@given(expressions)
@settings(max_examples=150, deadline=None)
def test_parsing_what_was_printed_gives_the_same_tree(text: str) -> None:
    tree = compile_expression(text, NAMES).node

    again = compile_expression(printed(tree), NAMES).node

    assert without_places(again) == without_places(tree)


CONTEXT = from_python({"amount": 1500, "region": "EU", "unit price": [1, 2, {"x": 3}], "a - b": None, "x": {"year": 1}})


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@given(expressions)
@settings(max_examples=150, deadline=None)
def test_evaluating_gives_a_value_and_never_an_error(text: str) -> None:
    expression = compile_expression(text, NAMES)
    warnings: list[Any] = []

    assert isinstance(CONTEXT, dict)
    value = expression.evaluate(CONTEXT, warnings=warnings)

    assert value == expression.evaluate(CONTEXT)


@given(st.text("0123456789.+-*/()[]{}\"'<>=,: abxyifthenelseforinreturn?@", max_size=40))
@settings(max_examples=500, deadline=None)
def test_any_text_is_an_expression_or_refused_with_a_place(text: str) -> None:
    place = refused_at(text)

    assert place is None or 1 <= place <= len(text) + 1


def refused_at(text: str) -> int | None:
    """The column where the text stops being FEEL; None when it is an expression, whatever its value."""
    try:
        compile_expression(text).evaluate({})
    except FeelSyntaxError as problem:
        return problem.column
    except FeelTooMuchWork:
        return None
    return None
