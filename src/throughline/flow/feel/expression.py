"""The two things that can be compiled: an expression, and the unary tests of a decision table's cell."""

from __future__ import annotations

import datetime as python
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from throughline.flow.feel import calls, comparisons, loops, nodes, operations, types, unary
from throughline.flow.feel.builtins import BUILTINS
from throughline.flow.feel.compiler import compile_node
from throughline.flow.feel.errors import FeelSyntaxError, FeelTooMuchWork, FeelWarning
from throughline.flow.feel.names import Names
from throughline.flow.feel.parser import Parser
from throughline.flow.feel.reads import names_read
from throughline.flow.feel.run import CONTAINERS, Run
from throughline.flow.values import DateTime, Value, from_datetime

__all__ = ["Expression", "UnaryTests", "compile_expression", "compile_unary_tests"]

FAMILIES = (calls, comparisons, loops, operations, unary)  # importing them fills the table of compilers
BUILTIN_NAMES = Names(BUILTINS)
Now = python.datetime | DateTime | None


class Expression:
    """A compiled expression. It holds no state: it may be evaluated any number of times, in any thread."""

    def __init__(self, text: str, node: nodes.Node, names: Iterable[str]) -> None:
        self.text = text
        self.node = node
        self._names = tuple(names)
        self._closure = compile_node(node, None)

    @cached_property
    def reads(self) -> frozenset[tuple[str, ...]]:
        """The paths read from the context, such as ``("lead", "region")``; the first part is the free name."""
        return names_read(self.node, self._names)

    def evaluate(
        self,
        context: Mapping[str, Value],
        *,
        now: Now = None,
        warnings: list[FeelWarning] | None = None,
        steps: int | None = None,
    ) -> Value:
        """
        The value of the expression; null where FEEL has none, and then ``warnings`` gets the reasons.

        ``now`` is what ``now()`` and ``today()`` give; without it they are null. ``steps``: how much work it may take,
        in iterations, calls and items made; a million unless said.

        Raises:
            FeelTooMuchWork: the evaluation takes too many steps or nests too deep.
        """
        run = Run(context, now if now is None else moment(now), warnings, self.text, steps)
        try:
            return bounded(self._closure(run, None))
        except RecursionError:
            raise too_deep() from None

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"


class UnaryTests:
    """The compiled unary tests of a decision table's cell: which inputs it accepts."""

    def __init__(self, text: str, node: nodes.UnaryTests, names: Iterable[str]) -> None:
        self.text = text
        self.node = node
        self._names = tuple(names)
        self._closure = unary.compile_tests(node)

    @cached_property
    def reads(self) -> frozenset[tuple[str, ...]]:
        """The paths read from the context besides the input."""
        return names_read(self.node, self._names, ("?",))

    def evaluate(
        self,
        input: Value,
        context: Mapping[str, Value],
        *,
        now: Now = None,
        warnings: list[FeelWarning] | None = None,
    ) -> bool | None:
        """
        Whether the input passes; null when that cannot be told. A rule matches only on True.

        Raises:
            FeelTooMuchWork: the evaluation takes too many steps or nests too deep.
        """
        run = Run(context, now if now is None else moment(now), warnings, self.text)
        try:
            return self._closure(run, (input, None))  # type: ignore[no-any-return]
        except RecursionError:
            raise too_deep() from None

    def __repr__(self) -> str:
        return f"UnaryTests({self.text!r})"


def moment(now: python.datetime | DateTime) -> DateTime:
    return now if isinstance(now, DateTime) else from_datetime(now)


def bounded(result: Any) -> Value:
    """The result, when whoever gets it can go through it (``Run.weigh``). Raises FeelTooMuchWork."""
    if type(result) in CONTAINERS:
        Run({}, None, None, "").weigh(result)
    return result  # type: ignore[no-any-return]


def too_deep() -> FeelTooMuchWork:
    return FeelTooMuchWork("Expected the evaluation to nest less deep, but it does not.")


def parser_for(
    text: str, names: Iterable[str], members: Iterable[str] | None, named_types: Mapping[str, types.Type] | None
) -> Parser:
    names = tuple(names)
    return Parser(text, names, names if members is None else members, BUILTIN_NAMES, dict(named_types or {}))


def compile_expression(
    text: str,
    names: Iterable[str] = (),
    *,
    members: Iterable[str] | None = None,
    types: Mapping[str, types.Type] | None = None,
) -> Expression:
    """
    Compile an expression.

    ``names``: the variables in scope; needed only where a name has spaces or operator characters in it.
    ``members``: the names that may follow a dot, likewise; without it they are the same as ``names``.
    ``types``: type names besides FEEL's own, for ``instance of`` and parameters. A leading ``=`` is ignored.

    Raises:
        FeelSyntaxError: the text is no FEEL.
    """
    names = tuple(names)
    source = blank_equals(text)
    try:
        return Expression(text, parser_for(source, names, members, types).whole_expression(), names)
    except RecursionError:
        raise FeelSyntaxError("Expected an expression that nests less deep, but it does not.", 1, 1) from None


def compile_unary_tests(
    text: str,
    names: Iterable[str] = (),
    *,
    members: Iterable[str] | None = None,
    types: Mapping[str, types.Type] | None = None,
) -> UnaryTests:
    """
    Compile unary tests, the content of a decision table's input entry. Parameters as for ``compile_expression``.

    Raises:
        FeelSyntaxError: the text is no list of unary tests.
    """
    names = tuple(names)
    try:
        return UnaryTests(text, parser_for(text, names, members, types).whole_unary_tests(), names)
    except RecursionError:
        raise FeelSyntaxError("Expected tests that nest less deep, but they do not.", 1, 1) from None


def blank_equals(text: str) -> str:
    """The text with a leading ``=`` as a space, so that positions stay what they are."""
    stripped = text.lstrip()
    if not stripped.startswith("=") or stripped.startswith("=="):
        return text
    lead = len(text) - len(stripped)
    return text[:lead] + " " + stripped[1:]
