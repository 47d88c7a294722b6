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
    """The structs of one record type for one person: as it is read, to make one, to change one."""

    read: type[msgspec.Struct]
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
    shown: list[Any] = [("id", KEY), ("type", str), ("number", str), ("title", str)]
    shown += [(each.name, _kind_shown(each) | None | UnsetType, UNSET) for each in fields if each.name != "id"]
    return Shapes(
        _struct(label, shown),
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
            values[name] = _plain(described, described.value_of(record))
    return values


def _plain(described: FieldSpec, value: Any) -> Any:
    if value is None or value == "":
        return None if described.type not in _TEXTS_KEPT else value
    if isinstance(value, Decimal):
        return format(value, "f")
    return value


_TEXTS_KEPT = frozenset({FieldType.TEXT, FieldType.LONG_TEXT})
