"""Boxed invocations (DMN 1.5, 7.3.6): a function called with an expression for each parameter."""

from __future__ import annotations

from typing import Any

from throughline.flow.dmn import model as m
from throughline.flow.dmn.logic.base import Logic, Static, null_because, null_logic, typed
from throughline.flow.dmn.session import Scope, Session
from throughline.flow.feel import Expression, FeelSyntaxError, compile_expression
from throughline.flow.values import Function

CALLED = "called"


def compile_invocation(expression: m.Invocation, static: Static) -> Logic:
    """Compile the function and its arguments, which are passed by name as in a FEEL call."""
    function = null_logic if expression.function is None else static.logic(expression.function)
    names = [binding.parameter.name for binding in expression.bindings]
    call = _call(names)
    if call is None:
        static.report(expression, "Expected the bindings to name parameters, but one of the names cannot be a name.")
        return null_because("The invocation cannot be evaluated because its bindings do not name parameters.")
    arguments = [_argument(binding, static) for binding in expression.bindings]

    def logic(scope: Scope, session: Session) -> Any:
        called = function(scope, session)
        if not isinstance(called, Function):
            session.warn("Expected the invocation to name a function, but it names none.")
            return None
        values = {_place(place): argument(scope, session) for place, argument in enumerate(arguments)}
        return call.evaluate({CALLED: called, **values}, now=session.now, warnings=session.warnings)

    return logic


def _argument(binding: m.Binding, static: Static) -> Logic:
    parameter = binding.parameter
    logic = null_logic if binding.expression is None else static.logic(binding.expression)
    return typed(logic, static.type_named(parameter.type_ref, parameter), f"“{parameter.name}”")


def _call(names: list[str]) -> Expression | None:
    """The call ``called(name: argument, …)``, in which all names but the parameters' are ours."""
    places = [_place(place) for place in range(len(names))]
    text = ", ".join(f"{name}: {place}" for name, place in zip(names, places, strict=True))
    try:
        return compile_expression(f"{CALLED}({text})", (CALLED, *places))
    except FeelSyntaxError:
        return None


def _place(place: int) -> str:
    return f"argument{place}"
