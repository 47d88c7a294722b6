"""
What can be said about an expression before it is evaluated: its type, unknown names, operations that have no result.

Theory of operation. One walk gives every node a type from the types of its parts; Any is the type of what is not
known, and nothing is ever said about Any. So a finding is never a guess: evaluated with values of the given types,
the expression is null there, always. Which operands ``+`` and its kin can join is not written down again: the
operator is tried on a sample of each kind. The result types of built-ins come from their declarations.

A context type with entries is taken as complete: a field that is not among them is a typing error more often than not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from throughline.flow.feel import nodes, types
from throughline.flow.feel.arithmetic import compute
from throughline.flow.feel.builtins import BUILTINS, NO_RESULT, Builtin
from throughline.flow.feel.builtins.signature import Overload
from throughline.flow.feel.compare import ordered
from throughline.flow.feel.constants import is_constant, literal_of
from throughline.flow.feel.errors import FeelWarning, NoResult, place
from throughline.flow.feel.properties import PROPERTIES
from throughline.flow.feel.run import NOWHERE
from throughline.flow.feel.types import ANY, BOOLEAN, NULL, Type
from throughline.flow.values import Date, DateTime, DayTimeDuration, Range, Time, YearMonthDuration, kind

SAMPLES: dict[str, Any] = {
    "number": Decimal(1),
    "string": "a",
    "boolean": True,
    "date": Date(1),
    "time": Time(0),
    "date and time": DateTime(1, 0),
    "days and time duration": DayTimeDuration(1),
    "years and months duration": YearMonthDuration(1),
    "list": [],
    "context": {},
    "range": Range(Decimal(1), Decimal(2), True, True),
    "function": BUILTINS["not"].function,
}

Scope = Mapping[str, Type]
ITEM = "item"
"""In a scope, ``[]`` says that entries of an item whose type is not known may be names here."""
OPEN = "[]"


def kind_of(type_: Type) -> str | None:
    """The kind of the type's values as ``values.kind`` names it; None when it is not known."""
    if isinstance(type_, types.Constrained):
        return kind_of(type_.base)
    if isinstance(type_, types.Simple):
        return type_.name
    return next((name for form, name in FORMS.items() if isinstance(type_, form)), None)


FORMS: dict[type[Type], str] = {
    types.ListType: "list",
    types.RangeType: "range",
    types.ContextType: "context",
    types.FunctionType: "function",
}


def plain(type_: Type) -> Type:
    return plain(type_.base) if isinstance(type_, types.Constrained) else type_


def joined(one: Type, other: Type) -> Type:
    """A type that holds the values of both."""
    if types.is_subtype(one, other):
        return other
    return one if types.is_subtype(other, one) else ANY


def element_of(type_: Type) -> Type:
    """What a filter or an iteration sees of a value: the element of a list, or the value itself."""
    type_ = plain(type_)
    if isinstance(type_, (types.ListType, types.RangeType)):
        return type_.element
    return type_


ZONED: dict[str, Any] = {"time": Time(0, 0), "date and time": DateTime(1, 0, 0)}
"""Samples with a zone: some operators join them with what they do not join local ones with."""


def samples(name: str) -> list[Any]:
    return [SAMPLES[name], *([ZONED[name]] if name in ZONED else [])]


@lru_cache(maxsize=512)
def result_kind(symbol: str, left: str, right: str) -> str | None:
    """The kind that the operator gives for two kinds; None when it joins no values of them."""
    for one in samples(left):
        for other in samples(right):
            try:
                return kind(compute(symbol, one, other))
            except NoResult:
                continue
    return None


def is_ordered(one: str, other: str) -> bool:
    return any(ordered("<", left, right) is not None for left in samples(one) for right in samples(other))


