"""The public one-line assertions about FEEL (feelin's test suite)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from throughline.flow.feel import FeelTooMuchWork, compile_expression, compile_unary_tests
from throughline.flow.feel.compare import equal
from throughline.flow.values import Value, from_json, names_within, read_json
from throughline.testing.suites import suites_folder

PACK = suites_folder() / "conformance" / "feel-feelin"
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
KNOWN_DIFFERENCES = {
    "builtins-conversion-59": "the text of a range is the range",
    "builtins-conversion-60": "the text of a function is its source",
    "builtins-conversion-61": "the text of a range is the range",
    "language-filterexpression-33": "a list of one is not equal to its item",
    "language-filterexpression-34": "a list of one is not equal to its item",
}


def cases() -> list[Any]:
    files = sorted(PACK.rglob("cases.json"))
    return [pytest.param(case, id=case["id"]) for file in files for case in read_json(file.read_bytes())["cases"]]


def answer(case: dict[str, Any]) -> Value:
    context = from_json(case.get("context", {}))
    assert isinstance(context, dict)
    members = names_within([context])
    if case.get("unary"):
        tests = compile_unary_tests(case["expression"], context, members=members)
        return tests.evaluate(from_json(case["input"]), context, now=NOW) is True
    try:
        return compile_expression(case["expression"], context, members=members).evaluate(context, now=NOW)
    except FeelTooMuchWork:
        return None


def close(found: Value, expected: Value) -> bool:
    """Equal, numbers within what the pack was written with."""
    try:
        return bool(abs(found - expected) < abs(expected) / 10**9)  # type: ignore[operator, arg-type]
    except TypeError:
        return equal(found, expected) is True


@pytest.mark.suites
@pytest.mark.skipif(not PACK.is_dir(), reason="THE PUBLIC SUITES WERE NOT RUN: set THROUGHLINE_SUITES")
@pytest.mark.parametrize("case", cases())
def test_a_published_assertion_holds(case: dict[str, Any], request: pytest.FixtureRequest) -> None:
    if case["id"] in KNOWN_DIFFERENCES:
        request.applymarker(pytest.mark.xfail(reason=KNOWN_DIFFERENCES[case["id"]], strict=True))
    found, expected = answer(case), from_json(case["expected"])

    assert equal(found, expected) is True or close(found, expected)
