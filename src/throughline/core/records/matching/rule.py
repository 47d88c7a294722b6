"""
A matching rule: by which traits two records are recognised as the same thing. Declared by a record type, once.

A trait is one text of a record (``last_name``, the street of the address). Traits say how they are compared; blocks say
which records are compared at all: those that agree in every part of at least one block.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from throughline.core.records.text import fold


class Measure(StrEnum):
    """How two texts of a trait are compared."""

    SAME = "same"
    """Equal or not: a country, a linked record."""
    TEXT = "text"
    """By Jaro and Winkler, for names and words: a slip of the pen costs little, a wrong beginning more."""
    CODE = "code"
    """By the number of characters to be changed, for numbers and days."""


SIMILAR, EQUAL = 1, 3
"""Levels of likeness of texts and codes: alike, or two characters apart; the same."""


def folded(value: Any) -> str:
    """Return a value as it is compared: lower case, without accents; nothing is the empty text."""
    return "" if value is None else fold(str(value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    """
    One text of a record that is compared.

    ``of`` makes it of what stands at the paths ``reads``; empty means unknown, which speaks neither for nor against.
    ``chance``: how often two records that are not the same thing agree in it; a first guess until it is learned.
    ``exchanged_with`` names a trait with which people mix it up (first and last name). ``field`` is the field of the
    record whose right of reading also covers the trait.
    """

    name: str
    label: str
    reads: tuple[str, ...]
    of: Callable[..., str] = folded
    measure: Measure = Measure.TEXT
    chance: float = 0.01
    exchanged_with: str = ""
    field: str = ""

    @property
    def source(self) -> str:
        """The name of the field it is taken from."""
        return self.field or self.name


class Form(StrEnum):
    """What of a text is a part of a block."""

    WHOLE = "whole"
    SOUND = "sound"
    START = "start"
    END = "end"
    TRIGRAMS = "trigrams"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a block: a trait, and what of it must agree. ``length`` counts characters of a start or end."""

    trait: str
    form: Form = Form.WHOLE
    length: int = 0


def whole(trait: str) -> Part:
    """The whole text must agree."""
    return Part(trait)


def sound(trait: str) -> Part:
    """The first word must sound alike."""
    return Part(trait, Form.SOUND)


def start(trait: str, length: int) -> Part:
    """The first characters must agree."""
    return Part(trait, Form.START, length)


def end(trait: str, length: int) -> Part:
    """The last characters must agree."""
    return Part(trait, Form.END, length)


def trigrams(trait: str) -> Part:
    """Most groups of three letters must agree. Stands alone in its block."""
    return Part(trait, Form.TRIGRAMS)


Block = tuple[Part, ...]
Texts = tuple[str, ...]
"""The texts of a record, in the order of the traits."""


Least = tuple[str, int]
"""A trait, and from which level on it counts as agreeing."""


@dataclass(frozen=True)
class MatchingRule:
    """
    How two records of a type are recognised as the same thing.

    ``certain``: columns in normal form of which one that agrees is proof enough for an import, the surest first.
    ``own``: traits that a household or firm does not share, and from which level on each of them agrees. Where some
    are known, one must: members of a family who work at the same place agree in all else, and are not one person.
    ``matter``: likewise, what a record is about: one person may ask for two different things. ``only_open``: what is
    closed (``RecordSpec.open``) is history and compared with nothing. ``is_asked``: a program that makes one is asked
    first whether it is there already; where it is not, the record is made, and the answer names those.
    """

    traits: tuple[Trait, ...]
    blocks: tuple[Block, ...]
    certain: tuple[str, ...] = ()
    own: tuple[Least, ...] = ()
    matter: tuple[Least, ...] = ()
    only_open: bool = False
    is_asked: bool = True

    @cached_property
    def place(self) -> Mapping[str, int]:
        """The place of each trait by name."""
        return {trait.name: place for place, trait in enumerate(self.traits)}

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """All paths that the traits read."""
        return tuple(dict.fromkeys(path for trait in self.traits for path in trait.reads))

    @cached_property
    def readers(self) -> tuple[tuple[Callable[..., str], tuple[int, ...]], ...]:
        """By trait: how its text is made, and the places of what it reads among ``paths``."""
        places = {path: place for place, path in enumerate(self.paths)}
        return tuple((trait.of, tuple(places[path] for path in trait.reads)) for trait in self.traits)

    def texts(self, row: Sequence[Any]) -> Texts:
        """Return the texts of a record, given what stands at ``paths``, in that order."""
        return tuple(made(*(row[place] for place in places)) for made, places in self.readers)
