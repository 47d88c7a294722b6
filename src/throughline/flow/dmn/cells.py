"""
What a cell of conditions says, where that can be told without evaluating it.

Theory of operation. A cell is a list of unary tests. Where every test compares the input with constants (``"EU"``, ``<
10``, ``[1..5)``, ``not("a", "b")``, a list of such), the cell is a set of `Stretch`es per kind of value. A cell that
reads a variable, calls a function or uses ``?`` is opaque: only evaluating it tells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from throughline.flow.dmn.axes import Stretch, axis_of
from throughline.flow.feel import nodes
from throughline.flow.temporal import Date, parse_date, parse_date_time, parse_duration, parse_time
from throughline.flow.values import Value


@dataclass(frozen=True, slots=True)
class Cell:
    """
    A cell as far as it is understood.

    ``any``: it lets everything pass. ``opaque``: it must be evaluated. Otherwise ``stretches`` say what passes, or,
    when ``negated``, what does not; ``null`` says whether one of the tests is the literal null.
    """

    any: bool = False
    opaque: bool = False
    stretches: tuple[Stretch, ...] = ()
    negated: bool = False
    null: bool = False


ANY_VALUE = Cell(any=True)
OPAQUE = Cell(opaque=True)


class _NotConstant(Exception):
    """The test cannot be told without evaluating it."""


def cell_of(tests: nodes.UnaryTests) -> Cell:
    """Understand a parsed cell."""
    if tests.tests is None:
        return ANY_VALUE
    try:
        found = [stretch for test in tests.tests for stretch in _stretches(test)]
    except _NotConstant:
        return OPAQUE
    stretches = tuple(stretch for stretch in found if stretch is not None)
    if any(axis_of(end) is None for each in stretches for end in (each.low, each.high) if end is not None):
        return OPAQUE
    null = len(stretches) < len(found)
    if tests.negated and (null or any(_turned_round(each) for each in stretches)):
        return OPAQUE  # the negation of a test without an answer has none either
    return Cell(stretches=stretches, negated=tests.negated, null=null)


def _turned_round(stretch: Stretch) -> bool:
    """Whether the first end lies behind the second: FEEL then has no answer."""
    low, high = axis_of(stretch.low), axis_of(stretch.high)
    return low is not None and low is high and bool(low.key(stretch.low) > low.key(stretch.high))


def _stretches(test: nodes.Node) -> Iterator[Stretch | None]:
    """The stretches of one test; None for the literal null."""
    match test:
        case nodes.Test(operator="!="):
            raise _NotConstant
        case nodes.Test(operator=operator, operand=operand):
            yield _BESIDE[operator](_present(operand))
        case nodes.Interval():
            low, high = _present(test.start), _present(test.end)
            if type(low) is not type(high):
                raise _NotConstant
            yield Stretch(low, high, test.start_included, test.end_included)
        case nodes.ListOf(items=items):
            for item in items:
                if isinstance(item, (nodes.Test, nodes.Interval, nodes.ListOf)):
                    raise _NotConstant
                yield from _stretches(item)
        case _:
            value = constant(test)
            yield None if value is None else Stretch(value, value, True, True)


_BESIDE: Mapping[str, Callable[[Value], Stretch]] = {
    "=": lambda end: Stretch(end, end, True, True),
    "<": lambda end: Stretch(None, end, False, False),
    "<=": lambda end: Stretch(None, end, False, True),
    ">": lambda end: Stretch(end, None, False, False),
    ">=": lambda end: Stretch(end, None, True, False),
}


def _present(node: nodes.Node) -> Value:
    value = constant(node)
    if value is None or isinstance(value, bool):
        raise _NotConstant
    return value


def constant(node: nodes.Node) -> Value:
    """The value of a literal or of a temporal literal. Raises _NotConstant for anything else."""
    if isinstance(node, nodes.Literal):
        return node.value  # type: ignore[no-any-return]
    if isinstance(node, nodes.Call) and isinstance(node.function, nodes.Name) and node.names is None:
        return _temporal(node.function.name, [constant(argument) for argument in node.arguments])
    raise _NotConstant


def _whole(number: Decimal) -> int:
    if number != int(number):
        raise ValueError(f"Expected a whole number, but {number}.")
    return int(number)


_TEMPORALS: Mapping[tuple[str, tuple[type, ...]], Callable[..., Any]] = {
    ("date", (str,)): parse_date,
    ("date", (Decimal, Decimal, Decimal)): lambda *parts: Date.of(*(_whole(part) for part in parts)),
    ("time", (str,)): parse_time,
    ("date and time", (str,)): parse_date_time,
    ("duration", (str,)): parse_duration,
}


def _temporal(name: str, arguments: list[Value]) -> Value:
    construct = _TEMPORALS.get((name, tuple(type(argument) for argument in arguments)))
    if construct is None:
        raise _NotConstant
    try:
        value: Value = construct(*arguments)
    except ValueError as problem:
        raise _NotConstant from problem
    return value


def constants_of(tests: nodes.UnaryTests) -> list[Value] | None:
    """The values of a list of constants in their order; None when it is something else."""
    if tests.tests is None or tests.negated:
        return None
    try:
        return [constant(test) for test in tests.tests]
    except _NotConstant:
        return None
