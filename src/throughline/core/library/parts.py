"""
What else a pack can bring besides procedures and tables: pipelines, products, price books, goals.

The library knows none of them. A capability offers, in its module ``packing``, a ``PartKind`` for each list of a
manifest that it can read, and ``wiring`` fills this registry at the start.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from throughline.core.actor import Actor

Listed = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wish:
    """An item of a manifest's list to be brought in; ``owner`` looks after it, ``currency`` is the company's."""

    item: Listed
    owner: int | None
    currency: str
    by: Actor
    at: datetime


@dataclass(frozen=True, slots=True)
class Brought:
    """What came of a wish: the key by which the part is known here, and whether it had been there before."""

    key: str
    was_there: bool = False


@dataclass(frozen=True, slots=True)
class PartKind:
    """
    A list of a manifest that can be brought in.

    ``bring`` makes one item and refuses what cannot be; ``remove`` takes it out again and says whether it is gone
    (False: it is in use and stays). ``words`` tells people what an item is.
    """

    name: str
    bring: Callable[[Wish], Brought]
    remove: Callable[[str, Actor, datetime], bool]
    words: Callable[[Listed], str]


_kinds: dict[str, PartKind] = {}


def register(kind: PartKind) -> None:
    """Make a kind known; called once at start-up."""
    _kinds[kind.name] = kind


def find(name: str) -> PartKind | None:
    """Return the kind that reads this list, or None when no capability here does."""
    return _kinds.get(name)
