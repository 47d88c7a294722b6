"""
Types, what conforms to them, and the implicit conversions.

Theory of operation. A type is a frozen record with one question, ``accepts(value)``. The lattice of DMN 1.5 (10.3.2.9)
is small: Any accepts everything, null conforms to everything, lists and ranges are covariant in their element, a
context type asks for its entries and tolerates more. ``convert`` adds the implicit conversions of 10.3.2.9.4: a value
to a list of it, a list of one to its item, a date to a date and time at midnight UTC.

Item definitions of a decision model become the same records (``Constrained`` carries allowed values), so that
``instance of tLoan``, inputs and formal parameters are judged by one rule.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from throughline.flow.values import DateTime, Except, Function, Range, Value, kind


class Type(msgspec.Struct, frozen=True):
    """The type Any, and the base of the others. Null conforms to every type but ``instance of`` asks for more."""

    def accepts(self, value: Value) -> bool:  # noqa: ARG002
        """Whether the non-null value conforms, without conversion."""
        return True

    def __str__(self) -> str:
        return "Any"


ANY = Type()


class Simple(Type, frozen=True):
    """A type known by the name of its values' kind."""

    name: str

    def accepts(self, value: Value) -> bool:
        return kind(value) == self.name

    def __str__(self) -> str:
        return self.name


class ListType(Type, frozen=True):
    element: Type

    def accepts(self, value: Value) -> bool:
        return isinstance(value, list) and all(conforms(item, self.element) for item in value)

    def __str__(self) -> str:
        return f"list<{self.element}>"


class RangeType(Type, frozen=True):
    element: Type

    def accepts(self, value: Value) -> bool:
        if isinstance(value, Except):
            return conforms(value.value, self.element)
        return isinstance(value, Range) and conforms(value.start, self.element) and conforms(value.end, self.element)

    def __str__(self) -> str:
        return f"range<{self.element}>"


class ContextType(Type, frozen=True):
    """A context with at least these entries."""

    entries: tuple[tuple[str, Type], ...] = ()

    def accepts(self, value: Value) -> bool:
        return isinstance(value, dict) and all(
            name in value and conforms(value[name], type_) for name, type_ in self.entries
        )

    def __str__(self) -> str:
        entries = ", ".join(f"{name}: {type_}" for name, type_ in self.entries)
        return f"context<{entries}>" if entries else "context"


class FunctionType(Type, frozen=True):
    parameters: tuple[Type, ...]
    result: Type

    def accepts(self, value: Value) -> bool:
        """Parameters are contravariant, the result is covariant; what a function does not say is Any."""
        if not isinstance(value, Function) or len(value.parameters) != len(self.parameters):
            return False
        taken = value.types or (ANY,) * len(value.parameters)
        return is_subtype(value.result or ANY, self.result) and all(map(is_subtype, self.parameters, taken))

    def __str__(self) -> str:
        return f"function<{', '.join(map(str, self.parameters))}> -> {self.result}"


class Constrained(Type, frozen=True):
    """A type whose values must also pass a test: an item definition with allowed values."""

    base: Type
    allowed: Callable[[Value], bool]
    name: str

    def accepts(self, value: Value) -> bool:
        return self.base.accepts(value) and self.allowed(value)

    def __str__(self) -> str:
        return self.name


class Unknown(Type, frozen=True):
    """A name that no type has. Nothing conforms to it, and ``instance of`` it is null."""

    name: str

    def accepts(self, value: Value) -> bool:  # noqa: ARG002
        return False

    def __str__(self) -> str:
        return self.name


NUMBER = Simple("number")
STRING = Simple("string")
BOOLEAN = Simple("boolean")
DATE = Simple("date")
TIME = Simple("time")
DATE_TIME = Simple("date and time")
DAY_TIME_DURATION = Simple("days and time duration")
YEAR_MONTH_DURATION = Simple("years and months duration")
NULL = Simple("null")
CONTEXT = ContextType()
LIST = ListType(ANY)
FUNCTION = Simple("function")

NAMED: dict[str, Type] = {
    "Any": ANY,
    "any": ANY,
    "Null": NULL,
    "number": NUMBER,
    "string": STRING,
    "boolean": BOOLEAN,
    "date": DATE,
    "time": TIME,
    "date and time": DATE_TIME,
    "dateTime": DATE_TIME,
    "days and time duration": DAY_TIME_DURATION,
    "dayTimeDuration": DAY_TIME_DURATION,
    "years and months duration": YEAR_MONTH_DURATION,
    "yearMonthDuration": YEAR_MONTH_DURATION,
    "list": LIST,
    "context": CONTEXT,
    "function": FUNCTION,
    "range": RangeType(ANY),
}

UNPARAMETERIZED = (LIST, CONTEXT, FUNCTION, NAMED["range"])
"""The names alone, told by identity: ``list<Any>`` is equal to ``list`` but says its parameter."""


def is_subtype(one: Type, other: Type) -> bool:
    """Whether every value of ``one`` may stand where ``other`` is expected (DMN 1.5, 10.3.2.9.2)."""
    if isinstance(one, Constrained):
        return one == other or is_subtype(one.base, other)
    if other in (one, ANY) or one == NULL:
        return True
    if isinstance(one, (ListType, RangeType)) and type(one) is type(other):
        return is_subtype(one.element, other.element)
    if isinstance(one, ContextType) and isinstance(other, ContextType):
        entries = dict(one.entries)
        return all(name in entries and is_subtype(entries[name], type_) for name, type_ in other.entries)
    if isinstance(one, FunctionType) and isinstance(other, FunctionType):
        same = len(one.parameters) == len(other.parameters) and is_subtype(one.result, other.result)
        return same and all(map(is_subtype, other.parameters, one.parameters))
    return False


def conforms(value: Value, type_: Type) -> bool:
    """Whether the value may stand where the type is expected, null included (DMN 1.5, 10.3.2.9.2)."""
    return value is None or type_.accepts(value)


class DoesNotFit(ValueError):
    """The value neither conforms to the type nor can be converted to it."""


def convert(value: Value, type_: Type) -> Any:
    """The value itself or after an implicit conversion (DMN 1.5, 10.3.2.9.4). Raises DoesNotFit."""
    if value is None or type_.accepts(value):
        return value
    if isinstance(value, list):
        if len(value) == 1 and not isinstance(type_, ListType):
            return convert(value[0], type_)
    elif isinstance(type_, ListType) and conforms(value, type_.element):
        return [value]
    if type_ is DATE_TIME and kind(value) == "date":
        return DateTime(value.days, 0, 0)  # type: ignore[union-attr]
    raise DoesNotFit(f"Expected {type_}, but {kind(value)}.")
