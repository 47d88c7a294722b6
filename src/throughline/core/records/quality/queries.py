"""How well the fields of a type are filled, and how its scores lie, over what the asker may see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, Count, Q, QuerySet

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.records.filters import OPERATORS, Reading
from throughline.core.records.quality.keeping import FIELD
from throughline.core.records.spec import FieldSpec, FieldType, RecordSpec

LOOKED_AT = 50_000
"""So many of the newest records are looked at: more tell the same and take long."""

UNASKED = frozenset({FieldType.BOOLEAN})
"""Kinds of fields that are never empty."""
COMMON = ("owner", "next_activity_at")
"""What every record has and people see to."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A field, and how many of the records have it filled; ``points`` it is worth in the score, 0 for none."""

    spec: FieldSpec
    filled: int
    points: int


@dataclass(frozen=True, slots=True)
class Band:
    """Records whose score lies from ``low`` to ``high``, both included."""

    low: int
    high: int
    records: int


@dataclass(frozen=True, slots=True)
class Rates:
    """What was looked at: how many records, whether these are all, their average score, bands of it, and fields."""

    looked_at: int
    whole: bool
    average: float | None
    bands: tuple[Band, ...]
    fields: tuple[Filled, ...]


BANDS = ((0, 39), (40, 69), (70, 100))
"""Poor, middling, good."""


def asked_fields(spec: RecordSpec, user: User) -> list[FieldSpec]:
    """Return the fields whose filling the score looks at or people see to, as far as the asker may read them."""
    worth = set(spec.quality.fields) if spec.quality else set()
    return [
        each for each in readable(spec, user, COMMON) if each.name in worth or not (each.read_only or each.is_through)
    ]


def readable(spec: RecordSpec, user: User, beside: Iterable[str] = ()) -> list[FieldSpec]:
    """Return the fields of a type that can be empty and that the asker may read; ``beside`` names common ones."""
    rights = access.field_rights(user, spec)
    fields = (*spec.fields, *(spec.by_name[name] for name in beside))
    return [each for each in fields if rights.reads(each.name) and each.type not in UNASKED]


def filled_in(rows: QuerySet[Any], fields: Sequence[FieldSpec], reading: Reading, **more: Any) -> dict[str, Any]:
    """Return in how many of the rows each field is filled, by name, and what ``more`` asks for. One query."""
    empty = OPERATORS["empty"]
    asked = {f"n{place}": Count("pk", filter=~empty(each, None, reading)) for place, each in enumerate(fields)}
    row = rows.order_by().aggregate(**asked, **more)
    return {each.name: row.pop(f"n{place}") for place, each in enumerate(fields)} | row


def fill_rates(*, spec: RecordSpec, user: User, reading: Reading) -> Rates:
    """Return how well the fields of a type are filled, over the newest records that the asker may see. Two queries."""
    manager = spec.model._default_manager
    seen = manager.filter(access.visible(spec, user), deleted_at=None, sandbox=False)
    newest = list(seen.order_by("-created_at", "-pk").values_list("pk", flat=True)[: LOOKED_AT + 1])
    fields = asked_fields(spec, user)
    scored = spec.quality is not None and access.field_rights(user, spec).reads(FIELD)
    wanted: dict[str, Any] = {}
    if scored:
        wanted = {f"x_{low}": Count("pk", filter=Q(**{f"{FIELD}__range": (low, high)})) for low, high in BANDS}
        wanted["x_average"] = Avg(FIELD)
    keys = newest[:LOOKED_AT]
    row = filled_in(manager.filter(pk__in=keys), fields, reading, **wanted)
    average = row.get("x_average")
    return Rates(
        looked_at=len(keys),
        whole=len(newest) <= LOOKED_AT,
        average=None if average is None else float(average),
        bands=tuple(Band(low, high, row[f"x_{low}"]) for low, high in BANDS) if scored else (),
        fields=tuple(_ordered(spec, fields, row)),
    )


def _ordered(spec: RecordSpec, fields: Iterable[FieldSpec], row: dict[str, Any]) -> list[Filled]:
    points: dict[str, int] = {}
    for part in spec.quality.parts if spec.quality else ():
        points |= dict.fromkeys(part.fields, part.points)
    told = [Filled(each, row[each.name], points.get(each.name, 0)) for each in fields]
    return sorted(told, key=lambda each: (-each.points, each.filled))
