"""What a made-up record says, so that a mail can be shown as who gets it reads it. No real record is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from throughline.core.records import registry
from throughline.core.records.context import Context, names_of
from throughline.core.records.spec import FieldSpec, FieldType, RecordSpec
from throughline.flow.values import from_python

PERSON: Final[Mapping[str, str]] = {
    "name": "Alex Example",
    "first_name": "Alex",
    "last_name": "Example",
    "salutation": "Dear",
    "company": "Example Ltd",
    "organization_name": "Example Ltd",
    "contact_name": "Alex Example",
    "owner_name": "Sam Sample",
    "team_name": "Sales",
}
"""Members that everybody knows by their name."""
OF_TYPE: Final[Mapping[FieldType, Any]] = {
    FieldType.EMAIL: "alex@example.com",
    FieldType.PHONE: "+49 30 1234567",
    FieldType.URL: "https://example.com",
    FieldType.INTEGER: 12,
    FieldType.NUMBER: Decimal("12.5"),
    FieldType.MONEY: Decimal(4800),
    FieldType.BOOLEAN: True,
    FieldType.DATE: date(2026, 3, 2),
    FieldType.DATETIME: datetime(2026, 3, 2, 10, tzinfo=UTC),
}


def sample_context(record_type: str) -> Context:
    """Return the FEEL context of a made-up record of a type: empty for a procedure without records."""
    spec = registry.find(record_type)
    if spec is None:
        return {}
    return {spec.type: {name: from_python(_member(spec, name)) for name in names_of(spec)}}


def _member(spec: RecordSpec, name: str) -> Any:
    if name in PERSON:
        return PERSON[name]
    if name == "number":
        return f"{spec.model.number_prefix}-1"
    field = spec.by_name.get(name)
    return None if field is None else _value(field)


def _value(field: FieldSpec) -> Any:
    if field.choices:
        return str(field.choices[0].label)
    if field.type in (FieldType.TEXT, FieldType.LONG_TEXT):
        return str(field.label).lower()
    return OF_TYPE.get(field.type)
