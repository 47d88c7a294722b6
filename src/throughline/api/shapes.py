"""
Record types as JSON: what a record looks like when it is read, and what may be sent to make or change one.

Theory of operation. A shape is a msgspec struct made from a record type's fields, so one declaration decodes and checks
what comes in, and gives the JSON Schema that the document shows. A struct only looks at kinds of values; what a value
means is read by the same readers as a form's (``records.values``), whose sentences a refusal carries. Numbers with
decimals travel as text, since JSON numbers lose digits in most programs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.records.glimpse import Glimpse, Row, Told
from throughline.core.records.spec import FieldSpec, FieldType, RecordSpec

WHOLE = Annotated[int, Meta(ge=-(2**31) + 1, le=2**31 - 1)]
KEY = Annotated[int, Meta(ge=1, le=2**53 - 1)]
EXACT = Annotated[str, Meta(pattern=r"^-?[0-9]{1,15}(\.[0-9]{1,8})?$", description="A decimal number, as text.")]
INSTANT = Annotated[datetime, Meta(tz=True)]
WORD = Annotated[str, Meta(min_length=1, max_length=60)]
LONGEST_TEXT = 100_000


def slug(spec: RecordSpec) -> str:
    """Return how addresses name a record type."""
    return spec.address


def _text(described: FieldSpec) -> Any:
    return Annotated[str, Meta(max_length=described.max_length or LONGEST_TEXT)]


def _choice(described: FieldSpec) -> Any:
    values = tuple(choice.value for choice in described.choices)
    return _text(described) if described.open_choices or not values else Literal[values]


_KINDS: dict[FieldType, Callable[[FieldSpec], Any]] = {
    FieldType.INTEGER: lambda _: WHOLE,
    FieldType.NUMBER: lambda _: EXACT,
    FieldType.MONEY: lambda _: EXACT,
    FieldType.BOOLEAN: lambda _: bool,
    FieldType.DATE: lambda _: date,
    FieldType.DATETIME: lambda _: INSTANT,
    FieldType.DURATION: lambda _: WHOLE,
    FieldType.CHOICE: _choice,
    FieldType.TAGS: lambda _: Annotated[list[WORD], Meta(max_length=100)],
    FieldType.LIST: lambda _: Annotated[list[Annotated[str, Meta(max_length=1000)]], Meta(max_length=1000)],
    FieldType.ADDRESS: lambda _: dict[str, Annotated[str, Meta(max_length=1000)]],
    FieldType.USER: lambda _: KEY,
    FieldType.TEAM: lambda _: KEY,
    FieldType.RECORD: lambda _: KEY,
}


def kind_of(described: FieldSpec) -> Any:
    """Return the type of a field's value in JSON, as it is sent."""
    return _KINDS.get(described.type, _text)(described)


def _kind_shown(described: FieldSpec) -> Any:
    """Return the type of a field's value in JSON, as it is read: what is kept may be older than today's rules."""
    if described.type in (FieldType.CHOICE, FieldType.NUMBER, FieldType.MONEY):
        return str
    if described.type is FieldType.INTEGER or described.type in (FieldType.USER, FieldType.TEAM, FieldType.RECORD):
        return int
    if described.type in (FieldType.TAGS, FieldType.LIST):
        return list[Any]
    if described.type is FieldType.ADDRESS:
        return dict[str, Any]
    return _KINDS[described.type](described) if described.type in _KINDS else str


# -- Shapes of a type --------------------------------------------------------------------------------------------------


class Shapes(msgspec.Struct, frozen=True):
    """The structs of one record type for one person: as one is read, as one in a list, to make, to change one."""

    read: type[msgspec.Struct]
    row: type[msgspec.Struct]
    make: type[msgspec.Struct]
    change: type[msgspec.Struct]


def shapes_of(spec: RecordSpec, user: User) -> Shapes:
    """Return the shapes of a type, with the fields that the person may read and write."""
    rights = access.field_rights(user, spec)
    readable = tuple(field for field in spec.by_name.values() if rights.reads(field.name))
    writable = frozenset(field.name for field in readable if rights.writes(field.name))
    return _shapes(spec.label.replace(" ", ""), readable, writable, frozenset(spec.import_through))


