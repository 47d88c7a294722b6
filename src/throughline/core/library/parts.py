"""
What else a pack can bring besides procedures and tables: fields, pipelines, products, price books, goals, dashboards.

The library knows none of them. A capability offers, in its module ``packing``, a ``PartKind`` for each list of a
manifest that it can read, and ``wiring`` fills this registry at the start.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from throughline.core.actor import Actor
from throughline.core.refusals import Refusal

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
    (False: it is in use and stays). ``words`` tells people what an item is, ``named`` by what it is known in its list.
    ``form`` writes an item in full, ``here`` what stands here of it in the same way (None: nothing), so that the two
    can be compared; ``change`` makes what stands here as the item says.
    """

    name: str
    bring: Callable[[Wish], Brought]
    remove: Callable[[str, Actor, datetime], bool]
    words: Callable[[Listed], str]
    named: Callable[[Listed], str]
    form: Callable[[Listed], Listed]
    here: Callable[[Listed], Listed | None]
    change: Callable[[Wish], None]


_kinds: dict[str, PartKind] = {}


def register(kind: PartKind) -> None:
    """Make a kind known; called once at start-up."""
    _kinds[kind.name] = kind


def get(name: str, pack: str) -> PartKind:
    """
    Return the kind that reads this list of the pack called ``pack``.

    Raises:
        Refusal: no capability here does.
    """
    kind = find(name)
    if kind is None:
        raise Refusal("unknown_part", f"“{pack}” brings {name}, which this installation cannot read.")
    return kind


def find(name: str) -> PartKind | None:
    """Return the kind that reads this list, or None when no capability here does."""
    return _kinds.get(name)
