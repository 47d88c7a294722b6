"""
What every kind of decision logic is compiled with and into.

Theory of operation. Compiling an expression gives a `Logic`: a function of the variables in scope and the session. What
is known before any question is asked (which names are in scope, the types, where the text stands) is a `Static`. A text
that is no FEEL is reported as a problem of the model and becomes logic that answers null with a warning, so that one
broken cell does not take the other decisions of a model away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from throughline.flow.dmn import model as m
from throughline.flow.dmn.memory import READS_THE_TIME, THE_TIME, Path
from throughline.flow.dmn.schema import FEEL_LANGUAGES
from throughline.flow.dmn.session import Scope, Session
from throughline.flow.dmn.types import Types, fit
from throughline.flow.feel import Expression, FeelSyntaxError, UnaryTests, compile_expression, compile_unary_tests
from throughline.flow.feel.types import ANY, Type

Logic = Callable[[Scope, Session], Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """
    What is wrong with a model before it is asked anything. ``element`` is the id of the nearest element that has one,
    ``where`` the decision or knowledge model by name.
    """

    element: str | None
    where: str
    message: str


@dataclass(frozen=True, slots=True)
class Static:
    """
    What is known of an expression's surroundings at compile time.

    ``language`` is the expression language of the model; ``where`` and ``owner`` are the name and the id of the node
    whose logic it is; ``members`` are all names that may follow a dot, ``free`` collects the names that expressions
    read although nothing declares them: they are inputs that the drawing left out. ``reads`` collects all names read,
    ``paths`` what is read of them in the whole model.
    """

    names: frozenset[str]
    members: frozenset[str]
    types: Types
    where: str
    owner: str | None
    language: str | None
    problems: list[Problem]
    free: set[str]
    reads: set[str]
    paths: set[Path]
    kinds: Mapping[type[m.Expression], Callable[[Any, Static], Logic]]

    def logic(self, expression: m.Expression | None) -> Logic:
        """Compile a boxed expression of any kind; nothing gives null."""
        return null_logic if expression is None else self.kinds[type(expression)](expression, self)

    def logic_of_child(self, child: m.ChildExpression) -> Logic:
        """Compile what a part of a boxed expression holds; its value must fit the part's type."""
        type_ = self.type_named(child.type_ref, child)
        return typed(self.logic(child.expression), type_, "the value")

    def foreign_language(self, language: str | None) -> str | None:
        """
        The language of a text that is not FEEL; None when it is FEEL. The model's language counts when none is said.
        """
        said = language or self.language
        return None if is_feel(said) else said

    def with_names(self, names: Iterable[str]) -> Static:
        """The same surroundings with more variables in scope."""
        return replace(self, names=self.names.union(names))

    def report(self, element: m.Element, sentence: str) -> None:
        """Note a problem of the model."""
        self.problems.append(Problem(element.id or self.owner, self.where, sentence))

    def type_named(self, reference: str | None, element: m.Element) -> Type:
        """The type that a ``typeRef`` names."""
        return self.types.named(reference, element)

    def expression(self, text: str, element: m.Element) -> Expression | None:
        """Compile FEEL; None when it cannot be parsed, which is reported."""
        try:
            compiled = compile_expression(text, self.names, members=self.members, types=self.feel_types())
        except FeelSyntaxError as problem:
            self.report(element, f"“{text.strip()}” is not FEEL: {problem}")
            return None
        self.note_reads(text, compiled.reads)
        return compiled

    def tests(self, text: str, element: m.Element) -> UnaryTests | None:
        """Compile unary tests; None when they cannot be parsed, which is reported."""
        try:
            compiled = compile_unary_tests(text, self.names, members=self.members, types=self.feel_types())
        except FeelSyntaxError as problem:
            self.report(element, f"“{text.strip()}” is no list of unary tests: {problem}")
            return None
        self.note_reads(text, compiled.reads)
        return compiled

    def feel_types(self) -> Mapping[str, Type]:
        """The types that ``instance of`` and formal parameters may name."""
        return self.types.by_name()

    def note_reads(self, text: str, reads: Iterable[Path]) -> None:
        """Collect what an expression reads, and apart the names of it that nothing declares."""
        self.paths.update(reads)
        if READS_THE_TIME.search(text):
            self.paths.add(THE_TIME)
        self.reads.update(path[0] for path in reads)
        self.free.update(path[0] for path in reads if path[0] not in self.names)


def is_feel(language: str | None) -> bool:
    """Whether an ``expressionLanguage`` is FEEL; nothing said means FEEL."""
    return not language or language in FEEL_LANGUAGES or language.strip().lower() == "feel"


def null_because(sentence: str) -> Logic:
    """Logic that cannot be evaluated: null, with the reason as a warning."""

    def logic(_scope: Scope, session: Session) -> None:
        session.warn(sentence)

    return logic


def null_logic(_scope: Scope, _session: Session) -> None:
    """An empty expression: null, and nothing to say about it."""


def typed(logic: Logic, type_: Type, what: str) -> Logic:
    """Logic whose value must fit a type; what does not becomes null with a warning."""
    if type_ is ANY:
        return logic

    def checked(scope: Scope, session: Session) -> Any:
        return fit(logic(scope, session), type_, what, session.warnings)

    return checked
