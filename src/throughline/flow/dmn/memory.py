"""
Answers that are remembered: a decision is a function of what its logic reads, and records are often alike there.

Theory of operation. While a model is compiled, every expression says which paths it reads (``lead.origin``). What
stands at these paths, told apart by type and digits and not by equality, is the key under which an explanation is kept.
Where an input has a declared type the whole input is part of the key, since a member that no logic reads can make it
unfit. Nothing is remembered of models that ask for the time or import others, nor of inputs that hold functions; and a
model whose inputs are hardly ever alike is not asked again.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from throughline.flow.values import Function

if TYPE_CHECKING:
    from throughline.flow.dmn.explain import Explanation

Path = tuple[str, ...]

READS_THE_TIME = re.compile(r"\b(?:now|today)\b")
THE_TIME: Path = ("now()",)
"""Stands among the paths for an expression that may ask for the time."""

KEPT = 4_000
"""So many explanations are kept per model; then all are forgotten, which costs less than keeping their order."""

TRIAL = 500
WORTHWHILE = 0.25
"""After ``TRIAL`` questions a model must have had this part of its answers already."""

_ABSENT = ("absent",)


class Unlike(Exception):
    """Something among the inputs that cannot be told apart from others of its kind."""


class Memory:
    """The explanations of one model; see the module."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._paths = _longest_common(paths)
        self._known: dict[Hashable, Explanation] = {}
        self._asked = self._found = 0
        self.is_on = THE_TIME not in self._paths

    def key(self, decision: str, inputs: Mapping[str, Any]) -> Hashable | None:
        """Return what the answer depends on; None when that cannot be told."""
        if not self.is_on:
            return None
        try:
            return (decision, *[_at(inputs, path) for path in self._paths])
        except Unlike:
            return None

    def find(self, key: Hashable) -> Explanation | None:
        """Return the explanation of a question with the same key."""
        known = self._known.get(key)
        self._asked += 1
        self._found += known is not None
        if self._asked == TRIAL and self._found < WORTHWHILE * TRIAL:
            self.is_on = False
            self._known.clear()
        return known

    def keep(self, key: Hashable, explanation: Explanation) -> None:
        """Remember an explanation."""
        if len(self._known) >= KEPT:
            self._known.clear()
        if self.is_on:
            self._known[key] = explanation


def _longest_common(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Leave out paths below another one: who reads ``lead`` reads ``lead.origin``."""
    found = set(paths)
    return tuple(sorted(path for path in found if not any(path[:end] in found for end in range(1, len(path)))))


def _at(inputs: Mapping[str, Any], path: Path) -> Hashable:
    value: Any = inputs
    for step in path:
        if type(value) is not dict and not isinstance(value, Mapping):
            break  # a list gives the members of its items, a date its parts: all of it counts
        if step not in value:
            return _ABSENT
        value = value[step]
    return _told_apart(value)


def _told_apart(value: Any) -> Hashable:
    """Return a key that two values share only if no expression can tell them apart."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return (kind, value)
    if kind is dict:
        return (dict, *[(name, _told_apart(item)) for name, item in value.items()])
    if kind is list:
        return (list, *map(_told_apart, value))
    if isinstance(value, Function):
        raise Unlike
    return (kind, str(value))
