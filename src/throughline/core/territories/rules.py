"""What a territory is made of: values of fields, read and told in words. Asks the declarations of types, no table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from throughline.core.records import registry
from throughline.core.records.filters import Filter, operators_of
from throughline.core.records.spec import FieldSpec, FieldType, RecordSpec
from throughline.core.records.values import plain, read_value
from throughline.core.refusals import Refusal

Where = Mapping[str, Sequence[Any]]
"""Field → values: a record belongs when every field has one of its values."""

FIELD_TYPES = frozenset(
    {FieldType.TEXT, FieldType.EMAIL, FieldType.PHONE, FieldType.URL, FieldType.CHOICE, FieldType.BOOLEAN,
     FieldType.INTEGER, FieldType.RECORD, FieldType.USER, FieldType.TEAM}
)  # fmt: skip
"""What a territory may be made of: fields with one value that can be named."""
OFFERED = frozenset({FieldType.TEXT, FieldType.CHOICE, FieldType.BOOLEAN, FieldType.INTEGER})
"""What it is most often made of."""


def dividing_fields(spec: RecordSpec) -> list[FieldSpec]:
    """Return the fields that forms offer to tell records of a type apart by: none that is of a person."""
    return [
        each
        for each in spec.fields
        if each.type in OFFERED and not each.is_through and not each.personal and not each.read_only
    ]


def dividable() -> list[RecordSpec]:
    """Return the types of which there can be territories."""
    return [spec for spec in registry.everything() if spec.type != "territory" and dividing_fields(spec)]


def read_where(spec: RecordSpec, where: Where) -> dict[str, list[Any]]:
    """
    Return the rule of a territory as it is kept.

    Raises:
        Refusal: a field is unknown, a value cannot be read, or nothing is said.
    """
    read: dict[str, list[Any]] = {}
    for name, values in where.items():
        described = spec.by_name.get(name)
        if described is None or described.type not in FIELD_TYPES:
            raise Refusal("no_such_field", f'{spec.plural} have no field "{name}" to tell them apart by.', "where")
        try:
            read[name] = [plain(read_value(described, value)) for value in values]
        except ValueError as wrong:
            raise Refusal("unreadable_value", str(wrong), "where") from wrong
    if not read or not all(read.values()):
        raise Refusal("empty_territory", "Say which values of which fields make the territory.", "where")
    return read


def as_filter(spec: RecordSpec, where: Where) -> Filter:
    """Return the filter of a list that shows what belongs, for fields that are there."""
    return {"all": [_condition(spec.field(name), values) for name, values in where.items()]}


def _condition(described: FieldSpec, values: Sequence[Any]) -> Filter:
    if "one_of" in operators_of(described):
        return {"field": described.name, "op": "one_of", "value": list(values)}
    return {"any": [{"field": described.name, "op": "is", "value": value} for value in values]}


def in_words(record_type: str, where: Where) -> str:
    """Return a rule in words: ``Region is North or South, and Country is DE``."""
    spec = registry.find(record_type)
    if spec is None:
        return "Its record type is gone."
    return ", and ".join(_told(spec.by_name.get(name), name, values) for name, values in where.items())


def _told(described: FieldSpec | None, name: str, values: Sequence[Any]) -> str:
    return f"{described.label if described else name} is {' or '.join(_words(described, values))}"


def _words(described: FieldSpec | None, values: Sequence[Any]) -> Iterator[str]:
    for value in values:
        choice = described.choice(str(value)) if described else None
        yield ("yes" if value else "no") if isinstance(value, bool) else choice.label if choice else str(value)
