"""
What records said when cases travelled: worked out backwards from what they say now, with what the journal tells.

The journal tells of each change what was there before, so what a record said at a moment is what it says now with all
changes since taken back. Only members that somebody asks for are followed, of many records with a handful of queries.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime

from throughline.core.journal.models import Entry, PersonalValues
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.context import facts
from throughline.core.records.spec import FieldSpec, FieldType
from throughline.flow import values


@dataclass(slots=True)
class Past:
    """What a record said at any moment since an instant, of some of its members."""

    record_type: str
    latest: dict[str, Any]
    changes: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)
    """From the youngest to the oldest: when members changed, and what they were before."""

    def at(self, moment: datetime, *, before: bool = False) -> dict[str, Any]:
        """Return what the record said at a moment; ``before``: without what was changed in that very instant."""
        said = dict(self.latest)
        for at, former in self.changes:
            if at < moment or (at == moment and not before):
                break
            said.update(former)
        return said


def pasts(refs: Iterable[RecordRef], *, since: datetime, names: Collection[str] | None = None) -> dict[RecordRef, Past]:
    """
    Return the past of each of these records back to ``since``, of the members ``names`` (None: all).

    A record that is gone for good has none. Three queries per record type.
    """
    found: dict[RecordRef, Past] = {}
    for ref, context in facts(refs).items():
        found[ref] = Past(ref.type, {name: value for name, value in context.items() if names is None or name in names})
    for record_type in sorted({ref.type for ref in found}):
        _take_back({ref.id: past for ref, past in found.items() if ref.type == record_type}, record_type, since)
    return found


def _take_back(found: Mapping[int, Past], record_type: str, since: datetime) -> None:
    fields = registry.get(record_type).by_name
    entries = list(
        Entry.objects.filter(record_type=record_type, record_id__in=list(found), at__gte=since)
        .order_by("-id")
        .values_list("pk", "record_id", "at", "event", "data")
    )
    personal = dict(PersonalValues.objects.filter(pk__in=[row[0] for row in entries]).values_list("pk", "values"))
    for key, record_id, at, event, data in entries:
        past = found[record_id]
        before = _before(event, {**data, **personal.get(key, {})}, past.latest, fields)
        if before:
            past.changes.append((at, before))


def _before(
    event: str, data: Mapping[str, Any], now: Mapping[str, Any], fields: Mapping[str, FieldSpec]
) -> dict[str, Any]:
    """Return what members were before a change that the journal tells of."""
    if event == "record.updated":
        moved = {**data.get("changes", {}), **data.get("personal_changes", {})}
        return {name: _read(fields.get(name), old) for name, (old, _) in moved.items() if name in now}
    if event == "record.assigned" and "owner" in now:
        return {"owner": values.from_python(data.get("former_owner"))}
    if event == "record.tagged" and "tags" in now:
        kept = [tag for tag in now["tags"] or [] if tag not in data.get("added", ())]
        return {"tags": [*kept, *data.get("removed", ())]}
    return {}


def _read(described: FieldSpec | None, old: Any) -> Any:
    """Return a value of the journal as charts see it."""
    kind = described.type if described is not None else FieldType.TEXT
    if isinstance(old, str) and kind is FieldType.DATE:
        return values.from_python(parse_date(old))
    if isinstance(old, str) and kind is FieldType.DATETIME:
        return values.from_python(parse_datetime(old))
    if isinstance(old, str) and kind in (FieldType.NUMBER, FieldType.MONEY):
        return Decimal(old)
    return None if old == "" else values.from_python(old)
