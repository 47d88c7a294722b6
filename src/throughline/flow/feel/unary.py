"""
``in`` and unary tests.

Theory of operation. A test becomes a closure of ``(run, frame)`` whose innermost frame holds the tested value as
``?``. Its form is mostly known while compiling: a comparison, an interval, a constant, or something that mentions ``?``
and so is a condition. What is left is decided by the value it gives (DMN 1.5, 7.3.3 and table 55).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from throughline.flow.feel import nodes
from throughline.flow.feel.binding import Closure, Frame, Local
from throughline.flow.feel.compare import OPERATORS, PLAIN, equal, ordered, satisfies, within
from throughline.flow.feel.compiler import COMPILERS, compile_node, constant_range
from throughline.flow.feel.reads import mentions
from throughline.flow.feel.run import CONTAINERS, Run
from throughline.flow.values import Range, kind

INPUT = "?"


def compile_in(node: nodes.In, scope: Local | None) -> Closure:
    value = compile_node(node.value, scope)
    test = any_of([compile_positive(test, Local(INPUT, scope)) for test in node.tests])
    return lambda run, frame: test(run, (value(run, frame), frame))


def compile_tests(node: nodes.UnaryTests) -> Closure:
    """The closure of whole unary tests; its frame is ``(input, None)``."""
    if node.tests is None:
        return lambda _run, _frame: True
    test = any_of([compile_positive(test, Local(INPUT, None)) for test in node.tests])
    return negated(test) if node.negated else test


def any_of(tests: list[Closure]) -> Closure:
    """True when one test holds; null when none does but one might."""
    if len(tests) == 1:
        return tests[0]

    def test(run: Run, frame: Frame) -> bool | None:
        certain = True
        for part in tests:
            verdict = part(run, frame)
            if verdict is True:
                return True
            certain = certain and verdict is False
        return False if certain else None

    return test


def negated(test: Closure) -> Closure:
    def turn(run: Run, frame: Frame) -> bool | None:
        verdict = test(run, frame)
        return None if verdict is None else not verdict

    return turn


def compile_positive(node: nodes.Node, scope: Local) -> Closure:
    if isinstance(node, nodes.Test):
        return compile_operator_test(node, scope)
    if (range_ := constant_range(node)) is not None:
        return between_constants(range_)
    closure = compile_node(node, scope)
    if mentions(node, INPUT):
        return condition(closure)
    if isinstance(node, nodes.Literal) and type(node.value) in (Decimal, str):
        return constant(node.value)
    return by_value(node, closure)


def constant(wanted: Any) -> Closure:
    """The input equals a number or a text."""
    kind_wanted = type(wanted)

    def test(_run: Run, frame: Frame) -> bool | None:
        value = frame[0]
        if type(value) is kind_wanted:
            return bool(value == wanted)
        return satisfies(value, wanted)

    return test


def between_constants(range_: Range) -> Closure:
    """The input lies in a range whose ends are constants."""
    low, high, wanted = range_.start, range_.end, type(range_.start)
    after = OPERATORS[">=" if range_.start_included else ">"]
    before = OPERATORS["<=" if range_.end_included else "<"]
    plain = wanted in PLAIN

    def test(_run: Run, frame: Frame) -> bool | None:
        value = frame[0]
        if plain and type(value) is wanted:
            return after(value, low) and before(value, high)
        return within(value, range_)

    return test


def compile_operator_test(node: nodes.Test, scope: Local) -> Closure:
    operand, operator, at = compile_node(node.operand, scope), node.operator, node.at
    if operator in ("=", "!="):
        test = equal_test(operand)
        return test if operator == "=" else negated(test)
    compare = OPERATORS[operator]

    def test_order(run: Run, frame: Frame) -> bool | None:
        value, other = frame[0], operand(run, frame)
        if type(value) is Decimal and type(other) is Decimal:
            return compare(value, other)
        verdict = ordered(operator, value, other)
        if verdict is None:
            run.warn(at, f"Expected values of one kind, but {kind(value)} {operator} {kind(other)}.")
        return verdict

    return test_order


def equal_test(operand: Closure) -> Closure:
    def test(run: Run, frame: Frame) -> bool | None:
        wanted = operand(run, frame)
        if type(wanted) in CONTAINERS:
            run.weigh(wanted)
        return equal(frame[0], wanted)

    return test


def condition(closure: Closure) -> Closure:
    """A test that mentions ``?``: it holds when it is true. A value that is no truth is compared with the input."""

    def test(run: Run, frame: Frame) -> bool | None:
        verdict = closure(run, frame)
        if verdict is None or isinstance(verdict, bool):
            return verdict
        return satisfies(frame[0], verdict)

    return test


def by_value(node: nodes.Node, closure: Closure) -> Closure:
    """A test that does not mention ``?``: a range, a list or a value to compare with; or a condition on other names.

    It is a condition when it gives true or false and the input is neither; but the literal ``true`` is always compared.
    """
    is_literal = isinstance(node, nodes.Literal)

    def test(run: Run, frame: Frame) -> bool | None:
        value, wanted = frame[0], closure(run, frame)
        if type(wanted) in CONTAINERS:
            run.weigh(wanted)
        if not is_literal:
            if isinstance(wanted, bool) and not isinstance(value, bool):
                return wanted
            if wanted is None and value is not None:
                return None
        return satisfies(value, wanted)

    return test


COMPILERS[nodes.In] = compile_in
