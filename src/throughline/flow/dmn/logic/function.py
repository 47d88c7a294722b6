"""Boxed functions (DMN 1.5, 10.2.1.7), and how decision logic becomes a function that FEEL can call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from throughline.flow.dmn import model as m
from throughline.flow.dmn.logic.base import Logic, Static, null_because, null_logic, typed
from throughline.flow.dmn.session import DEEPEST_CALL, Scope, Session
from throughline.flow.dmn.types import converted, shown
from throughline.flow.feel.errors import FeelTooMuchWork
from throughline.flow.feel.types import ANY, DoesNotFit, FunctionType, Type
from throughline.flow.values import Function


@dataclass(frozen=True, slots=True)
class Callee:
    """Compiled logic with formal parameters: what a knowledge model, a service or a boxed function is."""

    name: str
    parameters: tuple[tuple[str, Type], ...]
    body: Logic

    def bind(self, scope: Scope, session: Session) -> Function:
        """Make the FEEL value: a function that evaluates the body over ``scope`` and its arguments."""

        def call(arguments: Sequence[Any], _run: object) -> Any:
            return self.call(arguments, scope, session)

        names = tuple(name for name, _ in self.parameters)
        return Function(self.name, names, call, types=tuple(type_ for _, type_ in self.parameters))

    def call(self, arguments: Sequence[Any], scope: Scope, session: Session) -> Any:
        """
        Evaluate the body. An argument that does not fit its parameter gives null, and the body is not evaluated.

        Raises:
            FeelTooMuchWork: calls inside calls without end.
        """
        if len(arguments) != len(self.parameters):
            session.warn(f"Expected {self.name} to get {len(self.parameters)} arguments, but it got {len(arguments)}.")
            return None
        inner = dict(scope)
        for (name, type_), argument in zip(self.parameters, arguments, strict=True):
            try:
                inner[name] = converted(argument, type_)
            except DoesNotFit:
                session.warn(f"Expected {name} of {self.name} to be {type_}, but it is {shown(argument)}.")
                return None
        if session.depth >= DEEPEST_CALL:
            raise FeelTooMuchWork(
                f"Expected at most {DEEPEST_CALL} calls inside each other, but {self.name} needs more."
            )
        session.depth += 1
        try:
            return self.body(inner, session)
        finally:
            session.depth -= 1


def compile_function(expression: m.FunctionDefinition, static: Static) -> Logic:
    """Compile a boxed function into logic whose value is the function."""
    made = callable_of(expression, static, "the function", ANY)
    return made.bind


def callable_of(expression: m.FunctionDefinition, static: Static, name: str, result: Type) -> Callee:
    """
    Compile parameters and body. ``result`` is the type that the value must fit.

    Functions in Java or PMML are reported: they would need another machine, and give null.
    """
    parameters = tuple((each.name, static.type_named(each.type_ref, each)) for each in expression.parameters)
    inner = static.with_names(parameter for parameter, _ in parameters)
    if expression.kind is not m.FunctionKind.FEEL:
        sentence = f"Expected {name} to be written in FEEL, but it is written in {expression.kind.value}."
        static.report(expression, sentence)
        body = null_because(sentence)
    else:
        body = null_logic if expression.body is None else inner.logic(expression.body)
    declared = result_type(static.type_named(expression.type_ref, expression)) if expression.type_ref else result
    return Callee(name, parameters, typed(body, declared, f"the result of {name}"))


def result_type(type_: Type) -> Type:
    """The type of a function's value, whether the type given is the function's or already its result's."""
    return type_.result if isinstance(type_, FunctionType) else type_
