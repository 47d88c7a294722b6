"""
Test cases that are kept with a decision: given these inputs, expect this.

They stand in the extension elements of the decision or of its table (namespace ``urn:throughline:bpmn:1``), so that a
table and its tests are one file, survive every editor, and can be run before a table is published::

    <tl:testCase name="Hot lead from Europe">
        <tl:given name="region" value='"EU"'/>
        <tl:given name="lead.score" value="80"/>
        <tl:expect value='"Sales Europe"'/>
    </tl:testCase>

Values are FEEL. A name with dots that is no input itself is an entry of the input before the first dot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from throughline.flow.dmn import model as m
from throughline.flow.dmn.compile import DecisionModel, compile_model
from throughline.flow.dmn.explain import Explanation
from throughline.flow.dmn.schema import EXTENSIONS
from throughline.flow.dmn.types import shown
from throughline.flow.feel import FeelSyntaxError, FeelTooMuchWork, compile_expression
from throughline.flow.feel.compare import equal
from throughline.flow.values import Value

CASE, GIVEN, EXPECT = (f"{{{EXTENSIONS}}}{name}" for name in ("testCase", "given", "expect"))


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionCase:
    """One test case; ``given`` are names and FEEL texts in order, ``expect`` is a FEEL text."""

    name: str
    given: tuple[tuple[str, str], ...] = ()
    expect: str = "null"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """
    How a case came out. ``got`` is the decision's value, ``explanation`` how it came about; ``message`` says in one
    sentence what is wrong, and is empty when the case passed.
    """

    decision: str
    case: DecisionCase
    passed: bool
    got: Value
    message: str
    explanation: Explanation | None


def cases_of(decision: m.Decision) -> tuple[DecisionCase, ...]:
    """Give the test cases of a decision: those at the decision and those at its logic."""
    logic = () if decision.expression is None else decision.expression.extensions
    return tuple(_case(each) for each in (*decision.extensions, *logic) if each.tag == CASE)


def with_cases(decision: m.Decision, cases: Sequence[DecisionCase]) -> m.Decision:
    """Give the decision with these test cases in place of those it has; other extensions stay."""
    logic = decision.expression
    if logic is not None:
        logic = replace(logic, extensions=_without_cases(logic.extensions))
    extensions = (*_without_cases(decision.extensions), *(_foreign(case) for case in cases))
    return replace(decision, extensions=extensions, expression=logic)


def run_test_cases(
    model: m.Definitions, *, imports: Sequence[m.Definitions] = (), now: datetime | None = None
) -> tuple[CaseResult, ...]:
    """Run every test case of a model, in the order of the file. ``now`` is what FEEL takes for the present."""
    compiled = compile_model(model, imports)
    return tuple(
        _result(compiled, decision.name, case, now) for decision in model.decisions for case in cases_of(decision)
    )


def _case(element: m.Foreign) -> DecisionCase:
    given = tuple((each.get("name"), each.get("value", "null")) for each in element.children if each.tag == GIVEN)
    expect = next((each.get("value", "null") for each in element.children if each.tag == EXPECT), "null")
    return DecisionCase(name=element.get("name"), given=given, expect=expect)


def _foreign(case: DecisionCase) -> m.Foreign:
    prefix = (("tl", EXTENSIONS),)
    given = tuple(m.Foreign(tag=GIVEN, attributes=(("name", name), ("value", text))) for name, text in case.given)
    expect = m.Foreign(tag=EXPECT, attributes=(("value", case.expect),))
    return m.Foreign(tag=CASE, attributes=(("name", case.name),), children=(*given, expect), namespaces=prefix)


def _without_cases(extensions: Sequence[m.Foreign]) -> tuple[m.Foreign, ...]:
    return tuple(each for each in extensions if each.tag != CASE)


def _result(model: DecisionModel, decision: str, case: DecisionCase, now: datetime | None) -> CaseResult:
    try:
        inputs = _inputs(case, {each.name for each in model.inputs(decision)}, now)
        expected = compile_expression(case.expect).evaluate({}, now=now)
        explanation = model.explain(decision, inputs, now=now)
    except (FeelSyntaxError, FeelTooMuchWork) as problem:
        return CaseResult(
            decision=decision, case=case, passed=False, got=None, message=f"{case.name}: {problem}", explanation=None
        )
    passed = equal(explanation.value, expected) is True
    message = "" if passed else f"{case.name}: Expected {shown(expected)}, but it is {shown(explanation.value)}."
    return CaseResult(
        decision=decision, case=case, passed=passed, got=explanation.value, message=message, explanation=explanation
    )


def _inputs(case: DecisionCase, names: set[str], now: datetime | None) -> dict[str, Value]:
    """The inputs of a case; entries of contexts put together."""
    inputs: dict[str, Any] = {}
    for name, text in case.given:
        value = compile_expression(text).evaluate({}, now=now)
        first, *path = [name] if name in names else name.split(".")
        if not path:
            inputs[first] = value
            continue
        place = inputs.setdefault(first, {})
        for step in path[:-1]:
            place = place.setdefault(step, {})
        place[path[-1]] = value
    return inputs
