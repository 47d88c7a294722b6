"""
What a role may see and do, as data: scopes by record type and action, abilities, field rights. Pure.

The same value is stored in ``Role.permissions``, edited at the roles page and read by the compiler in ``rules``.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

ANY = "*"


class Scope(StrEnum):
    """
    How far a permission reaches. ``team_only`` means the person's teams, ``team`` these and every team below them.
    """

    NONE = "none"
    OWN = "own"
    TEAM_ONLY = "team_only"
    TEAM = "team"
    ALL = "all"

    @property
    def reach(self) -> int:
        """The place among the scopes: the wider, the greater."""
        return _REACH[self]


_REACH = {scope: place for place, scope in enumerate(Scope)}


class FieldRight(StrEnum):
    """
    What one may do with a field. A hidden field is neither shown, filtered, sorted, grouped nor exported; of a masked
    one only is shown that there is a value.
    """

    HIDDEN = "hidden"
    MASKED = "masked"
    READ = "read"
    WRITE = "write"

    @property
    def reach(self) -> int:
        """The place among the rights: the more, the greater."""
        return _RIGHT[self]


_RIGHT = {right: place for place, right in enumerate(FieldRight)}


class Permissions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """
    The permissions of one role.

    ``records``: record type → action → scope; ``*`` stands for any type or action, the more exact entry wins.
    ``pool``: types of which records without owner and team are seen. ``fields``: record type → field → right.
    ``abilities``: what is not about one record (``forecast.see``, ``procedures.publish``); ``*`` is every ability.
    """

    records: dict[str, dict[str, Scope]] = {}
    pool: list[str] = []
    fields: dict[str, dict[str, FieldRight]] = {}
    abilities: list[str] = []

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Permissions:
        """
        Return stored permissions as a value.

        Raises:
            msgspec.ValidationError: something is not a permission.
        """
        return msgspec.convert(stored, cls)

    def scope(self, record_type: str, action: str) -> Scope:
        """Return how far ``action`` on records of this type reaches."""
        for kind in (record_type, ANY):
            actions = self.records.get(kind, {})
            for name in (action, ANY):
                if name in actions:
                    return actions[name]
        return Scope.NONE

    def field_right(self, record_type: str, field: str, *, sensitive: bool) -> FieldRight:
        """Return the right to a field. Without a rule sensitive fields are hidden and others may be written."""
        for kind in (record_type, ANY):
            rules = self.fields.get(kind, {})
            for name in (field, ANY):
                if name in rules:
                    return rules[name]
        return FieldRight.HIDDEN if sensitive else FieldRight.WRITE

    def allows(self, ability: str) -> bool:
        """Return whether the role has an ability."""
        return ability in self.abilities or ANY in self.abilities

    def sees_pool(self, record_type: str) -> bool:
        """Return whether records of this type that nobody has yet are seen."""
        return record_type in self.pool or ANY in self.pool
