"""The data audit: which fields a type of record has, and how filled they are."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.records import RecordSpec
from throughline.core.records.filters import Reading, predicate
from throughline.core.records.spec import FieldSpec, FieldType

NOT_ASKED = frozenset({FieldType.BOOLEAN})
"""Types whose values are never empty."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A field, and in how many of the records that the asker sees it is filled."""

    name: str
    label: str
    filled: int
    total: int
    custom: bool

    @property
    def percent(self) -> int:
        """The share in whole percent, 0 where there are no records."""
        return round(100 * self.filled / self.total) if self.total else 0


def audit(*, spec: RecordSpec, user: User, reading: Reading) -> list[Filled]:
    """Return the fields of a type that the asker may read, the emptiest first. One query."""
    rights = access.field_rights(user, spec)
    fields = [each for each in spec.fields if rights.reads(each.name) and each.type not in NOT_ASKED]
    records = spec.model._default_manager.filter(access.visible(spec, user), deleted_at=None, sandbox=False)
    numbered = {
        f"n{number}": Count("pk", filter=_filled(spec, each, reading), distinct=True)
        for number, each in enumerate(fields)
    }
    counts = records.aggregate(total=Count("pk", distinct=True), **numbered)
    found = [
        Filled(each.name, str(each.label), counts[f"n{number}"], counts["total"], each.custom)
        for number, each in enumerate(fields)
    ]
    return sorted(found, key=lambda each: (each.percent, each.label))


def _filled(spec: RecordSpec, field: FieldSpec, reading: Reading) -> Q:
    return predicate(spec, {"field": field.name, "op": "not_empty"}, reading)
