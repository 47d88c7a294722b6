"""
Regular expressions of XPath (DMN 1.5, 10.3.4.3 refers to XQuery 1.0 and XPath 2.0 Functions and Operators, clause 7.6).

``elementpath`` translates them to Python's; compiled ones are kept, for the translation costs more than most matches.
It is imported by the first pattern, since importing it takes longer than everything else in FEEL together.

A pattern that repeats a repetition, such as ``(a+)+``, may take time that doubles with every character. Python's
matcher cannot be stopped, so such a pattern is only tried on short texts, and any repetition only on texts of bounded
length.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from throughline.flow.feel.errors import NoResult

FLAGS = {"s": re.DOTALL, "m": re.MULTILINE, "i": re.IGNORECASE, "x": re.NOFLAG}
REFERENCE = re.compile(r"\\([\\$])|\$(\d+)|([\\$])")


LONGEST_FOR_NESTED = 28
LONGEST_FOR_REPEATED = 20_000
ATOM = r"\[[^\[\]]*\]|\\[wds]"
CHARACTER = r"\\[^\w\s]|[^\\\[\](){}*+?|.^$]"
DELIMITED = re.compile(
    rf"(?:\?:)?(?:(?P<first>{CHARACTER})(?P<after>{ATOM})[*+]|(?P<before>{ATOM})[*+](?P<last>{CHARACTER}))"
)
UNBOUNDED = re.compile(r"[*+]|\{\d*,\}")


def searchable(pattern: str, flags: str, text: str) -> re.Pattern[str]:
    """The compiled pattern, when it is sure to be done with a text of that length. Raises NoResult."""
    found = compiled(pattern, flags)
    longest = (None, LONGEST_FOR_REPEATED, LONGEST_FOR_NESTED)[repetition_depth(pattern)]
    if longest is not None and len(text) > longest:
        raise NoResult(f'Expected a text of at most {longest} characters for the pattern "{pattern}", but {len(text)}.')
    return found


@lru_cache(maxsize=1024)
def repetition_depth(pattern: str) -> int:
    """0: no unbounded repetition, 1: some, 2: one around another that can share out the same text in many ways."""
    groups: list[tuple[int, int]] = [(0, 0)]  # where each open group starts, and the repetitions inside it
    position, in_class = 0, 0
    while position < len(pattern):
        character, start, closed = pattern[position], position, 0
        position += 2 if character == "\\" else 1
        if character in "[]":
            in_class += 1 if character == "[" else -1
        elif character == "(" and not in_class:
            groups.append((position, 0))
        elif character == ")" and not in_class and len(groups) > 1:
            opened, closed = groups.pop()
            groups[-1] = (groups[-1][0], max(groups[-1][1], closed))
            closed = 0 if is_delimited(pattern[opened:start]) else closed
        if not in_class and character not in "(|" and (repeat := UNBOUNDED.match(pattern, position)):
            groups[-1] = (groups[-1][0], max(groups[-1][1], closed + 1))
            position = repeat.end()
    return min(max(depth for _, depth in groups), 2)


def is_delimited(body: str) -> bool:
    """Whether a group is one repetition and a character that the repetition cannot take, such as ``\\.[a-z]+``."""
    match = DELIMITED.fullmatch(body)
    if match is None:
        return False
    repeated, delimiter = match["after"] or match["before"], match["first"] or match["last"]
    try:
        return compiled(repeated, "").fullmatch(delimiter[-1]) is None
    except NoResult:
        return False


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


def replacement(text: str, groups: int) -> Callable[[re.Match[str]], str]:
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
    return lambda found: "".join(part if isinstance(part, str) else group_text(found, part) for part in parts)


def group_and_rest(digits: str, groups: int) -> list[Any]:
    """``$12`` is group 12, or group 1 and a 2 when there are fewer than twelve."""
    size = len(digits)
    while size > 1 and int(digits[:size]) > groups:
        size -= 1
    return [int(digits[:size]), digits[size:]]


def group_text(found: re.Match[str], group: int) -> str:
    return (found[group] or "") if group <= found.re.groups else ""
