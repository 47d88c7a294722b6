"""
Syntax tree to closures.

Theory of operation. Every node becomes a Python function of ``(run, frame)`` that gives its value; a construct closes
over the functions of its parts. What can be decided once is decided here: where a name is found (``binding``), which
built-in is meant, the value of a literal, the operator of a comparison. Comparing with a constant, the commonest
condition of all, has its own closure that asks the type once and compares.

FEEL has no exceptions: what is undefined is null. Each closure therefore looks at the types it got, and says on the
slow path why there is no result (``run.warn``). Only ``FeelTooMuchWork`` is raised.

One table at the end joins node types to their functions. Sums are in ``operations``, comparisons in ``comparisons``,
loops and filters in ``loops``, calls in ``calls``, unary tests in ``unary``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from throughline.flow.feel import nodes, types
from throughline.flow.feel.binding import Closure, Frame, Local, read_name
from throughline.flow.feel.compare import ordered
from throughline.flow.feel.properties import PROPERTIES
from throughline.flow.feel.run import CONTAINERS, Run
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
    if (constant := constant_range(node)) is not None:
        return lambda _run, _frame: constant

    def build(run: Run, frame: Frame) -> Range | None:
        low, high = start(run, frame), end(run, frame)
        verdict = ordered("<=", low, high)
        if not verdict:
            found = "the first is greater" if verdict is False else f"{kind(low)} and {kind(high)}"
            run.warn(at, f"Expected the ends of a range in order, but {found}.")
            return None
        return Range(low, high, *flags)

    return build


def constant_range(node: nodes.Node) -> Range | None:
    """The range itself when both ends are literals in order."""
    if not isinstance(node, nodes.Interval):
        return None
    if not isinstance(node.start, nodes.Literal) or not isinstance(node.end, nodes.Literal):
        return None
    if not ordered("<=", node.start.value, node.end.value):
        return None
    return Range(node.start.value, node.end.value, node.start_included, node.end_included)


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
    if any(type_ is bare for bare in types.UNPARAMETERIZED):
        return nothing(node.at, f"Expected the type {type_} with its parameters, but it has none.")
    if isinstance(type_, types.Unknown):
        return nothing(node.at, f"Expected a type, but {type_} is none.")

    def test(run: Run, frame: Frame) -> bool:
        thing = value(run, frame)
        if type(thing) in CONTAINERS:
            run.weigh(thing)
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
    nodes.And: compile_and,
    nodes.Or: compile_or,
    nodes.If: compile_if,
    nodes.InstanceOf: compile_instance_of,
}
