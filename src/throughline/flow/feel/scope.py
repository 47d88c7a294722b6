"""
What the parser knows about names while it reads: which are variables here, and which may follow a dot.

Theory of operation. Scopes nest; the longest name of any of them wins, an inner scope before an outer one of the same
length. Members (what may follow a dot) are one pool for the whole text: the members the caller named, the keys of
every context literal read so far and the properties of the temporal types and ranges. In a filter the members are
variables too, because the entries of the item are in scope there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from throughline.flow.feel.lexer import Token
from throughline.flow.feel.names import Names

PROPERTIES = (
    "year",
    "month",
    "day",
    "weekday",
    "hour",
    "minute",
    "second",
    "time offset",
    "timezone",
    "years",
    "months",
    "days",
    "hours",
    "minutes",
    "seconds",
    "start",
    "end",
    "start included",
    "end included",
)


class Scopes:
    """The stack of scopes of one parse."""

    def __init__(self, variables: Iterable[str], members: Iterable[str], builtins: Names) -> None:
        self._members = Names((*members, *PROPERTIES))
        self._builtins = builtins
        self._stack = [builtins, Names(variables)]

    def is_builtin(self, name: str) -> bool:
        """Whether the name is a built-in function and no variable hides it."""
        return name in self._builtins and not any(name in names for names in self._stack[1:])

    def open(self, names: Iterable[str] = ()) -> None:
        self._stack.append(Names(names))

    def open_filter(self) -> None:
        """A scope in which the entries of an item are variables."""
        self._stack.append(self._members)
        self._stack.append(Names(("item",)))

    def close_filter(self) -> None:
        self.close()
        self.close()

    def close(self) -> None:
        self._stack.pop()

    def depth(self) -> int:
        return len(self._stack)

    def back_to(self, depth: int) -> None:
        """Forget the scopes opened since ``depth`` was asked."""
        del self._stack[depth:]

    def add(self, name: str) -> None:
        """Make the name a variable of the innermost scope."""
        self._stack[-1].add(name)

    def add_member(self, name: str) -> None:
        self._members.add(name)

    def variable(self, stream: Sequence[Token], index: int) -> tuple[str, int] | None:
        """The longest variable or function name at the token, and how many tokens it takes."""
        best: tuple[str, int] | None = None
        for names in reversed(self._stack):
            found = names.longest(stream, index)
            if found and (best is None or found[1] > best[1]):
                best = found
        return best

    def member(self, stream: Sequence[Token], index: int) -> tuple[str, int] | None:
        """The longest member name at the token, and how many tokens it takes."""
        return self._members.longest(stream, index)
