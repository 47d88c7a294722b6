"""
Made-up values in place of what tells of a person, for test cases that are made of real records and real cases.

Theory of operation. A test case outlives the person it was about. So what a field that is personal or sensitive holds,
what looks like an address or a number of a person, and free text are replaced: the same value always by the same one,
and empty stays empty. A drawing may decide by such a value (the domain of an address, the country of a number). Where
the way depends on it, a stand-in that is *alike* is taken for just that value (``least``): it has the domain, the
country code, or the length of the real one. What depends on more than that can be kept deliberately, value by value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from throughline.core.records import registry
from throughline.core.records.spec import FieldType

LONGEST_WORD = 40
"""Texts longer than this, or with blanks, count as free text."""
_LOOSE = re.compile(r"[^@\s]+@[^@\s]+\.\w+|\+?\d[\d /()-]{6,}\d")
"""What looks like an address or a number of a person inside a text."""
_COUNTRY_CODE = 3
"""So many characters of a number say which country it is in: the plus sign and two digits."""
STAND_INS: Mapping[FieldType, str] = {
    FieldType.EMAIL: "person{n}@example.com",
    FieldType.PHONE: "+49 30 000000{n}",
    FieldType.URL: "https://example.com/{n}",
    FieldType.LONG_TEXT: "Some words.",
}
"""What stands for a personal value, by the kind of field; anything else is “Person n”."""


@dataclass(frozen=True, slots=True)
class Told:
    """A text that tells of a person: where it stands (``lead.email``), what it said, what stands for it."""

    path: str
    value: str
    stand_in: str
    kept: bool


class Veil:
    """
    Replaces what tells of a person, the same text always by the same one.

    ``keep`` names the values that stay, ``alike`` those that get a stand-in which is like them (None: all), by
    ``Told.path``.
    """

    def __init__(self, record_type: str, keep: Collection[str] = (), alike: Collection[str] | None = ()) -> None:
        spec = registry.find(record_type)
        self.record_type = record_type
        self.fields = {} if spec is None else spec.by_name
        self.keep, self.alike = set(keep), alike
        self.told: dict[str, Told] = {}
        self.known: dict[str, int] = {}

    def is_own(self, name: str, value: Any) -> bool:
        """Say whether a member is the record's own; what it knows of linked records tells of people in its own ways."""
        return not isinstance(value, dict) and (not isinstance(value, list) or name in self.fields)

    def record(self, members: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a record says without what tells of the person."""
        return {name: self._member(name, value) for name, value in members.items()}

    def _member(self, name: str, value: Any) -> Any:
        described = self.fields.get(name)
        is_personal = name == "name" or (described is not None and (described.personal or described.sensitive))
        if not is_personal or not isinstance(value, str) or not value:
            return self._loose(f"{self.record_type}.{name}", value)
        return self._hide(f"{self.record_type}.{name}", value, described.type if described else FieldType.TEXT)

    def linked(self, members: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a record knows of others (its organization, its owner) with a stand-in for every text."""
        return {name: self._every(f"{self.record_type}.{name}", value) for name, value in members.items()}

    def _every(self, path: str, value: Any) -> Any:
        if isinstance(value, str) and value:
            return self._hide(path, value, FieldType.EMAIL if "@" in value else FieldType.TEXT)
        if isinstance(value, list):
            return [self._every(path, each) for each in value]
        if isinstance(value, dict):
            return {name: self._every(f"{path}.{name}", each) for name, each in value.items()}
        return value

    def given(self, where: str, members: Mapping[str, Any]) -> dict[str, Any]:
        """Return what somebody told without free text: short words without blanks are outcomes and choices."""
        return {name: self._said(f"{where}.{name}", value) for name, value in members.items()}

    def _said(self, path: str, value: Any) -> Any:
        if isinstance(value, str) and (len(value) > LONGEST_WORD or " " in value):
            return self._hide(path, value, FieldType.LONG_TEXT)
        return self._loose(path, value)

    def _loose(self, path: str, value: Any) -> Any:
        """Return a value with what looks like an address or number of a person replaced, however deep it lies."""
        if isinstance(value, str) and _LOOSE.search(value):
            return self._hide(path, value, FieldType.EMAIL if "@" in value else FieldType.PHONE)
        if isinstance(value, list):
            return [self._loose(path, each) for each in value]
        if isinstance(value, dict):
            return {name: self._said(f"{path}.{name}", each) for name, each in value.items()}
        return value

    def _hide(self, path: str, value: str, kind: FieldType) -> str:
        number = self.known.setdefault(value, len(self.known) + 1)
        is_alike = self.alike is None or path in self.alike
        stand_in = alike(value, kind, number) if is_alike else STAND_INS.get(kind, "Person {n}").format(n=number)
        is_kept = path in self.keep
        self.told.setdefault(path, Told(path, value, stand_in, is_kept))
        return value if is_kept else stand_in


def alike(value: str, kind: FieldType, number: int) -> str:
    """Return a made-up value that keeps what drawings ask of such a one: domain, country, length, its first letters."""
    if "@" in value and kind is not FieldType.LONG_TEXT:
        return f"person{number}@{value.rpartition('@')[2]}"
    if kind is FieldType.PHONE:
        return value[:_COUNTRY_CODE] + re.sub(r"\d", "0", value[_COUNTRY_CODE:-1]) + str(number % 10)
    if kind is FieldType.URL:
        address = re.match(r"\w+://[^/]+", value)
        return f"{address[0] if address else 'https://example.com'}/{number}"
    return re.sub(r"[^\W\d_]", lambda found: "X" if found[0].isupper() else "x", re.sub(r"\d", "0", value))


def least(veiled: Callable[[Collection[str] | None], tuple[bool, Collection[str]]]) -> Collection[str] | None:
    """
    Return for which values a stand-in must be alike so that the way stays: as few as can be; None when it does not.

    ``veiled`` tries it: given the paths that are alike (None: all), whether the way stays, and which paths there are.
    """
    stays, paths = veiled(())
    if stays:
        return ()
    stays, paths = veiled(None)
    if not stays:
        return None
    needed = set(paths)
    for path in sorted(paths):
        if veiled(needed - {path})[0]:
            needed.discard(path)
    return needed
