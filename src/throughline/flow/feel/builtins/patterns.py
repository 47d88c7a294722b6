"""
Regular expressions of XPath (DMN 1.5, 10.3.4.3 refers to XQuery 1.0 and XPath 2.0 Functions and Operators, clause 7.6).

``elementpath`` translates them to Python's; compiled ones are kept, for the translation costs more than most matches.
It is imported by the first pattern, since importing it takes longer than everything else in FEEL together.

Python's matcher goes back and tries again, and cannot be stopped while it does. So it is only used where it must be
done soon: by the repetitions of the pattern and the length of the text. All else is followed in bounded time
(:mod:`matching`) and paid for in steps of the evaluation. What refers back to a group can only be done by Python's; it
is tried on short texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Protocol

from throughline.flow.feel.builtins.matching import Machine, NotFollowed, Shape, shape_of
from throughline.flow.feel.errors import NoResult
from throughline.flow.feel.run import Run

FLAGS = {"s": re.DOTALL, "m": re.MULTILINE, "i": re.IGNORECASE, "x": re.NOFLAG}
REFERENCE = re.compile(r"\\([\\$])|\$(\d+)|([\\$])")

TRIES_AT_MOST = 2_000_000
"""Python's matcher may have to try this often, at some ten million a second."""
LONGEST_FOR_NESTED = 12


class Found(Protocol):
    """A match, as Python's matcher and our own give it."""

    def __getitem__(self, group: int) -> Any: ...
    def start(self) -> int: ...
    def end(self) -> int: ...


class Pattern:
    """A pattern for texts of one length, and how it is found in them."""

    def __init__(self, compiled: re.Pattern[str], machine: Machine | None, run: Run) -> None:
        self.groups = compiled.groups
        self._compiled = compiled
        self._machine = machine
        self._run = run

    def is_in(self, text: str) -> bool:
        """Whether the pattern matches somewhere in the text."""
        if self._machine is None:
            return self._compiled.search(text) is not None
        return self._machine.search(text, self._run.spend) is not None

    def all_in(self, text: str) -> Iterable[Found]:
        """All matches that do not overlap, in order."""
        if self._machine is None:
            return self._compiled.finditer(text)
        return self._machine.find_all(text, self._run.spend)


def searchable(pattern: str, flags: str, text: str, run: Run) -> Pattern:
    """The pattern, ready to be found in a text of that length. Raises NoResult."""
    found = compiled(pattern, flags)
    shape = shape_of(found.pattern, found.flags)
    if not shape.nested and is_soon_done(shape, len(text)):
        return Pattern(found, None, run)
    try:
        return Pattern(found, machine_of(found.pattern, found.flags), run)
    except NotFollowed as problem:
        if is_soon_done(shape, len(text)) and len(text) <= LONGEST_FOR_NESTED:
            return Pattern(found, None, run)
        raise NoResult(f'"{pattern}" on a text of {len(text)} characters: {problem}') from None


def is_soon_done(shape: Shape, length: int) -> bool:
    """Whether going back, every repetition times every other, stays within the tries that are allowed."""
    return bool(max(length, 2) ** (shape.repeats + 1) <= TRIES_AT_MOST)


machine_of = lru_cache(maxsize=256)(Machine)


@lru_cache(maxsize=1024)
def compiled(pattern: str, flags: str) -> re.Pattern[str]:
    """The pattern as Python's. Raises NoResult when it, or a flag, is none of XPath's."""
    if unknown := set(flags) - FLAGS.keys():
        raise NoResult(f"Expected the flags s, m, i or x, but {''.join(sorted(unknown))}.")
    python_flags = re.NOFLAG
    for flag in flags:
        python_flags |= FLAGS[flag]
    if "x" in flags:
        pattern = without_space(pattern)
    from elementpath.regex import RegexError, translate_pattern

    try:
        return re.compile(translate_pattern(pattern, python_flags, "1.1"), python_flags)
    except (RegexError, re.error, OverflowError) as problem:
        raise NoResult(f'Expected a regular expression, but "{pattern}": {problem}.') from None


def without_space(pattern: str) -> str:
    """The pattern as the flag x reads it: white space counts only between square brackets."""
    result, depth, escaped = [], 0, False
    for character in pattern:
        if not escaped:
            depth += (character == "[") - (character == "]")
        escaped = character == "\\" and not escaped
        if depth or not character.isspace():
            result.append(character)
    return "".join(result)


def replacement(text: str, groups: int) -> Callable[[Found], str]:
    """What to put for a match: ``$1`` is a group, ``\\$`` a dollar sign. Raises NoResult for a lone one."""
    parts: list[Any] = []
    end = 0
    for match in REFERENCE.finditer(text):
        parts.append(text[end : match.start()])
        if match[3]:
            raise NoResult(f'Expected \\\\ or \\$ or a group such as $1, but "{text}" has a lone {match[3]}.')
        parts.extend([match[1]] if match[1] else group_and_rest(match[2], groups))
        end = match.end()
    parts.append(text[end:])
    return lambda found: "".join(part if isinstance(part, str) else group_text(found, part, groups) for part in parts)


def group_and_rest(digits: str, groups: int) -> list[Any]:
    """``$12`` is group 12, or group 1 and a 2 when there are fewer than twelve."""
    size = len(digits)
    while size > 1 and int(digits[:size]) > groups:
        size -= 1
    return [int(digits[:size]), digits[size:]]


def group_text(found: Found, group: int, groups: int) -> str:
    return (found[group] or "") if group <= groups else ""
