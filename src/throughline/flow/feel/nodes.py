"""
The syntax tree: one frozen record per construct, each with the offset in the text where it starts.

Names are resolved later (``compiler``); types are the records of ``types``.
"""

from __future__ import annotations

from typing import Any

import msgspec

from throughline.flow.feel.types import Type


class Node(msgspec.Struct, frozen=True):
    at: int


class Literal(Node, frozen=True):
    """A number, string, boolean or null, already a value; or a temporal literal."""

    value: Any


class BadLiteral(Node, frozen=True):
    """An ``@"..."`` literal that names nothing: null, with a warning."""

    reason: str


class Name(Node, frozen=True):
    name: str


class Path(Node, frozen=True):
    source: Node
    member: str


class Filter(Node, frozen=True):
    source: Node
    condition: Node


class Call(Node, frozen=True):
    """``names`` is None for positional arguments, else one name per argument."""

    function: Node
    arguments: tuple[Node, ...]
    names: tuple[str, ...] | None


class Negation(Node, frozen=True):
    operand: Node


class Arithmetic(Node, frozen=True):
    """``operator`` is one of + - * / **."""

    operator: str
    left: Node
    right: Node


class Comparison(Node, frozen=True):
    """``operator`` is one of = != < <= > >=."""

    operator: str
    left: Node
    right: Node


class Between(Node, frozen=True):
    value: Node
    low: Node
    high: Node


class In(Node, frozen=True):
    value: Node
    tests: tuple[Node, ...]


class And(Node, frozen=True):
    parts: tuple[Node, ...]


class Or(Node, frozen=True):
    parts: tuple[Node, ...]


class Test(Node, frozen=True):
    """A comparison without its left side, such as ``> 5``."""

    operator: str
    operand: Node


class Interval(Node, frozen=True):
    start: Node
    end: Node
    start_included: bool
    end_included: bool


class ListOf(Node, frozen=True):
    items: tuple[Node, ...]


class ContextOf(Node, frozen=True):
    entries: tuple[tuple[str, Node], ...]


class If(Node, frozen=True):
    condition: Node
    then: Node
    otherwise: Node


class Iteration(msgspec.Struct, frozen=True):
    """``name in source``, or ``name in source..end`` when ``end`` is given."""

    name: str
    source: Node
    end: Node | None


class For(Node, frozen=True):
    iterations: tuple[Iteration, ...]
    body: Node


class Quantified(Node, frozen=True):
    """``some`` or ``every``."""

    every: bool
    iterations: tuple[Iteration, ...]
    condition: Node


class FunctionOf(Node, frozen=True):
    """``external``: the body is mapping information for another language. ``source`` is the text of the whole."""

    parameters: tuple[tuple[str, Type], ...]
    body: Node
    external: bool
    source: str


class InstanceOf(Node, frozen=True):
    value: Node
    type: Type


class UnaryTests(Node, frozen=True):
    """``tests`` is None for ``-``. ``negated`` is ``not(...)``."""

    tests: tuple[Node, ...] | None
    negated: bool
