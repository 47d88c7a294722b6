"""
The types of a model: item definitions as the type records of ``feel.types``.

Theory of operation. An item definition (DMN 1.5, 7.3.3) is a base type, a structure or a signature; allowed values
narrow the value (of each item, when it is a collection), a type constraint narrows the whole. All of it becomes one
record with ``accepts``, so that inputs, results, parameters and ``instance of`` are judged by the same rule. A
definition that contains itself refers to itself by name and is looked up when a value is judged.

A name that no definition has counts as *Any* and is reported as a problem of the model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from throughline.flow.dmn import model as m
from throughline.flow.dmn.schema import FEEL_LANGUAGES
from throughline.flow.feel import UnaryTests, compile_expression, compile_unary_tests
from throughline.flow.feel.errors import FeelSyntaxError, FeelWarning
from throughline.flow.feel.nodes import InstanceOf
from throughline.flow.feel.types import (
    ANY,
    NAMED,
    Constrained,
    ContextType,
    DoesNotFit,
    FunctionType,
    ListType,
    Type,
    convert,
)
from throughline.flow.values import Value, feel_text

Report = Callable[[m.Element, str], None]
"""Takes a problem of the model: the element and a sentence."""


class Recursive(Type, frozen=True):
    """A type known by its name, for a definition that contains itself."""

    name: str
    find: Callable[[], Type]

    def accepts(self, value: Value) -> bool:
        return self.find().accepts(value)

    def __str__(self) -> str:
        return self.name


class Types:
    """The types known in one model: its own definitions, those of its imports by prefix, and FEEL's."""

    def __init__(self, model: m.Definitions, imported: Sequence[tuple[str, Types]], report: Report) -> None:
        self._model = model
        self.namespace = model.namespace
        self._imported = tuple(imported)
        self._report = report
        self._definitions = {item.name: item for item in model.item_definitions}
        self._built: dict[str, Type] = {}
        self._building: set[str] = set()
        self._by_name: dict[str, Type] | None = None

    def named(self, reference: str | None, at: m.Element) -> Type:
        """Give the type that a ``typeRef`` names; *Any* when there is none or no such type."""
        if not reference or not reference.strip():
            return ANY
        found = self.find(reference.strip())
        if found is None:
            self._report(at, f"Expected “{reference}” to be a type, but no item definition has this name.")
        return found or ANY

    def find(self, reference: str) -> Type | None:
        """Give the type of that name, or None."""
        if reference in self._definitions:
            return self._own(reference)
        if reference in NAMED:
            return NAMED[reference]
        return self._prefixed(reference) or self._written(reference)

    def items(self) -> Iterator[tuple[str, Type]]:
        """Give every name that can stand in ``instance of``, with its type."""
        for name in self._definitions:
            yield name, self._own(name)
        for prefix, types in self._imported:
            for name, type_ in types.items():
                yield (f"{prefix}.{name}" if prefix else name), type_

    def by_name(self) -> Mapping[str, Type]:
        """Give the types that FEEL texts of this model may name."""
        if self._by_name is None:
            self._by_name = dict(self.items())
        return self._by_name

    def allowed_values(self, reference: str | None) -> m.UnaryTests | None:
        """Give the allowed values of the definition that a ``typeRef`` names, if it has any."""
        item = self._definitions.get((reference or "").strip())
        return None if item is None else item.allowed_values

    def _own(self, name: str) -> Type:
        if name not in self._built:
            if name in self._building:
                return Recursive(name, lambda: self._built[name])
            self._building.add(name)
            built = self._build(self._definitions[name])
            if isinstance(built, Recursive) and built.name == name:
                self._report(self._definitions[name], f"Expected “{name}” to be defined by more than itself.")
                built = ANY
            self._built[name] = built
        return self._built[name]

    def _prefixed(self, reference: str) -> Type | None:
        """Look up ``prefix:name`` (a namespace prefix, as in DMN 1.1) and ``import.name``."""
        prefix, colon, name = reference.partition(":")
        namespace = dict(self._model.prefixes).get(prefix, "")
        if colon and (prefix == "feel" or namespace in FEEL_LANGUAGES):
            return NAMED.get(name)
        if colon and namespace == self._model.namespace:
            return self.find(name)
        for import_name, types in self._imported:
            if colon and types.namespace == namespace:
                return types.find(name)
            inner = reference.removeprefix(import_name + ".") if import_name else reference
            if (inner != reference or not import_name) and (found := types.find(inner)) is not None:
                return found
        return None

    def _written(self, reference: str) -> Type | None:
        """Read a type written in FEEL, such as ``list<number>``."""
        if "<" not in reference:
            return None
        own = {name: Recursive(name, partial(self._own, name)) for name in self._definitions}
        try:
            node = compile_expression(f"null instance of {reference}", types=own).node
        except FeelSyntaxError:
            return None
        return node.type if isinstance(node, InstanceOf) else None

    def _build(self, item: m.ItemDefinition, siblings: frozenset[str] = frozenset()) -> Type:
        """Build a type; constraints that read ``siblings`` are left to the structure that holds them all."""
        built = self._structure(item)
        if (allowed := self._tests(item, item.allowed_values, siblings)) is not None:
            built = self._narrowed(built, item, allowed, siblings)
        if item.is_collection:
            built = ListType(built)
        if (whole := self._tests(item, item.type_constraint, siblings)) is not None:
            built = self._narrowed(built, item, whole, siblings)
        return built

    def _structure(self, item: m.ItemDefinition) -> Type:
        if item.components:
            return self._context(item)
        if (signature := item.function_item) is not None:
            parameters = tuple(self.named(each.type_ref, each) for each in signature.parameters)
            return FunctionType(parameters, self.named(signature.output_type_ref, signature))
        return self.named(item.type_ref, item)

    def _context(self, item: m.ItemDefinition) -> Type:
        """A structure; the allowed values of a component may read the values of the others (7.3.3)."""
        names = frozenset(each.name for each in item.components)
        built = ContextType(tuple((each.name, self._build(each, names)) for each in item.components))
        checks = [check for each in item.components for check in self._checks(each, names)]
        if not checks:
            return built
        return Constrained(built, lambda value: all(check(value) for check in checks), item.name)

    def _checks(self, component: m.ItemDefinition, siblings: frozenset[str]) -> Iterator[Callable[[Any], bool]]:
        """The constraints of a component that read its siblings, as checks of the whole structure."""
        constraints = ((component.allowed_values, component.is_collection), (component.type_constraint, False))
        for constraint, each_item in constraints:
            tests = self._tests(component, constraint, siblings)
            if tests is not None and _reads(tests, siblings):
                yield partial(_holds, tests, component.name, each_item)

    def _narrowed(self, base: Type, item: m.ItemDefinition, tests: UnaryTests, siblings: frozenset[str]) -> Type:
        if _reads(tests, siblings):
            return base
        return Constrained(base, lambda value: tests.evaluate(value, {}) is True, item.name)

    def _tests(self, item: m.ItemDefinition, tests: m.UnaryTests | None, names: frozenset[str]) -> UnaryTests | None:
        if tests is None or not tests.text.strip():
            return None
        try:
            return compile_unary_tests(tests.text, names)
        except FeelSyntaxError as problem:
            self._report(item, f"Expected the allowed values of “{item.name}” to be unary tests, but: {problem}")
            return None