class Checker:
    """One walk over one expression. ``findings``: what it found, in the order of finding."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.findings: list[FeelWarning] = []

    def report(self, at: int, message: str) -> Type:
        """Note a finding; the type of what it is about is not known."""
        self.findings.append(FeelWarning(message, *place(self.text, at)))
        return ANY

    def infer(self, node: nodes.Node, scope: Scope) -> Type:
        return INFERENCES[type(node)](self, node, scope)

    def kinds(self, scope: Scope, *parts: nodes.Node) -> list[str | None]:
        """The kinds of the parts; null counts as not known, for it may stand anywhere."""
        found = [kind_of(self.infer(part, scope)) for part in parts]
        return [None if kind == "null" else kind for kind in found]

    # --- names and members --------------------------------------------------------------------------------------------

    def name(self, node: nodes.Name, scope: Scope) -> Type:
        if node.name in scope:
            return scope[node.name]
        builtin = BUILTINS.get(node.name)
        if builtin is not None:
            return types.FunctionType(builtin.function.types, builtin.function.result)
        if OPEN in scope:
            return ANY
        return self.report(node.at, f"Expected a name that is known here, but {node.name} is not.")

    def path(self, node: nodes.Path, scope: Scope) -> Type:
        source = plain(self.infer(node.source, scope))
        if isinstance(source, types.ListType):
            return types.ListType(self.member(node, plain(source.element)))
        return self.member(node, source)

    def member(self, node: nodes.Path, source: Type) -> Type:
        if isinstance(source, types.ContextType) and source.entries:
            entries = dict(source.entries)
            if node.member in entries:
                return entries[node.member]
            return self.report(node.at, f"Expected one of {', '.join(entries)}, but .{node.member} is none of them.")
        name = kind_of(source)
        if name is None or name in ("context", "null", "list"):
            return ANY
        properties = PROPERTIES.get(type(SAMPLES[name]), {})
        if node.member not in properties:
            return self.report(node.at, f"Expected something with {node.member}, but {source} has none.")
        return property_type(source, node.member)

    def filter(self, node: nodes.Filter, scope: Scope) -> Type:
        source = self.infer(node.source, scope)
        element = element_of(source) if isinstance(plain(source), types.ListType) else source
        inside = {**scope, ITEM: element}
        entries = plain(element)
        if isinstance(entries, types.ContextType) and entries.entries:
            inside.update(entries.entries)
        elif kind_of(element) in (None, "context"):
            inside[OPEN] = ANY
        condition = kind_of(self.infer(node.condition, inside))
        if condition == "number":
            return element
        if condition not in (None, "boolean", "null"):
            return self.report(node.condition.at, f"Expected a condition or a position, but {condition}.")
        return types.ListType(element) if condition == "boolean" else ANY

    # --- operators ----------------------------------------------------------------------------------------------------

    def arithmetic(self, node: nodes.Arithmetic, scope: Scope) -> Type:
        left, right = self.kinds(scope, node.left, node.right)
        if left is None or right is None:
            return ANY
        result = result_kind(node.operator, left, right)
        if result is None:
            return self.report(node.at, f"Expected values that {node.operator} can join, but {left} and {right}.")
        return types.NAMED[result]

    def negation(self, node: nodes.Negation, scope: Scope) -> Type:
        (operand,) = self.kinds(scope, node.operand)
        if operand is not None and operand != "number" and not operand.endswith("duration"):
            return self.report(node.at, f"Expected a number or a duration after the minus sign, but {operand}.")
        return ANY if operand is None else types.NAMED[operand]

    def comparison(self, node: nodes.Comparison, scope: Scope) -> Type:
        self.comparable(node.at, node.operator, *self.kinds(scope, node.left, node.right))
        return BOOLEAN

    def comparable(self, at: int, operator: str, left: str | None, right: str | None) -> None:
        if left is None or right is None:
            return
        if left != right:
            self.report(at, f"Expected values of one kind, but {left} {operator} {right} is never true.")
        elif operator not in ("=", "!=") and not is_ordered(left, right):
            self.report(at, f"Expected values that have an order, but {left} has none.")

    def between(self, node: nodes.Between, scope: Scope) -> Type:
        value, low, high = self.kinds(scope, node.value, node.low, node.high)
        self.comparable(node.at, ">=", value, low)
        self.comparable(node.at, "<=", value, high)
        return BOOLEAN

    def membership(self, node: nodes.In, scope: Scope) -> Type:
        value = self.infer(node.value, scope)
        for test in node.tests:
            self.test(test, value, scope)
        return BOOLEAN

    def test(self, node: nodes.Node, tested: Type, scope: Scope) -> None:
        """A unary test for a value of type ``tested``."""
        inside = {**scope, "?": tested}
        value = kind_of(tested)
        value = None if value == "null" else value
        if isinstance(node, nodes.Test):
            (operand,) = self.kinds(inside, node.operand)
            self.comparable(node.at, node.operator, value, operand)
            return
        wanted = self.infer(node, inside)
        wanted_kind = kind_of(wanted)
        if value is None or wanted_kind in (None, "null", "boolean", value):
            return
        if wanted_kind in ("list", "range"):
            element = kind_of(element_of(wanted))
            self.comparable(node.at, "in", value, None if element in ("list", "range", "null") else element)
        else:
            self.comparable(node.at, "=", value, wanted_kind)

    def interval(self, node: nodes.Interval, scope: Scope) -> Type:
        start, end = self.infer(node.start, scope), self.infer(node.end, scope)
        self.comparable(node.at, "<=", kind_of(start), kind_of(end))
        return types.RangeType(joined(start, end))

    def one_sided(self, node: nodes.Test, scope: Scope) -> Type:
        return types.RangeType(self.infer(node.operand, scope))

    # --- logic --------------------------------------------------------------------------------------------------------

    def connective(self, node: nodes.And | nodes.Or, scope: Scope) -> Type:
        for part in node.parts:
            self.condition(part, scope)
        return BOOLEAN

    def condition(self, node: nodes.Node, scope: Scope) -> None:
        (found,) = self.kinds(scope, node)
        if found not in (None, "boolean"):
            self.report(node.at, f"Expected a condition, but {found}, which is never true.")

    def conditional(self, node: nodes.If, scope: Scope) -> Type:
        self.condition(node.condition, scope)
        return joined(self.infer(node.then, scope), self.infer(node.otherwise, scope))

    def quantified(self, node: nodes.Quantified, scope: Scope) -> Type:
        self.condition(node.condition, self.iterations(node.iterations, scope))
        return BOOLEAN

    def loop(self, node: nodes.For, scope: Scope) -> Type:
        body = self.infer(node.body, {**self.iterations(node.iterations, scope), "partial": types.LIST})
        return types.ListType(body)

    def iterations(self, iterations: tuple[nodes.Iteration, ...], scope: Scope) -> Scope:
        for iteration in iterations:
            source = self.infer(iteration.source, scope)
            if iteration.end is not None:
                self.infer(iteration.end, scope)
            elif kind_of(source) not in (None, "list", "range", "null"):
                self.report(iteration.source.at, f"Expected a list to go through, but {source}.")
            scope = {**scope, iteration.name: element_of(source)}
        return scope

    # --- calls and composites -----------------------------------------------------------------------------------------

    def call(self, node: nodes.Call, scope: Scope) -> Type:
        given = [self.infer(argument, scope) for argument in node.arguments]
        if isinstance(node.function, nodes.Name) and node.function.name in BUILTINS:
            hiding = scope.get(node.function.name)
            if hiding is None or kind_of(hiding) not in (None, "function"):
                return self.call_builtin(node, BUILTINS[node.function.name], given)
        function = plain(self.infer(node.function, scope))
        if isinstance(function, types.FunctionType):
            if node.names is None and len(given) != len(function.parameters):
                return self.report(node.at, f"Expected {len(function.parameters)} arguments, but {len(given)}.")
            return function.result
        if kind_of(function) not in (None, "function"):
            return self.report(node.at, f"Expected a function to call, but {function}.")
        return ANY

    def call_builtin(self, node: nodes.Call, builtin: Builtin, given: list[Type]) -> Type:
        if is_constant(node, builtin):
            return self.constant(node, builtin)
        possible = [overload for overload in builtin.overloads if accepts(overload, given, node.names)]
        if not possible:
            found = ", ".join(map(str, given)) or "nothing"
            return self.report(node.at, f"Expected arguments that {builtin.name} takes, but {found}.")
        result = possible[0].result
        return result if all(overload.result == result for overload in possible) else ANY

    def constant(self, node: nodes.Call, builtin: Builtin) -> Type:
        """``date("2026-13-01")`` and its kin: what the text gives is known."""
        try:
            return types.NAMED[kind(builtin.positional((literal_of(node),), NOWHERE))]
        except NO_RESULT as problem:
            return self.report(node.at, str(problem))

    def definition(self, node: nodes.FunctionOf, scope: Scope) -> Type:
        parameters = tuple(type_ for _, type_ in node.parameters)
        if node.external:
            return types.FunctionType(parameters, ANY)
        return types.FunctionType(parameters, self.infer(node.body, {**scope, **dict(node.parameters)}))

    def list(self, node: nodes.ListOf, scope: Scope) -> Type:
        items = [self.infer(item, scope) for item in node.items]
        element = items[0] if items else NULL
        for item in items[1:]:
            element = joined(element, item)
        return types.ListType(element)

    def context(self, node: nodes.ContextOf, scope: Scope) -> Type:
        entries: dict[str, Type] = {}
        for key, value in node.entries:
            entries[key] = self.infer(value, {**scope, **entries})
        return types.ContextType(tuple(entries.items()))

    def instance(self, node: nodes.InstanceOf, scope: Scope) -> Type:
        self.infer(node.value, scope)
        return BOOLEAN


def property_type(source: Type, member: str) -> Type:
    if isinstance(source, types.RangeType):
        return source.element if member in ("start", "end") else BOOLEAN
    return {"time offset": types.DAY_TIME_DURATION, "timezone": types.STRING}.get(member, types.NUMBER)


def accepts(overload: Overload, given: list[Type], names: tuple[str, ...] | None) -> bool:
    """Whether arguments of these types can fit: nothing is known against it."""
    if overload.gathers:
        return True
    parameters = {parameter.name: parameter for parameter in overload.parameters}
    order = names if names is not None else tuple(parameters)[: len(given)]
    if names is None and not overload.required <= len(given) <= len(parameters):
        return False
    if not set(order) <= parameters.keys():
        return False
    if any(not parameter.optional and name not in order for name, parameter in parameters.items()):
        return False
    return all(may_be(type_, parameters[name].type) for name, type_ in zip(order, given, strict=True))


def may_be(given: Type, expected: Type) -> bool:
    """Whether a value of type ``given`` can be, or be converted to, one of ``expected``."""
    found, wanted = kind_of(given), kind_of(expected)
    if None in (found, wanted) or found in (wanted, "null") or wanted == "list":
        return True
    if found == "list":
        return may_be(element_of(given), expected)
    return (found, wanted) == ("date", "date and time")


def literal_type(node: nodes.Literal) -> Type:
    return types.NAMED["Null" if node.value is None else kind(node.value)]


INFERENCES: dict[type[nodes.Node], Callable[[Checker, Any, Scope], Type]] = {
    nodes.Literal: lambda _checker, node, _scope: literal_type(node),
    nodes.BadLiteral: lambda checker, node, _scope: checker.report(node.at, node.reason),
    nodes.Name: Checker.name,
    nodes.Path: Checker.path,
    nodes.Filter: Checker.filter,
    nodes.Call: Checker.call,
    nodes.Negation: Checker.negation,
    nodes.Arithmetic: Checker.arithmetic,
    nodes.Comparison: Checker.comparison,
    nodes.Between: Checker.between,
    nodes.In: Checker.membership,
    nodes.And: Checker.connective,
    nodes.Or: Checker.connective,
    nodes.Test: Checker.one_sided,
    nodes.Interval: Checker.interval,
    nodes.ListOf: Checker.list,
    nodes.ContextOf: Checker.context,
    nodes.If: Checker.conditional,
    nodes.For: Checker.loop,
    nodes.Quantified: Checker.quantified,
    nodes.FunctionOf: Checker.definition,
    nodes.InstanceOf: Checker.instance,
}