@lru_cache(maxsize=256)
def _shapes(label: str, fields: tuple[FieldSpec, ...], writable: frozenset[str], through: frozenset[str]) -> Shapes:
    changed = [each for each in fields if each.name in writable and not each.is_through and not each.read_only]
    made = [
        each
        for each in fields
        if each.name in writable
        and (each.name in through if each.is_through else not each.read_only or each.at_creation)
    ]
    shown = [(each.name, _kind_shown(each) | None | UnsetType, UNSET) for each in fields if each.name != "id"]
    key, head = ("id", KEY), ("type", "number", "title")
    return Shapes(
        _struct(label, [key, *((name, str) for name in head), *shown]),
        _struct(f"{label}Row", [key, *((name, str | UnsetType, UNSET) for name in head), *shown]),
        _struct(f"New{label}", [_sent(each, needed=each.required) for each in made]),
        _struct(f"{label}Changes", [_sent(each, needed=False) for each in changed]),
    )


def _sent(described: FieldSpec, *, needed: bool) -> tuple[Any, ...]:
    kind = kind_of(described)
    return (described.name, kind) if needed else (described.name, kind | None | UnsetType, UNSET)


def _struct(name: str, fields: Iterable[Any]) -> type[msgspec.Struct]:
    return msgspec.defstruct(name, list(fields), forbid_unknown_fields=True, kw_only=True)


# -- Values ------------------------------------------------------------------------------------------------------------


def given(sent: msgspec.Struct) -> dict[str, Any]:
    """Return what was sent by field name; what was not named is not there."""
    values = {name: getattr(sent, name) for name in sent.__struct_fields__}
    return {name: value for name, value in values.items() if value is not UNSET}


def shown(spec: RecordSpec, user: User, record: Any) -> dict[str, Any]:
    """Return a loaded record as it is read: what the person may see of it."""
    rights = access.field_rights(user, spec)
    values = {"id": record.pk, "type": spec.type, "number": record.number, "title": spec.title(record)}
    for name, described in spec.by_name.items():
        if name != "id" and rights.reads(name):
            values[name] = _plain(described)(described.value_of(record))
    return values


def names_shown(spec: RecordSpec, user: User) -> list[str]:
    """Return the names under which a record tells something to a person, in their order."""
    rights = access.field_rights(user, spec)
    return list(dict.fromkeys((*HEAD, *(name for name in spec.by_name if rights.reads(name)))))


HEAD = ("id", "type", "number", "title")
"""What every record tells beside its fields. A field of such a name stands in its place."""


def teller(glimpse: Glimpse, names: Iterable[str]) -> Callable[[Row], dict[str, Any]]:
    """Return a function that tells rows of a glimpse as ``shown`` tells records: what stands under the names."""
    parts = {name: _part(glimpse, name) for name in names}
    return lambda row: {name: part(row) for name, part in parts.items()}


def _part(glimpse: Glimpse, name: str) -> Told:
    spec = glimpse.spec
    described = spec.by_name.get(name)
    if described is None or name == "id":
        return _head(glimpse, name)
    plain = _plain(described)
    if described.custom:  # all of them in one column
        custom = glimpse.at("custom")
        return lambda row: plain(described.read_custom(custom(row)))
    told = glimpse.at(described.column)
    return told if plain is _as_it_is else lambda row: plain(told(row))


def _head(glimpse: Glimpse, name: str) -> Told:
    kind, prefix, key = glimpse.spec.type, glimpse.spec.model.number_prefix, glimpse.at("id")
    if name == "title":
        return glimpse.of(glimpse.spec.title)
    heads: dict[str, Told] = {"id": key, "type": lambda _row: kind, "number": lambda row: f"{prefix}-{key(row)}"}
    return heads[name]


def _as_it_is(value: Any) -> Any:
    return value


def _empty_as_none(value: Any) -> Any:
    return None if value == "" else value


def _as_text(value: Any) -> Any:
    return format(value, "f") if isinstance(value, Decimal) else _empty_as_none(value)


_PLAIN: dict[FieldType, Callable[[Any], Any]] = {
    FieldType.TEXT: _as_it_is,
    FieldType.LONG_TEXT: _as_it_is,
    FieldType.BOOLEAN: _as_it_is,
    FieldType.DATE: _as_it_is,
    FieldType.DATETIME: _as_it_is,
    FieldType.TAGS: _as_it_is,
    FieldType.LIST: _as_it_is,
    FieldType.ADDRESS: _as_it_is,
    FieldType.USER: _as_it_is,
    FieldType.TEAM: _as_it_is,
    FieldType.RECORD: _as_it_is,
    FieldType.CHOICE: _empty_as_none,
    FieldType.EMAIL: _empty_as_none,
    FieldType.PHONE: _empty_as_none,
    FieldType.URL: _empty_as_none,
}


def _plain(described: FieldSpec) -> Callable[[Any], Any]:
    """Return how a stored value becomes one of JSON: nothing for an empty text where that means nothing, no Decimal."""
    return _PLAIN.get(described.type, _as_text)