def _reads(tests: UnaryTests, names: frozenset[str]) -> bool:
    return any(path[0] in names for path in tests.reads)


def _holds(tests: UnaryTests, name: str, each_item: bool, structure: dict[str, Any]) -> bool:
    """Whether the component of that name passes its tests beside the other components."""
    value = structure.get(name)
    if value is None:
        return True
    items = value if each_item and isinstance(value, list) else [value]
    return all(tests.evaluate(item, structure) is True for item in items)


def converted(value: Value, type_: Type) -> Any:
    """
    Give the value, after an implicit conversion where one is needed, also to a type that a definition narrows.

    Raises:
        DoesNotFit: neither the value nor what it can be converted to conforms.
    """
    try:
        return convert(value, type_)
    except DoesNotFit:
        base = _below(type_)
        if base is None:
            raise
        value = converted(value, base)
        if type_.accepts(value):
            return value
        raise


def _below(type_: Type) -> Type | None:
    """The type that a definition names or narrows; None for a type that stands for itself."""
    if isinstance(type_, Constrained):
        return type_.base
    return type_.find() if isinstance(type_, Recursive) else None


def fit(value: Value, type_: Type, what: str, warnings: list[FeelWarning]) -> Any:
    """
    Convert the value to the type as DMN does implicitly (10.3.2.9.4); what does not fit becomes null with a warning.

    ``what`` names the value in the warning.
    """
    if value is None or type_ is ANY:
        return value
    try:
        return converted(value, type_)
    except DoesNotFit:
        warnings.append(FeelWarning(f"Expected {what} to be {type_}, but it is {shown(value)}; it became null."))
        return None


def complete(value: Value, type_: Type, what: str, warnings: list[FeelWarning]) -> Any:
    """Add to a context from outside the entries that its type has and the context lacks, as null, with a warning."""
    if (base := _below(type_)) is not None:
        return complete(value, base, what, warnings)
    if isinstance(value, list) and isinstance(type_, ListType):
        return [complete(item, type_.element, what, warnings) for item in value]
    if not isinstance(value, dict) or not isinstance(type_, ContextType):
        return value
    completed = dict(value)
    for name, entry in type_.entries:
        if name in value:
            completed[name] = complete(value[name], entry, f"{what}.{name}", warnings)
        else:
            completed[name] = None
            warnings.append(FeelWarning(f"Expected {what} to have “{name}”, but it has none; null is taken."))
    return completed


def shown(value: Value) -> str:
    """Write a value for a sentence, cut to a length that can be read."""
    try:
        text = feel_text(value)
    except ValueError:
        text = "a function"
    return text if len(text) <= 120 else text[:117] + "…"
