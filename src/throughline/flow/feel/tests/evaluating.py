"""Short ways to evaluate in tests: Python values in, Python values or FEEL text out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from throughline.flow.feel import FeelWarning, compile_expression, compile_unary_tests
from throughline.flow.values import feel_text, from_python, names_within

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def value_of(text: str, **context: Any) -> Any:
    """The value of the expression in a context of Python objects."""
    variables = {name: from_python(thing) for name, thing in context.items()}
    expression = compile_expression(text, variables, members=names_within(variables.values()))
    return expression.evaluate(variables, now=NOW)


def text_of(text: str, **context: Any) -> str:
    """The same as FEEL text, which tells 1 from "1" and a date from a time."""
    return feel_text(value_of(text, **context))


def warnings_of(text: str, **context: Any) -> list[str]:
    """Why it is null."""
    found: list[FeelWarning] = []
    variables = {name: from_python(thing) for name, thing in context.items()}
    compile_expression(text, variables).evaluate(variables, warnings=found)
    return [warning.message for warning in found]


def passes(tests: str, tested: Any, **context: Any) -> bool | None:
    """Whether the unary tests let the value pass."""
    variables = {name: from_python(thing) for name, thing in context.items()}
    return compile_unary_tests(tests, variables).evaluate(from_python(tested), variables)
