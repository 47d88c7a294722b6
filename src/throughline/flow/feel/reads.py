"""
What an expression reads from its context: the paths of its free names.

Theory of operation. One walk over the syntax tree with the names bound on the way. A name that nothing binds is read
from the context; a dot after it makes the path longer. Inside a filter a name may be an entry of the item instead. It
counts as read when it is known as a variable, or when nothing is known at all: reading too much wakes a waiting case
once too often, reading too little never wakes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import singledispatch

from throughline.flow.feel import nodes
from throughline.flow.feel.builtins import BUILTINS

Bound = frozenset[str]
FILTER = "[]"


def children(node: object) -> Iterator[nodes.Node]:
    """The nodes directly inside a node, in the order of the text."""
    for field in getattr(node, "__struct_fields__", ()):
        yield from nodes_in(getattr(node, field))


def nodes_in(value: object) -> Iterator[nodes.Node]:
    if isinstance(value, nodes.Node):
        yield value
    elif isinstance(value, nodes.Iteration):
        yield from children(value)
    elif isinstance(value, tuple):
        for item in value:
            yield from nodes_in(item)


def mentions(node: nodes.Node, name: str) -> bool:
    """Whether the name stands anywhere in the expression, bound or not."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, nodes.Name) and each.name == name:
            return True
        waiting.extend(children(each))
    return False


class Reader:
    """Collects the paths that one expression reads. ``known``: the names that are variables; none means unknown."""

    def __init__(self, known: Iterable[str]) -> None:
        self.known = frozenset(known)
        self.paths: set[tuple[str, ...]] = set()
        self.called: set[str] = set()

    def read(self, path: tuple[str, ...], bound: Bound) -> None:
        name = path[0]
        if name in bound or (name in BUILTINS and name not in self.known):
            return
        if FILTER in bound and self.known and name not in self.known:
            return
        self.paths.add(path)

    def walk(self, node: nodes.Node, bound: Bound) -> None:
        walk(node, self, bound)


@singledispatch
def walk(node: nodes.Node, reader: Reader, bound: Bound) -> None:
    for child in children(node):
        reader.walk(child, bound)


@walk.register
def walk_name(node: nodes.Name, reader: Reader, bound: Bound) -> None:
    reader.read((node.name,), bound)


@walk.register
def walk_path(node: nodes.Path, reader: Reader, bound: Bound) -> None:
    members: list[str] = []
    source: nodes.Node = node
    while isinstance(source, nodes.Path):
        members.append(source.member)
        source = source.source
    if isinstance(source, nodes.Name):
        reader.read((source.name, *reversed(members)), bound)
    else:
        reader.walk(source, bound)


@walk.register
def walk_call(node: nodes.Call, reader: Reader, bound: Bound) -> None:
    if not (isinstance(node.function, nodes.Name) and node.function.name in BUILTINS):
        reader.walk(node.function, bound)
    for argument in node.arguments:
        reader.walk(argument, bound)


@walk.register
def walk_filter(node: nodes.Filter, reader: Reader, bound: Bound) -> None:
    reader.walk(node.source, bound)
    reader.walk(node.condition, bound | {"item", FILTER})


@walk.register
def walk_context(node: nodes.ContextOf, reader: Reader, bound: Bound) -> None:
    for key, value in node.entries:
        reader.walk(value, bound)
        bound |= {key}


@walk.register
def walk_function(node: nodes.FunctionOf, reader: Reader, bound: Bound) -> None:
    reader.walk(node.body, bound | {name for name, _ in node.parameters})


@walk.register
def walk_in(node: nodes.In, reader: Reader, bound: Bound) -> None:
    reader.walk(node.value, bound)
    for test in node.tests:
        reader.walk(test, bound | {"?"})


def walk_iterations(iterations: tuple[nodes.Iteration, ...], reader: Reader, bound: Bound) -> Bound:
    for iteration in iterations:
        reader.walk(iteration.source, bound)
        if iteration.end is not None:
            reader.walk(iteration.end, bound)
        bound |= {iteration.name}
    return bound


@walk.register
def walk_for(node: nodes.For, reader: Reader, bound: Bound) -> None:
    reader.walk(node.body, walk_iterations(node.iterations, reader, bound) | {"partial"})


@walk.register
def walk_quantified(node: nodes.Quantified, reader: Reader, bound: Bound) -> None:
    reader.walk(node.condition, walk_iterations(node.iterations, reader, bound))


def names_read(node: nodes.Node, known: Iterable[str] = (), bound: Iterable[str] = ()) -> frozenset[tuple[str, ...]]:
    """The paths of all free names of the expression, such as ``("lead", "region")``."""
    reader = Reader(known)
    reader.walk(node, frozenset(bound))
    return frozenset(reader.paths)
