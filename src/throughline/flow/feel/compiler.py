"""
Syntax tree to closures.

Theory of operation. Every node becomes a Python function of ``(run, frame)`` that gives its value; a construct closes
over the functions of its parts. What can be decided once is decided here: where a name is found (``binding``), which
built-in is meant, the value of a literal, the operator of a comparison. Comparing with a constant, the commonest
condition of all, has its own closure that asks the type once and compares.

FEEL has no exceptions: what is undefined is null. Each closure therefore looks at the types it got, and says on the
slow path why there is no result (``run.warn``). Only ``FeelTooMuchWork`` is raised.

One table at the end joins node types to their functions. Loops and filters are in ``loops``, calls in ``calls``, unary
tests in ``unary``.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, DecimalException
from typing import Any

from throughline.flow.feel import nodes, types
from throughline.flow.feel.arithmetic import compute, negate
from throughline.flow.feel.binding import Closure, Frame, Local, read_name
from throughline.flow.feel.compare import OPERATORS, PLAIN, equal, ordered, within
from throughline.flow.feel.errors import NoResult
from throughline.flow.feel.numbers import NUMBERS
from throughline.flow.feel.properties import PROPERTIES
from throughline.flow.feel.run import Run
from throughline.flow.values import Except, Range, kind


def compile_node(node: nodes.Node, scope: Local | None) -> Closure:
    """The closure of a node whose local names are those of ``scope``."""
    return COMPILERS[type(node)](node, scope)


# --- literals and names -----------------------------------------------------------------------------------------------


def compile_literal(node: nodes.Literal, _scope: Local | None) -> Closure:
    value = node.value
    return lambda _run, _frame: value


def compile_bad_literal(node: nodes.BadLiteral, _scope: Local | None) -> Closure:
    return nothing(node.at, node.reason)


def nothing(at: int, reason: str) -> Closure:
    """A closure that is always null, for a reason known while compiling."""

    def refuse(run: Run, _frame: Frame) -> None:
        run.warn(at, reason)

    return refuse


def compile_name(node: nodes.Name, scope: Local | None) -> Closure:
    return read_name(node.at, node.name, scope)


def compile_path(node: nodes.Path, scope: Local | None) -> Closure:
    source, member, at = compile_node(node.source, scope), node.member, node.at

    def read(run: Run, frame: Frame) -> Any:
        value = source(run, frame)
        if type(value) is dict:
            try:
                return value[member]
            except KeyError:
                run.warn(at, f"Expected an entry named {member}, but the context has none.")
                return None
        return member_of(run, at, value, member)

    return read


def member_of(run: Run, at: int, value: Any, member: str) -> Any:
    """``value.member``: the entry of a context, the property of a temporal value, or a list of both."""
    if type(value) is list:
        run.spend(len(value))
        return [member_of(run, at, item, member) for item in value]
    if type(value) is dict:
        if member in value:
            return value[member]
    elif (read := PROPERTIES.get(type(value), {}).get(member)) is not None:
        return read(value)
    run.warn(at, f"Expected something with {member}, but {kind(value)} has none.")
    return None


def compile_list(node: nodes.ListOf, scope: Local | None) -> Closure:
    items = tuple(compile_node(item, scope) for item in node.items)
    return lambda run, frame: [item(run, frame) for item in items]


def compile_context(node: nodes.ContextOf, scope: Local | None) -> Closure:
    """Entries see the entries before them, each one frame further in."""
    entries: list[tuple[str, Closure]] = []
    keys = [key for key, _ in node.entries]
    if twice := [key for key in keys if keys.count(key) > 1]:
        return nothing(node.at, f'Expected every key of the context once, but "{twice[0]}" comes twice.')
    for key, value in node.entries:
        entries.append((key, compile_node(value, scope)))
        scope = Local(key, scope)

    def build(run: Run, frame: Frame) -> dict[str, Any]:
        result = {}
        for key, value in entries:
            result[key] = item = value(run, frame)
            frame = (item, frame)
        return result

    return build


def compile_interval(node: nodes.Interval, scope: Local | None) -> Closure:
    start, end, at = compile_node(node.start, scope), compile_node(node.end, scope), node.at
    flags = node.start_included, node.end_included

    def build(run: Run, frame: Frame) -> Range | None:
        low, high = start(run, frame), end(run, frame)
        verdict = ordered("<=", low, high)
        if not verdict:
            found = "the first is greater" if verdict is False else f"{kind(low)} and {kind(high)}"
            run.warn(at, f"Expected the ends of a range in order, but {found}.")
            return None
        return Range(low, high, *flags)

    return build


def compile_test(node: nodes.Test, scope: Local | None) -> Closure:
    """A comparison without its left side, as a value: a range that is open at one end."""
    operand, operator, at = compile_node(node.operand, scope), node.operator, node.at

    def build(run: Run, frame: Frame) -> Range | Except | None:
        value = operand(run, frame)
        if value is None and operator not in ("=", "!="):
            run.warn(at, f"Expected something to compare with after {operator}, but it is null.")
            return None
        return range_of_test(operator, value)

    return build


def range_of_test(operator: str, value: Any) -> Range | Except:
    if operator == "!=":
        return Except(value)
    if operator == "=":
        return Range(value, value, True, True)
    if operator in ("<", "<="):
        return Range(None, value, False, operator == "<=")
    return Range(value, None, operator == ">=", False)


# --- arithmetic -------------------------------------------------------------------------------------------------------

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

    def join(run: Run, left: Any, right: Any) -> Any:
        if type(left) is Decimal and type(right) is Decimal:
            try:
                return fast(left, right)
            except DecimalException:
                pass  # the slow path says why
        return slowly(run, at, operator, left, right)

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


# --- comparison -------------------------------------------------------------------------------------------------------


def compile_comparison(node: nodes.Comparison, scope: Local | None) -> Closure:
    left = compile_node(node.left, scope)
    if isinstance(node.right, nodes.Literal) and type(node.right.value) in (Decimal, str):
        return compare_with_constant(node, left, node.right.value)
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


def compare_equal(node: nodes.Comparison, left: Closure, right: Closure) -> Closure:
    negated = node.operator == "!="

    def test(run: Run, frame: Frame) -> bool | None:
        one, other = left(run, frame), right(run, frame)
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


# --- logic ------------------------------------------------------------------------------------------------------------


def compile_and(node: nodes.And, scope: Local | None) -> Closure:
    return connect(node.parts, scope, decisive=False)


def compile_or(node: nodes.Or, scope: Local | None) -> Closure:
    return connect(node.parts, scope, decisive=True)


def connect(parts: tuple[nodes.Node, ...], scope: Local | None, *, decisive: bool) -> Closure:
    """The first part that is ``decisive`` decides; else all must be the opposite, or the result is null (table 50)."""
    closures = tuple(compile_node(part, scope) for part in parts)
    opposite = not decisive
    if len(closures) == 2:
        return connect_two(*closures, decisive=decisive)

    def decide(run: Run, frame: Frame) -> Any:
        certain = True
        for part in closures:
            verdict = part(run, frame)
            if verdict is decisive:
                return decisive
            certain = certain and verdict is opposite
        return opposite if certain else None

    return decide


def connect_two(first: Closure, second: Closure, *, decisive: bool) -> Closure:
    opposite = not decisive

    def decide(run: Run, frame: Frame) -> Any:
        one = first(run, frame)
        if one is decisive:
            return decisive
        other = second(run, frame)
        if other is decisive:
            return decisive
        return opposite if one is opposite and other is opposite else None

    return decide


def compile_if(node: nodes.If, scope: Local | None) -> Closure:
    condition, then, otherwise = (compile_node(part, scope) for part in (node.condition, node.then, node.otherwise))
    return lambda run, frame: (then if condition(run, frame) is True else otherwise)(run, frame)


def compile_instance_of(node: nodes.InstanceOf, scope: Local | None) -> Closure:
    value, type_ = compile_node(node.value, scope), node.type
    if type_ in types.UNPARAMETERIZED:
        return nothing(node.at, f"Expected the type {type_} with its parameters, but it has none.")
    if isinstance(type_, types.Unknown):
        return nothing(node.at, f"Expected a type, but {type_} is none.")

    def test(run: Run, frame: Frame) -> bool:
        thing = value(run, frame)
        return type_ is types.NULL if thing is None else type_.accepts(thing)

    return test


Compiler = Callable[[Any, Local | None], Closure]
COMPILERS: dict[type[nodes.Node], Compiler] = {
    nodes.Literal: compile_literal,
    nodes.BadLiteral: compile_bad_literal,
    nodes.Name: compile_name,
    nodes.Path: compile_path,
    nodes.ListOf: compile_list,
    nodes.ContextOf: compile_context,
    nodes.Interval: compile_interval,
    nodes.Test: compile_test,
    nodes.Arithmetic: compile_arithmetic,
    nodes.Negation: compile_negation,
    nodes.Comparison: compile_comparison,
    nodes.Between: compile_between,
    nodes.And: compile_and,
    nodes.Or: compile_or,
    nodes.If: compile_if,
    nodes.InstanceOf: compile_instance_of,
}
