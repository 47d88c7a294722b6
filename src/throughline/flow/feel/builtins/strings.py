"""String functions (DMN 1.5, table 74). Positions and lengths count code points."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from throughline.flow.feel.builtins import patterns
from throughline.flow.feel.builtins.signature import builtin
from throughline.flow.feel.builtins.whole import index_of_position, whole
from throughline.flow.feel.errors import NoResult
from throughline.flow.feel.run import Run


@builtin("substring(string: string, start position: number, [length: number?]) -> string")
def substring(string: str, start_position: Decimal, length: Decimal | None) -> str:
    start = index_of_position(start_position, len(string))
    if length is None:
        return string[start:]
    if not 1 <= whole(length) <= len(string) - start:
        raise NoResult(f"Expected a length from 1 to {len(string) - start}, but {length}.")
    return string[start : start + whole(length)]


@builtin("string length(string: string) -> number")
def string_length(string: str) -> Decimal:
    return Decimal(len(string))


@builtin("upper case(string: string) -> string")
def upper_case(string: str) -> str:
    return string.upper()


@builtin("lower case(string: string) -> string")
def lower_case(string: str) -> str:
    return string.lower()


@builtin("substring before(string: string, match: string) -> string")
def substring_before(string: str, match: str) -> str:
    before, found, _ = string.partition(match) if match else ("", "", "")
    return before if found else ""


@builtin("substring after(string: string, match: string) -> string")
def substring_after(string: str, match: str) -> str:
    return string.partition(match)[2] if match else string


@builtin("contains(string: string, match: string) -> boolean")
def contains(string: str, match: str) -> bool:
    return match in string


@builtin("starts with(string: string, match: string) -> boolean")
def starts_with(string: str, match: str) -> bool:
    return string.startswith(match)


@builtin("ends with(string: string, match: string) -> boolean")
def ends_with(string: str, match: str) -> bool:
    return string.endswith(match)


@builtin("string join(list: list, [delimiter: string?]) -> string", needs_run=True)
def string_join(run: Run, items: list[Any], delimiter: str | None) -> str:
    """Null items are left out."""
    if not all(item is None or isinstance(item, str) for item in items):
        raise NoResult("Expected strings only, but there is something else.")
    joined = (delimiter or "").join(item for item in items if item is not None)
    run.spend(len(joined) // 16)
    return joined


@builtin("matches(input: string, pattern: string, [flags: string?]) -> boolean", needs_run=True)
def matches(run: Run, string: str, pattern: str, flags: str | None) -> bool:
    run.spend(len(string))
    return patterns.searchable(pattern, flags or "", string, run).is_in(string)


@builtin("replace(input: string, pattern: string, replacement: string, [flags: string?]) -> string", needs_run=True)
def replace(run: Run, string: str, pattern: str, replacement: str, flags: str | None) -> str:
    run.spend(len(string))
    found = patterns.searchable(pattern, flags or "", string, run)
    if found.is_in(""):
        raise NoResult("Expected a pattern that does not match the empty string, but it does.")
    put = patterns.replacement(replacement, found.groups)
    parts: list[str] = []
    end = 0
    for match in found.all_in(string):
        parts += (string[end : match.start()], put(match))
        run.spend(1 + len(parts[-1]) // 16)
        end = match.end()
    return "".join([*parts, string[end:]])


@builtin("split(string: string, delimiter: string) -> list<string>", needs_run=True)
def split(run: Run, string: str, delimiter: str) -> list[str]:
    run.spend(len(string))
    pieces: list[str] = []
    start = 0
    for match in patterns.searchable(delimiter, "", string, run).all_in(string):
        if match.end() > match.start():
            pieces.append(string[start : match.start()])
            start = match.end()
    return [*pieces, string[start:]]
