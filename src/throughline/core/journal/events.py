"""
Kinds of business facts: small frozen structs, registered under the name that charts, exports and programs know.

A name and its shape are frozen once released (golden files ``events.golden.json`` beside each ``events.py``): a change
means a new name. Personal values are declared, so that they are stored where they can be erased.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar, dataclass_transform

import msgspec


@dataclass_transform(frozen_default=True, kw_only_default=True)
class _EventMeta(msgspec.StructMeta):
    """Tells type checkers what every kind of fact inherits: it is frozen, its members are named."""


class JournalEvent(msgspec.Struct, metaclass=_EventMeta, frozen=True, kw_only=True):
    """What happened. Values are plain: text, numbers, days, instants, lists and contexts of them."""


E = TypeVar("E", bound=type[JournalEvent])


@dataclass(frozen=True, slots=True)
class EventKind:
    """
    A registered kind: its name, its struct, its title for people, and which of its members are personal.

    ``told_by`` names for members that tell what fields of the record hold, under another name, these fields
    (``amount``, of another type ``contact.email``): who may not read one of them is not told the member. Members that
    are called like a field need no saying.
    """

    name: str
    struct: type[JournalEvent]
    title: str
    personal: frozenset[str]
    told_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def shape(self) -> dict[str, Any]:
        """Return what is frozen: every member with its type as JSON Schema, and which are personal."""
        schema = msgspec.json.schema(self.struct)["$defs"][self.struct.__name__]
        frozen = {part: schema[part] for part in ("properties", "required") if part in schema}
        return {**frozen, "personal": sorted(self.personal)}


class EventRegistry:
    """All kinds of facts, by name and by struct."""

    _instance: ClassVar[EventRegistry]

    def __init__(self) -> None:
        self._by_name: dict[str, EventKind] = {}
        self._by_struct: dict[type[JournalEvent], EventKind] = {}

    def add(self, kind: EventKind) -> None:
        """
        Register a kind.

        Raises:
            ValueError: the name is taken by another struct.
        """
        known = self._by_name.get(kind.name)
        if known is not None and known.struct is not kind.struct:
            raise ValueError(f'Expected event "{kind.name}" to be registered once, but it has two structs.')
        self._by_name[kind.name] = kind
        self._by_struct[kind.struct] = kind

    def of(self, event: JournalEvent) -> EventKind:
        """Return the kind of an event."""
        kind = self._by_struct.get(type(event))
        if kind is None:
            raise LookupError(f"Expected {type(event).__name__} to be registered with @event, but it is not.")
        return kind

    def title(self, name: str) -> str:
        """Return how people call the kind; entries of a kind that is gone keep their name."""
        kind = self._by_name.get(name)
        return kind.title if kind else name

    def fields_told(self, name: str, member: str) -> tuple[str, ...]:
        """Return the fields of the record that a member of a kind tells of; the member's own name among them."""
        kind = self._by_name.get(name)
        return (member, *(kind.told_by.get(member, ()) if kind else ()))

    def __iter__(self) -> Iterator[EventKind]:
        return iter(sorted(self._by_name.values(), key=lambda kind: kind.name))


kinds = EventRegistry()


def event(
    name: str, title: str, *, personal: tuple[str, ...] = (), told_by: Mapping[str, tuple[str, ...]] | None = None
) -> Callable[[E], E]:
    """Register the decorated struct as the kind of fact called ``name`` (``lead.captured``); see ``EventKind``."""
    told = told_by or {}

    def register(struct: E) -> E:
        unknown = {*personal, *told} - set(struct.__struct_fields__)
        if unknown:
            raise ValueError(f"Expected what is said of members of {name} to name members, but {unknown} are none.")
        kinds.add(EventKind(name, struct, title, frozenset(personal), told))
        return struct

    return register
