"""
Whether conditions can hold, found out by trying them.

Theory of operation. A condition that compares names with constants changes its answer only at those constants. So it
is enough to try, for every name it reads, each constant, a value between each two, one below and one above all, and
null: if none of these makes it true, nothing does. The conditions themselves are evaluated, by the engine's own FEEL,
so there is no second logic to go wrong. A name with a known domain is tried with its values only. What is no comparison
with a constant (a sum, a call, two names compared) is taken as a truth of its own that may be true, false or null,
whatever the rest is: more is taken for possible than is, and nothing possible is ever taken for impossible.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import islice, pairwise, product
from typing import Any, NamedTuple

from throughline.flow.check.domains import Domain, Path
from throughline.flow.feel import Expression, nodes
from throughline.flow.feel.builtins import BUILTINS
from throughline.flow.feel.constants import is_constant
from throughline.flow.values import Date, DayTimeDuration, Value, YearMonthDuration

TRIALS_AT_MOST = 600
TRUTHS: tuple[Value, ...] = (True, False, None)
SOMETHING: tuple[Value, ...] = ("something",)


class Comparison(NamedTuple):
    """A path compared for equality with a constant."""

    path: Path
    constant: Value


class Question:
    """A condition made ready to be tried: names are paths, what cannot be tried is a truth of its own."""

    def __init__(self, expression: Expression) -> None:
        self.constants: dict[Path, set[Value]] = {}
        self.opaque: set[Path] = set()
        self.equalities: list[Comparison] = []
        node = self._truth(expression.node)
        self.paths = (*self.constants, *sorted(self.opaque))
        self._expression = Expression(expression.text, node, ())

    def holds(self, given: Mapping[str, Value]) -> bool:
        """Whether the condition is true for these values, keyed by ``key`` of a path."""
        return self._expression.evaluate(given) is True

    def _truth(self, node: nodes.Node) -> nodes.Node:
        """The node with every part that cannot be tried replaced by a free truth."""
        if isinstance(node, nodes.Literal):
            return node
        if isinstance(node, nodes.And | nodes.Or):
            return type(node)(node.at, tuple(self._truth(part) for part in node.parts))
        if isinstance(node, nodes.If):
            parts = (self._truth(part) for part in (node.condition, node.then, node.otherwise))
            return nodes.If(node.at, *parts)
        if _is_not(node):
            assert isinstance(node, nodes.Call)
            return nodes.Call(node.at, node.function, (self._truth(node.arguments[0]),), None)
        if (path := path_of(node)) is not None:
            self._compared(path, True, equal=False)
            return _name(node, path)
        return self._comparison(node) or self._free(node)

    def _comparison(self, node: nodes.Node) -> nodes.Node | None:
        if isinstance(node, nodes.Comparison):
            for side, other in ((node.left, node.right), (node.right, node.left)):
                if (path := path_of(side)) is not None and (constant := constant_of(other)) is not None:
                    self._compared(path, constant.value, equal=node.operator in ("=", "!="))
                    renamed = _name(side, path)
                    ends = (renamed, constant) if side is node.left else (constant, renamed)
                    return nodes.Comparison(node.at, node.operator, *ends)
        if isinstance(node, nodes.Between) and (path := path_of(node.value)) is not None:
            low, high = constant_of(node.low), constant_of(node.high)
            if low is not None and high is not None:
                self._compared(path, low.value, equal=False)
                self._compared(path, high.value, equal=False)
                return nodes.Between(node.at, _name(node.value, path), low, high)
        if isinstance(node, nodes.In) and (path := path_of(node.value)) is not None:
            tests = [self._test(path, test) for test in node.tests]
            if all(test is not None for test in tests):
                return nodes.In(node.at, _name(node.value, path), tuple(filter(None, tests)))
        return None

    def _test(self, path: Path, test: nodes.Node) -> nodes.Node | None:
        """A test of ``in`` whose constants are noted; None when it is more than constants."""
        if (constant := constant_of(test)) is not None:
            self._compared(path, constant.value, equal=True)
            return constant
        if isinstance(test, nodes.Test) and (constant := constant_of(test.operand)) is not None:
            self._compared(path, constant.value, equal=test.operator in ("=", "!="))
            return nodes.Test(test.at, test.operator, constant)
        if isinstance(test, nodes.Interval):
            low, high = constant_of(test.start), constant_of(test.end)
            if low is None or high is None:
                return None
            self._compared(path, low.value, equal=False)
            self._compared(path, high.value, equal=False)
            return nodes.Interval(test.at, low, high, test.start_included, test.end_included)
        if isinstance(test, nodes.ListOf):
            items = [self._test(path, item) for item in test.items]
            return None if None in items else nodes.ListOf(test.at, tuple(filter(None, items)))
        return None

    def _compared(self, path: Path, constant: Value, *, equal: bool) -> None:
        found = self.constants.setdefault(path, set())
        if constant is not None:
            found.add(constant)
            if equal:
                self.equalities.append(Comparison(path, constant))

    def _free(self, node: nodes.Node) -> nodes.Node:
        """A name of its own for what cannot be tried; what says the same is the same name, in other conditions too."""
        path: Path = (f"·{_fingerprint(node)}",)
        self.opaque.add(path)
        return _name(node, path)


class Trials:
    """
    The values to try for several conditions together.

    ``certain``: names that are set where the conditions stand. ``complete`` is False when there are more
    combinations than are tried; then nothing can be said.
    """

    def __init__(self, questions: Sequence[Question], domains: Mapping[Path, Domain], certain: frozenset[str]) -> None:
        self.choices: dict[Path, tuple[Value, ...]] = {}
        constants: dict[Path, set[Value]] = {}
        for question in questions:
            for path, values in question.constants.items():
                constants.setdefault(path, set()).update(values)
        for path, values in constants.items():
            domain = domains.get(path)
            if domain is None:
                self.choices[path] = (*(tuple(around(values)) or SOMETHING), None)
            else:
                is_certain = len(path) == 1 and path[0] in certain and not domain.may_be_empty
                self.choices[path] = sorted_values(domain.values) + (() if is_certain else (None,))
        for question in questions:
            self.choices.update(dict.fromkeys(sorted(question.opaque), TRUTHS))
        self.size = 1
        for choice in self.choices.values():
            self.size *= max(len(choice), 1)
        self.complete = self.size <= TRIALS_AT_MOST

    def __iter__(self) -> Iterator[dict[Path, Value]]:
        """Every combination, as the values of the paths."""
        for values in islice(product(*self.choices.values()), TRIALS_AT_MOST):
            yield dict(zip(self.choices, values, strict=True))


def given(question: Question, trial: Mapping[Path, Value]) -> dict[str, Value]:
    """The trial as the context of one question."""
    return {key(path): trial[path] for path in question.paths}


def key(path: Path) -> str:
    """The one name under which a path is read."""
    return ".".join(path)


def path_of(node: nodes.Node) -> Path | None:
    """The path that a node reads from the data of the case, None for anything else."""
    members: list[str] = []
    while isinstance(node, nodes.Path):
        members.append(node.member)
        node = node.source
    if isinstance(node, nodes.Name):
        return (node.name, *reversed(members))
    return None


def constant_of(node: nodes.Node) -> nodes.Literal | None:
    """The constant that a node is, also ``date("2026-03-01")``; None for anything else."""
    if isinstance(node, nodes.Literal):
        return node
    if isinstance(node, nodes.Call) and isinstance(node.function, nodes.Name):
        builtin = BUILTINS.get(node.function.name)
        if builtin is not None and is_constant(node, builtin):
            value = Expression("", node, ()).evaluate({})
            return None if value is None else nodes.Literal(node.at, value)
    return None


def _name(node: nodes.Node, path: Path) -> nodes.Name:
    return nodes.Name(node.at, key(path))


def _is_not(node: nodes.Node) -> bool:
    return (
        isinstance(node, nodes.Call)
        and isinstance(node.function, nodes.Name)
        and node.function.name == "not"
        and len(node.arguments) == 1
        and node.names is None
    )


def _fingerprint(part: object) -> str:
    """What a node says, wherever it stands."""
    if isinstance(part, nodes.Node | nodes.Iteration):
        fields = (field for field in part.__struct_fields__ if field != "at")
        return f"{type(part).__name__}({', '.join(_fingerprint(getattr(part, field)) for field in fields)})"
    if isinstance(part, tuple):
        return f"({', '.join(map(_fingerprint, part))})"
    return repr(part)


def sorted_values(values: frozenset[Value]) -> tuple[Value, ...]:
    """In an order that is always the same."""
    return tuple(sorted(values, key=lambda value: (type(value).__name__, str(value))))


def around(constants: set[Value]) -> Iterator[Value]:
    """The constants and what lies before, between and behind them, per kind of value."""
    for kind, neighbours in AROUND.items():
        of_kind = sorted(value for value in constants if type(value) is kind)  # type: ignore[type-var]
        if of_kind:
            yield from dict.fromkeys(neighbours(of_kind))
    yield from (value for value in constants if type(value) not in AROUND)


def _numbers(ends: list[Any]) -> list[Any]:
    between = [(low + high) / 2 for low, high in pairwise(ends)]
    return [ends[0] - 1, *ends, *between, ends[-1] + 1]


def _texts(ends: list[Any]) -> list[Any]:
    return ["", *ends, *(end + "\0" for end in ends)]


def _truths(_ends: list[Any]) -> list[Any]:
    return [True, False]


def _days(ends: list[Any]) -> list[Any]:
    return [Date(end.days + step) for end in ends for step in (-1, 0, 1)]


def _months(ends: list[Any]) -> list[Any]:
    return [YearMonthDuration(end.months + step) for end in ends for step in (-1, 0, 1)]


def _moments(ends: list[Any]) -> list[Any]:
    return [DayTimeDuration(end.nanos + step) for end in ends for step in (-1, 0, 1)]


AROUND: dict[type, Callable[[list[Any]], list[Any]]] = {
    Decimal: _numbers,
    str: _texts,
    bool: _truths,
    Date: _days,
    YearMonthDuration: _months,
    DayTimeDuration: _moments,
}
