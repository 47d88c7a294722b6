"""
Who is spoken to in a comment: ``@Maya Lin`` by name, ``@maya@example.com`` by address. Pure.

A mention begins with ``@`` at the start of the text or behind a blank or an opening mark, and names the colleague in
full; the longest name that fits counts. What names nobody stays text: people write addresses and handles.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who can be spoken to."""

    key: int
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a text; ``key`` is the colleague it speaks to, None for plain words."""

    text: str
    key: int | None = None


class AmbiguousMention(ValueError):
    """Several colleagues have this name."""

    def __init__(self, name: str, emails: Sequence[str]) -> None:
        super().__init__(name)
        self.name = name
        self.emails = tuple(emails)


_AT = re.compile(r"(?:(?<=^)|(?<=[\s(\[{\"'“‘,;]))@(?=\S)")


def parts(text: str, colleagues: Sequence[Colleague]) -> list[Part]:
    """
    Return the text in parts, plain and mentioning, which together are the text.

    Raises:
        AmbiguousMention: a name that several have is mentioned; their addresses tell them apart.
    """
    return list(_parts(text, _by_word(colleagues)))


def mentioned(text: str, colleagues: Sequence[Colleague]) -> list[int]:
    """Return the keys of those who are spoken to, in order, each once. Raises as ``parts``."""
    return list(dict.fromkeys(part.key for part in parts(text, colleagues) if part.key is not None))


def _by_word(colleagues: Sequence[Colleague]) -> dict[str, list[Colleague]]:
    """Names and addresses in lower case, the longest first."""
    found: dict[str, list[Colleague]] = {}
    for colleague in colleagues:
        for word in {colleague.name.casefold(), colleague.email.casefold()} - {""}:
            found.setdefault(word, []).append(colleague)
    return dict(sorted(found.items(), key=lambda item: -len(item[0])))


def _parts(text: str, by_word: dict[str, list[Colleague]]) -> Iterator[Part]:
    done = 0
    for match in _AT.finditer(text):
        if match.start() < done:
            continue
        found = _named(text, match.end(), by_word)
        if found is None:
            continue
        word, meant = found
        if len(meant) > 1:
            raise AmbiguousMention(meant[0].name, [colleague.email for colleague in meant])
        if match.start() > done:
            yield Part(text[done : match.start()])
        done = match.end() + len(word)
        yield Part(text[match.start() : done], meant[0].key)
    if done < len(text):
        yield Part(text[done:])


def _named(text: str, start: int, by_word: dict[str, list[Colleague]]) -> tuple[str, list[Colleague]] | None:
    for word, meant in by_word.items():
        after = text[start + len(word) : start + len(word) + 1]
        if text[start : start + len(word)].casefold() == word and not (after.isalnum() or after == "_"):
            return word, meant
    return None
