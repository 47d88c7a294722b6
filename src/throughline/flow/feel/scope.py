"""
What the parser knows about names while it reads: which are variables here, and which may follow a dot.

Theory of operation. Scopes nest; the longest name of any of them wins, an inner scope before an outer one of the same
length. Members (what may follow a dot) are one pool for the whole text: the members the caller named, the keys of
every context literal read so far and the properties of the temporal types and ranges. In a filter the members are
variables too, because the entries of the item are in scope there.

What the caller names is the same for many texts (every expression of a chart, every cell of a table), so those sets are
shared between parses and never added to; what a text adds goes into sets of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from throughline.flow.feel.lexer import Token
from throughline.flow.feel.names import Names, longest_of, shared_names

PROPERTIES = shared_names(
    (
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
)


class Scopes:
    """The stack of scopes of one parse."""

    def __init__(self, variables: Iterable[str], members: Iterable[str], builtins: Names) -> None:
        self._keys = Names()  # of the context literals read so far
        self._members = (self._keys, shared_names(tuple(members)), PROPERTIES)
        self._builtins = builtins
        self._stack = [builtins, shared_names(tuple(variables))]

    def is_builtin(self, name: str) -> bool:
        """Whether the name is a built-in function and no variable hides it."""
        return name in self._builtins and not any(name in names for names in self._stack[1:])

    def open(self, names: Iterable[str] = ()) -> None:
        self._stack.append(Names(names))

    def open_filter(self) -> None:
        """A scope in which the entries of an item are variables."""
        self._stack += (*self._members, Names(("item",)))

    def close_filter(self) -> None:
        del self._stack[-len(self._members) - 1 :]

    def close(self) -> None:
        self._stack.pop()

    def depth(self) -> int:
        return len(self._stack)

    def back_to(self, depth: int) -> None:
        """Forget the scopes opened since ``depth`` was asked."""
        del self._stack[depth:]

    def add(self, name: str) -> None:
        """Make the name a variable of the innermost scope, which must be one that the text opened."""
        self._stack[-1].add(name)

    def add_member(self, name: str) -> None:
        """Make the name one that may follow a dot."""
        self._keys.add(name)

    def variable(self, stream: Sequence[Token], index: int) -> tuple[str, int] | None:
        """The longest variable or function name at the token, and how many tokens it takes."""
        return longest_of(reversed(self._stack), stream, index)

    def member(self, stream: Sequence[Token], index: int) -> tuple[str, int] | None:
        """The longest member name at the token, and how many tokens it takes."""
        return longest_of(self._members, stream, index)
