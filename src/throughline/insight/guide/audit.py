"""The data audit: which fields a type of record has, and how filled they are."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.records import RecordSpec
from throughline.core.records.filters import Reading
from throughline.core.records.quality.queries import filled_in, readable


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
    fields = readable(spec, user)
    records = spec.model._default_manager.filter(access.visible(spec, user), deleted_at=None, sandbox=False)
    counts = filled_in(records, fields, reading, **{"x_all": Count("pk")})
    found = [Filled(each.name, str(each.label), counts[each.name], counts["x_all"], each.custom) for each in fields]
    return sorted(found, key=lambda each: (each.percent, each.label))
