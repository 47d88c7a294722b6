"""Test records: made up, of whatever type a procedure works on, and belonging to whoever tries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from throughline.core.recordref import RecordRef
from throughline.core.records import FieldSpec, FieldType, RecordSpec, registry
from throughline.core.records.operations import create_record
from throughline.crm.leads.capture import capture_lead
from throughline.web.answers import Asked

MADE_UP: Mapping[FieldType, Any] = {
    FieldType.EMAIL: "trial@example.com",
    FieldType.PHONE: "+49 30 0000000",
    FieldType.INTEGER: "1",
    FieldType.NUMBER: "1",
    FieldType.MONEY: "1000",
}
"""What required fields of a test record hold, by type; texts get the name."""


def test_record(request: Asked, record_type: str, name: str) -> RecordRef | None:
    """Make a test record of a type, which the asker owns; None for a procedure without records."""
    if not record_type:
        return None
    name = name.strip()[:100] or _("Trial")
    if record_type == "lead":
        values = {"name": name, "email": MADE_UP[FieldType.EMAIL], "owner": request.user.pk}
        lead = capture_lead(values=values, sandbox=True, by=request.by, at=request.at)
        return RecordRef("lead", lead.pk)
    spec = registry.get(record_type)
    values = {field.name: _made_up(field, name) for field in _wanted(spec)} | {"owner": request.user.pk}
    made = create_record(spec=spec, values=values, by=request.by, at=request.at, sandbox=True)
    return RecordRef(record_type, made.pk)


def _wanted(spec: RecordSpec) -> list[FieldSpec]:
    named = ("name", "subject")
    return [
        field
        for field in spec.by_name.values()
        if not field.read_only and not field.custom and (field.required or field.name in named)
    ]


def _made_up(field: FieldSpec, name: str) -> Any:
    if field.choices:
        return field.choices[0].value
    return MADE_UP.get(field.type, name)
