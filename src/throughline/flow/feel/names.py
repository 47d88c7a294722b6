"""
The names known in a scope, and the longest of them that starts at a token.

Theory of operation. Names may contain spaces and the symbols ``. / - ' + *`` (DMN 1.5, rules 25 to 29). Each known
name is split into the texts of its tokens and kept in a tree; matching walks the tree along the tokens and remembers
the longest name passed. White space does not count: ``a+b`` finds the name ``a + b``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from throughline.flow.feel.errors import FeelSyntaxError
from throughline.flow.feel.lexer import END, STRING, Token, tokens

NAME_ENDS_HERE = ""


@lru_cache(maxsize=16384)
def pieces(name: str) -> tuple[str, ...]:
    """The texts of the name's tokens; empty when it can only be written as a string, and so is no name in a scope."""
    try:
        parts = tokens(name)[:-1]
    except FeelSyntaxError:
        return ()
    return () if any(part.kind == STRING for part in parts) else tuple(part.text for part in parts)


class Names:
    """A set of names that can be searched for the longest one at a token. Scopes look at their parents themselves."""

    __slots__ = ("_tree",)

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._tree: dict[str, Any] = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        parts = pieces(name)
        if not parts:
            return
        tree = self._tree
        for part in parts:
            tree = tree.setdefault(part, {})
        tree[NAME_ENDS_HERE] = name

    def __contains__(self, name: str) -> bool:
        tree = self._tree
        for part in pieces(name):
            tree = tree.get(part, {})
        return NAME_ENDS_HERE in tree

    def longest(self, stream: Sequence[Token], index: int) -> tuple[str, int] | None:
        """The longest name that starts at the token, and how many tokens it takes; None when no name does."""
        tree, taken, found = self._tree, 0, None
        while (token := stream[index + taken]).kind not in (END, STRING):
            tree = tree.get(token.text)  # type: ignore[assignment]
            if tree is None:
                break
            taken += 1
            if NAME_ENDS_HERE in tree:
                found = (tree[NAME_ENDS_HERE], taken)
        return found


@lru_cache(maxsize=256)
def shared_names(names: tuple[str, ...]) -> Names:
    """The set of these names, made once for all texts that are compiled with them; nobody may add to it."""
    return Names(names)


def longest_of(sets: Iterable[Names], stream: Sequence[Token], index: int) -> tuple[str, int] | None:
    """The longest name of any set at the token, and how many tokens it takes; of equal ones that of the first set."""
    best: tuple[str, int] | None = None
    for names in sets:
        found = names.longest(stream, index)
        if found and (best is None or found[1] > best[1]):
            best = found
    return best
