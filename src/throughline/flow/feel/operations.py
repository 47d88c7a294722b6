"""
Arithmetic in closures: two numbers at once, everything else by the tables of ``arithmetic``.

A chain such as ``a + b - c + ...`` is a loop when it is long, so that its length never becomes depth.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, DecimalException
from typing import Any

from throughline.flow.feel import nodes
from throughline.flow.feel.arithmetic import compute, negate
from throughline.flow.feel.binding import Closure, Frame, Local
from throughline.flow.feel.compiler import COMPILERS, compile_node
from throughline.flow.feel.errors import NoResult
from throughline.flow.feel.numbers import NUMBERS
from throughline.flow.feel.run import SERIES, Run

FAST: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": NUMBERS.add,
    "-": NUMBERS.subtract,
    "*": NUMBERS.multiply,
    "/": NUMBERS.divide,
    "**": NUMBERS.power,
}
SHORT_CHAIN = 4
LONGEST_STRING = 1_000_000


def compile_arithmetic(node: nodes.Arithmetic, scope: Local | None) -> Closure:
    """A chain that associates to the left is evaluated in a loop when it is long, so that it is never deep."""
    steps: list[tuple[str, nodes.Node, int]] = []
    first: nodes.Node = node
    while isinstance(first, nodes.Arithmetic):
        steps.append((first.operator, first.right, first.at))
        first = first.left
    start = compile_node(first, scope)
    compiled = [(joiner(operator, at), compile_node(right, scope)) for operator, right, at in reversed(steps)]
    if len(compiled) <= SHORT_CHAIN:
        for join, right in compiled:
            start = join_two(join, start, right)
        return start

    def chain(run: Run, frame: Frame) -> Any:
        value = start(run, frame)
        for join, right in compiled:
            value = join(run, value, right(run, frame))
        return value

    return chain


Joiner = Callable[[Run, Any, Any], Any]


def join_two(join: Joiner, left: Closure, right: Closure) -> Closure:
    return lambda run, frame: join(run, left(run, frame), right(run, frame))


def joiner(operator: str, at: int) -> Joiner:
    fast = FAST[operator]
    if operator == "**":
        return power(at)

    def join(run: Run, left: Any, right: Any) -> Any:
        if type(left) is Decimal and type(right) is Decimal:
            try:
                return fast(left, right)
            except DecimalException:
                pass  # the slow path says why
        return slowly(run, at, operator, left, right)

    return join


FEW = frozenset(map(Decimal, range(-8, 9)))


def power(at: int) -> Joiner:
    """A root takes as long as a hundred sums."""

    def join(run: Run, left: Any, right: Any) -> Any:
        run.spend(1 if type(right) is Decimal and right in FEW else SERIES)
        return slowly(run, at, "**", left, right)

    return join


def slowly(run: Run, at: int, operator: str, left: Any, right: Any) -> Any:
    try:
        result = compute(operator, left, right)
    except NoResult as problem:
        run.warn(at, str(problem))
        return None
    if type(result) is str:
        run.spend(len(result) // 16)
    return result


def compile_negation(node: nodes.Negation, scope: Local | None) -> Closure:
    operand = compile_node(node.operand, scope)

    def minus(run: Run, frame: Frame) -> Any:
        try:
            return negate(operand(run, frame))
        except NoResult as problem:
            run.warn(node.at, str(problem))
            return None

    return minus


COMPILERS[nodes.Arithmetic] = compile_arithmetic
COMPILERS[nodes.Negation] = compile_negation
