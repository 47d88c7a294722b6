"""
Comparison in closures.

A comparison with a constant is what most conditions are made of. When its left side is a variable of the context as
well, one closure reads, looks at the type and compares; any surprise goes to the slower ones, which know the
warnings.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from operator import eq, ne
from typing import Any

from throughline.flow.feel import nodes
from throughline.flow.feel.binding import Closure, Frame, Local, find_local
from throughline.flow.feel.compare import OPERATORS, PLAIN, equal, ordered, within
from throughline.flow.feel.compiler import COMPILERS, compile_node
from throughline.flow.feel.run import CONTAINERS, Run
from throughline.flow.values import Range, kind

COMPARE: dict[str, Callable[[Any, Any], bool]] = {**OPERATORS, "=": eq, "!=": ne}


def compile_comparison(node: nodes.Comparison, scope: Local | None) -> Closure:
    left = compile_node(node.left, scope)
    if isinstance(node.right, nodes.Literal) and type(node.right.value) in (Decimal, str):
        slow = compare_with_constant(node, left, node.right.value)
        if isinstance(node.left, nodes.Name) and find_local(node.left.name, scope) == (None, []):
            return compare_variable(node.operator, node.left.name, node.right.value, slow)
        return slow
    right = compile_node(node.right, scope)
    if node.operator in ("=", "!="):
        return compare_equal(node, left, right)
    return compare_order(node, left, right)


def compare_with_constant(node: nodes.Comparison, left: Closure, constant: Any) -> Closure:
    operator, wanted = node.operator, type(constant)
    if operator in ("=", "!="):
        same, other = operator == "=", operator != "="

        def test_equal(run: Run, frame: Frame) -> bool | None:
            value = left(run, frame)
            if type(value) is wanted:
                return same if value == constant else other
            return other if value is None else incomparable(run, node, value, constant)

        return test_equal
    compare = OPERATORS[operator]

    def test_order(run: Run, frame: Frame) -> bool | None:
        value = left(run, frame)
        if type(value) is wanted:
            return compare(value, constant)
        return incomparable(run, node, value, constant)

    return test_order


def compare_variable(operator: str, name: str, constant: Any, slow: Closure) -> Closure:
    """A variable of the context against a constant, in one step; ``slow`` takes over when the types differ."""
    compare, wanted = COMPARE[operator], type(constant)

    def test(run: Run, frame: Frame) -> Any:
        value = run.context.get(name)
        return compare(value, constant) if type(value) is wanted else slow(run, frame)

    return test


def compare_equal(node: nodes.Comparison, left: Closure, right: Closure) -> Closure:
    negated = node.operator == "!="

    def test(run: Run, frame: Frame) -> bool | None:
        one, other = left(run, frame), right(run, frame)
        if type(one) in CONTAINERS and type(other) in CONTAINERS:
            run.weigh(one)
        verdict = equal(one, other)
        if verdict is None:
            return incomparable(run, node, one, other)
        return not verdict if negated else verdict

    return test


def compare_order(node: nodes.Comparison, left: Closure, right: Closure) -> Closure:
    operator = node.operator
    compare = OPERATORS[operator]

    def test(run: Run, frame: Frame) -> bool | None:
        one, other = left(run, frame), right(run, frame)
        if type(one) is type(other) and type(one) in PLAIN:
            return compare(one, other)
        verdict = ordered(operator, one, other)
        return incomparable(run, node, one, other) if verdict is None else verdict

    return test


def incomparable(run: Run, node: nodes.Comparison, one: Any, other: Any) -> bool | None:
    """Null, with the reason."""
    if run.warnings is not None:
        run.warn(node.at, f"Expected values of one kind, but {kind(one)} {node.operator} {kind(other)}.")
    return None


def compile_between(node: nodes.Between, scope: Local | None) -> Closure:
    value, low, high = (compile_node(part, scope) for part in (node.value, node.low, node.high))

    def test(run: Run, frame: Frame) -> bool | None:
        middle, start, end = value(run, frame), low(run, frame), high(run, frame)
        if start is None or end is None:
            run.warn(node.at, "Expected two ends after between, but one is null.")
            return None
        verdict = within(middle, Range(start, end, True, True))
        if verdict is None:
            run.warn(node.at, f"Expected values of one kind, but {kind(middle)}, {kind(start)} and {kind(end)}.")
        return verdict

    return test


COMPILERS[nodes.Comparison] = compile_comparison
COMPILERS[nodes.Between] = compile_between
