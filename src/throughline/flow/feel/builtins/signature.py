"""
How a built-in function says what it takes and gives, and how arguments find their parameters.

Theory of operation. A built-in is declared by the line the standard prints: ``"substring(string: string, start
position: number, [length: number])"``. A parameter in brackets may be left out; a type with ``?`` lets null through;
any other null is outside the domain, and the result is null (DMN 1.5, 10.3.4). Several functions may carry one name:
the first whose parameters the arguments fit is called. ``items...`` takes all remaining arguments; a single list there
stands for its items when the declaration says ``items...: list``.

The Python function gets the arguments in order, left-out ones as None. With ``needs_run`` it gets the evaluation first.
It raises NoResult when these very arguments have no result.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import DecimalException
from typing import Any, TypeVar

import msgspec

from throughline.flow.feel import types
from throughline.flow.feel.errors import NoResult
from throughline.flow.feel.run import Run
from throughline.flow.feel.type_parser import read_type
from throughline.flow.values import Function, kind

PARAMETER = re.compile(r"(\[)?\s*([\w ]+?)(\.\.\.)?:\s*([\w ]+?)(\?)?\s*\]?")
PARAMETER_TYPES: dict[str, types.Type] = {
    **types.NAMED,
    "any": types.ANY,
    "function": types.FUNCTION,
    "context": types.CONTEXT,
    "list": types.LIST,
}


class Parameter(msgspec.Struct, frozen=True):
    name: str
    type: types.Type
    optional: bool
    nullable: bool


class Overload(msgspec.Struct, frozen=True):
    """One declared form of a built-in. ``gathers``: the last parameter takes all remaining arguments."""

    parameters: tuple[Parameter, ...]
    gathers: bool
    body: Callable[..., Any]
    needs_run: bool
    required: int
    result: types.Type

    def by_position(self, arguments: Sequence[Any]) -> list[Any]:
        """The arguments, one per parameter, converted. Raises NoResult when they do not fit."""
        if self.gathers:
            arguments = self.gathered(arguments)
        if not self.required <= len(arguments) <= len(self.parameters):
            raise NoResult(f"Expected {self.count()}, but {len(arguments)}.")
        found = [fitted(parameter, given) for parameter, given in zip(self.parameters, arguments, strict=False)]
        found.extend([None] * (len(self.parameters) - len(found)))
        return found

    def gathered(self, arguments: Sequence[Any]) -> Sequence[Any]:
        fixed = len(self.parameters) - 1
        rest = arguments[fixed:]
        if not rest:
            return arguments
        if len(rest) == 1 and isinstance(rest[0], list) and self.parameters[-1].type is types.LIST:
            return arguments
        return [*arguments[:fixed], list(rest)]

    def by_name(self, names: Sequence[str], arguments: Sequence[Any]) -> list[Any]:
        """The same for named arguments. Raises NoResult."""
        given = dict(zip(names, arguments, strict=True))
        found = []
        for parameter in self.parameters:
            if parameter.name in given:
                value = given.pop(parameter.name)
                gathered = self.gathers and parameter is self.parameters[-1] and parameter.type is not types.LIST
                found.append([value] if gathered else fitted(parameter, value))
            elif parameter.optional:
                found.append(None)
            else:
                raise NoResult(f"Expected an argument {parameter.name}, but there is none.")
        if given:
            raise NoResult(f"Expected only arguments the function knows, but {', '.join(given)}.")
        return found

    def count(self) -> str:
        most = len(self.parameters)
        return f"{most} arguments" if self.required == most else f"{self.required} to {most} arguments"


def fitted(parameter: Parameter, value: Any) -> Any:
    """The value converted to the parameter's type. Raises NoResult."""
    if value is None:
        if parameter.nullable:
            return None
        raise NoResult(f"Expected {parameter.name} to be {parameter.type}, but it is null.")
    if parameter.type is types.LIST:
        return value if type(value) is list else [value]
    try:
        converted = types.convert(value, parameter.type)
    except types.DoesNotFit:
        converted = None
    if converted is None:
        raise NoResult(f"Expected {parameter.name} to be {parameter.type}, but it is {kind(value)}.")
    return converted


class Builtin:
    """A built-in function: its overloads, and itself as a value, which shows the parameters of the first."""

    def __init__(self, name: str, overload: Overload) -> None:
        self.name = name
        self.overloads = [overload]
        names = [parameter.name for parameter in overload.parameters]
        expected = [parameter.type for parameter in overload.parameters]
        self.function = Function(
            name, names, self.positional, types=expected, result=overload.result, by_name=self.named
        )

    def positional(self, arguments: Sequence[Any], run: Run) -> Any:
        """Raises NoResult or a decimal exception when there is no result."""
        return self._first_that_fits(lambda overload: overload.by_position(arguments), run)

    def named(self, names: Sequence[str], arguments: Sequence[Any], run: Run) -> Any:
        """The same with arguments by name."""
        return self._first_that_fits(lambda overload: overload.by_name(names, arguments), run)

    def _first_that_fits(self, fit: Callable[[Overload], list[Any]], run: Run) -> Any:
        problem: NoResult | None = None
        for overload in self.overloads:
            try:
                arguments = fit(overload)
            except NoResult as misfit:
                problem = problem or misfit
                continue
            charge(run, arguments)
            return overload.body(run, *arguments) if overload.needs_run else overload.body(*arguments)
        assert problem is not None
        raise problem


def charge(run: Run, arguments: Sequence[Any]) -> None:
    """Pay for going through what a built-in is given: a call in a loop may be cheap, its arguments large."""
    for argument in arguments:
        size = len(argument) if type(argument) in SIZED else 0
        if size > FREE:
            run.spend(size // 8)


FREE = 64
SIZED = frozenset({str, list, dict})

BUILTINS: dict[str, Builtin] = {}
NO_RESULT = (ValueError, OverflowError, DecimalException)

Body = TypeVar("Body", bound=Callable[..., Any])


def builtin(declaration: str, *, needs_run: bool = False) -> Callable[[Body], Body]:
    """Declare a built-in function by the line that the standard prints for it."""
    taken, _, given = declaration.partition(" -> ")
    name, _, rest = taken.partition("(")
    parts = [part for part in rest.rstrip(")").split(",") if part.strip()]
    matches = [PARAMETER.fullmatch(part.strip()) for part in parts]
    parameters = tuple(
        Parameter(match[2], PARAMETER_TYPES[match[4]], bool(match[1]), bool(match[5]) or match[4] == "any")
        for match in matches
        if match
    )
    if len(parameters) != len(parts):
        raise ValueError(f"Expected 'name(first: string, [second: number]) -> number', but {declaration!r}.")
    result = read_type(given)
    gathers = bool(matches) and bool(matches[-1] and matches[-1][3])

    def declare(body: Body) -> Body:
        required = sum(not parameter.optional for parameter in parameters)
        overload = Overload(parameters, gathers, body, needs_run, required, result)
        if name in BUILTINS:
            BUILTINS[name].overloads.append(overload)
        else:
            BUILTINS[name] = Builtin(name, overload)
        return body

    return declare
