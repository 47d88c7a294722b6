"""
Calls and function definitions.

Theory of operation. A built-in that no variable can hide is bound while compiling; every other function is a value
that is looked up at run time. A function written in FEEL closes over the frame it was made in and adds one frame per
parameter. ``date("2026-03-01")`` and its kin with a literal text are computed once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from throughline.flow.feel import nodes, types
from throughline.flow.feel.binding import Closure, Frame, Local, find_local, read_name
from throughline.flow.feel.builtins import BUILTINS, NO_RESULT, Builtin
from throughline.flow.feel.compiler import COMPILERS, compile_node
from throughline.flow.feel.constants import is_constant, literal_of
from throughline.flow.feel.inference import OPEN, Checker
from throughline.flow.feel.run import NOWHERE, Run
from throughline.flow.values import Function, kind


def compile_call(node: nodes.Call, scope: Local | None) -> Closure:
    arguments = tuple(compile_node(argument, scope) for argument in node.arguments)
    function = node.function
    builtin = BUILTINS.get(function.name) if isinstance(function, nodes.Name) else None
    if builtin is None:
        return call_value(node, compile_node(function, scope), arguments)
    return call_builtin(node, builtin, hiding(builtin.name, node.at, scope), arguments)


def hiding(name: str, at: int, scope: Local | None) -> Closure:
    """A closure that gives what has the name of a built-in here, which hides it when it is a function."""
    if find_local(name, scope) != (None, []):
        return read_name(at, name, scope)
    return lambda run, _frame: run.context.get(name)


def call_builtin(node: nodes.Call, builtin: Builtin, hiding: Closure, arguments: tuple[Closure, ...]) -> Closure:
    """A function of the same name comes first; a plain value of that name does not hide the built-in."""
    at, names, own = node.at, node.names, builtin.function
    constant = constant_result(node, builtin)

    def call(run: Run, frame: Frame) -> Any:
        other = hiding(run, frame)
        if isinstance(other, Function):
            return apply(run, at, other, [argument(run, frame) for argument in arguments], names)
        if constant is not None:
            return constant
        return apply(run, at, own, [argument(run, frame) for argument in arguments], names)

    return call


def constant_result(node: nodes.Call, builtin: Builtin) -> Any:
    """What ``date("2026-03-01")`` and its kin with a literal text give; None for every other call."""
    if not is_constant(node, builtin):
        return None
    try:
        return builtin.positional((literal_of(node),), NOWHERE)
    except NO_RESULT:
        return None  # every evaluation says why


def call_value(node: nodes.Call, function: Closure, arguments: tuple[Closure, ...]) -> Closure:
    at, names = node.at, node.names
    return lambda run, frame: apply(
        run, at, function(run, frame), [argument(run, frame) for argument in arguments], names
    )


def apply(run: Run, at: int, function: Any, arguments: Sequence[Any], names: tuple[str, ...] | None) -> Any:
    """The result of calling the value; null with a warning when it is no function or the arguments do not fit."""
    if not isinstance(function, Function):
        run.warn(at, f"Expected a function to call, but {kind(function)}.")
        return None
    run.spend()
    try:
        if names is not None and function.by_name is not None:
            return function.by_name(names, arguments, run)
        return function.call(arguments if names is None else in_order(function, names, arguments), run)
    except NO_RESULT as problem:
        run.warn(at, f"{function.name}: {problem}")
        return None


def in_order(function: Function, names: Sequence[str], arguments: Sequence[Any]) -> list[Any]:
    """Named arguments in the order of the parameters, missing ones null. Raises ValueError for an unknown name."""
    given = dict(zip(names, arguments, strict=True))
    found = [given.pop(parameter, None) for parameter in function.parameters]
    if given:
        raise ValueError(f"Expected only arguments the function knows, but {', '.join(given)}.")
    return found


def compile_function(node: nodes.FunctionOf, scope: Local | None) -> Closure:
    names = tuple(name for name, _ in node.parameters)
    expected = tuple(type_ for _, type_ in node.parameters)
    if node.external:
        return lambda _run, _frame: Function("function", names, refuse_external, types=expected, source=node.source)
    for name in names:
        scope = Local(name, scope)
    body = compile_node(node.body, scope)
    result = Checker(node.source).infer(node.body, {OPEN: types.ANY, **dict(node.parameters)})

    def make(_run: Run, frame: Frame) -> Function:
        def call(arguments: Sequence[Any], run: Run) -> Any:
            inner = frame
            for value in fitted(names, expected, arguments):
                inner = (value, inner)
            run.enter()
            try:
                return body(run, inner)
            finally:
                run.leave()

        return Function("function", names, call, types=expected, result=result, source=node.source)

    return make


def refuse_external(_arguments: Sequence[Any], _run: Run) -> Any:
    raise ValueError("Expected a function written in FEEL, but it refers to another language, which is not run here.")


def fitted(names: Sequence[str], expected: Sequence[types.Type], arguments: Sequence[Any]) -> list[Any]:
    """The arguments, converted to the parameters' types. Raises ValueError."""
    if len(arguments) != len(names):
        raise ValueError(f"Expected {len(names)} arguments, but {len(arguments)}.")
    return [types.convert(value, type_) for value, type_ in zip(arguments, expected, strict=True)]


COMPILERS[nodes.Call] = compile_call
COMPILERS[nodes.FunctionOf] = compile_function
