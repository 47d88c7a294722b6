"""
Where a name's value is found: decided once, while compiling.

Theory of operation. Local variables live in frames, pairs of ``(value, outer frame)``; each construct that binds a
name adds one. ``Local`` mirrors that chain at compile time, so a name becomes "so many frames out", and a function
that outlives its loop keeps exactly the frames it saw. A filter binds the item itself; whether the item has an entry
of the wanted name is only known at run time, so names inside a filter ask the items first. What no frame binds comes
from the context of the evaluation, and at last from the built-in functions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from throughline.flow.feel.builtins import BUILTINS
from throughline.flow.feel.run import Run

Frame: TypeAlias = Any
Closure: TypeAlias = Callable[[Run, Frame], Any]

ITEM = "item"
MISSING = object()


class Local:
    """One bound name of the frames. ``is_item``: the name is bound to an item whose entries are names too."""

    __slots__ = ("is_item", "name", "outer")

    def __init__(self, name: str, outer: Local | None, *, is_item: bool = False) -> None:
        self.name = name
        self.outer = outer
        self.is_item = is_item


def find_local(name: str, scope: Local | None) -> tuple[int | None, list[int]]:
    """How many frames out the name is bound, and how many the items lie that may have it as an entry."""
    items: list[int] = []
    level = 0
    while scope is not None:
        if scope.is_item:
            items.append(level)
        if scope.name == name:
            return level, items
        scope, level = scope.outer, level + 1
    return None, items


def read_name(at: int, name: str, scope: Local | None) -> Closure:
    """A closure that gives the value of the name."""
    level, items = find_local(name, scope)
    static = read_context(at, name) if level is None else read_frame(level)
    return read_items(name, items, static) if items else static


def read_frame(level: int) -> Closure:
    if level == 0:
        return lambda _run, frame: frame[0]
    if level == 1:
        return lambda _run, frame: frame[1][0]

    def read(_run: Run, frame: Frame) -> Any:
        for _ in range(level):
            frame = frame[1]
        return frame[0]

    return read


def read_context(at: int, name: str) -> Closure:
    builtin = BUILTINS[name].function if name in BUILTINS else None

    def read(run: Run, _frame: Frame) -> Any:
        try:
            return run.context[name]
        except KeyError:
            if builtin is None:
                run.warn(at, f"Expected a value named {name}, but there is none.")
            return builtin

    return read


def read_items(name: str, items: list[int], static: Closure) -> Closure:
    """Ask the items, from the innermost filter outwards, for an entry of that name."""

    def read(run: Run, frame: Frame) -> Any:
        level, around = 0, frame
        for wanted in items:
            while level < wanted:
                around, level = around[1], level + 1
            item = around[0]
            if type(item) is dict and name in item:
                return item[name]
        return static(run, frame)

    return read
