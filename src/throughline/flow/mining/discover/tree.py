"""
Process trees: activities joined by four operators (Leemans, Fahland, van der Aalst, 2013).

A *sequence* does its parts one after the other, a *choice* one of them, *parallel* all in any order, and a *loop* does
its first part, and as often as wanted one of the others followed by the first again. A *silent* leaf does nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Operator = Literal["activity", "silent", "sequence", "choice", "parallel", "loop"]


@dataclass(frozen=True, slots=True)
class Tree:
    """A node of the tree; ``activity`` names a leaf, ``parts`` are what an operator joins."""

    operator: Operator
    parts: tuple[Tree, ...] = ()
    activity: str = ""

    def __str__(self) -> str:
        if self.operator == "activity":
            return self.activity
        if self.operator == "silent":
            return "τ"
        symbol = {"sequence": "→", "choice": "×", "parallel": "+", "loop": "↺"}[self.operator]
        return f"{symbol}({', '.join(map(str, self.parts))})"


SILENT = Tree("silent")


def leaf(activity: str) -> Tree:
    """Return the tree of one activity."""
    return Tree("activity", activity=activity)


def simplified(tree: Tree) -> Tree:
    """
    Return a tree with the same traces and fewer nodes.

    Operators of a kind inside each other become one, silent parts vanish where they mean nothing, and a choice between
    nothing and something that may be nothing is that something.
    """
    parts = tuple(simplified(part) for part in tree.parts)
    match tree.operator:
        case "sequence" | "parallel":
            parts = tuple(part for part in _flattened(tree.operator, parts) if part != SILENT)
            return _joined(tree.operator, parts)
        case "choice":
            return _choice(_flattened("choice", parts))
        case "loop":
            return _loop(parts)
        case _:
            return tree


def _flattened(operator: Operator, parts: tuple[Tree, ...]) -> tuple[Tree, ...]:
    return tuple(inner for part in parts for inner in (part.parts if part.operator == operator else (part,)))


def _joined(operator: Operator, parts: tuple[Tree, ...]) -> Tree:
    if not parts:
        return SILENT
    return parts[0] if len(parts) == 1 else Tree(operator, parts)


def _choice(parts: tuple[Tree, ...]) -> Tree:
    parts = tuple(dict.fromkeys(parts))
    if SILENT in parts and any(part != SILENT and may_be_empty(part) for part in parts):
        parts = tuple(part for part in parts if part != SILENT)
    return _joined("choice", parts)


def _loop(parts: tuple[Tree, ...]) -> Tree:
    """A loop whose first part may be empty and whose others are silent is the first part again and again, or not."""
    first, *again = parts
    if first == SILENT and all(each == SILENT for each in again):
        return SILENT
    redo = _choice(tuple(again))
    if redo == SILENT and first.operator == "loop" and first.parts[1:] == (SILENT,):
        return first
    return Tree("loop", (first, redo))


def may_be_empty(tree: Tree) -> bool:
    """Whether the tree allows that nothing happens."""
    match tree.operator:
        case "activity":
            return False
        case "silent":
            return True
        case "choice":
            return any(may_be_empty(part) for part in tree.parts)
        case "loop":
            return may_be_empty(tree.parts[0])
        case _:
            return all(may_be_empty(part) for part in tree.parts)
