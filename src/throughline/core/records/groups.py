"""
Records in groups, and sums over them: by any field the asker may read, over what the asker may see.

Groups come in the order of their values, up to a limit. Days are put together by month, in the asker's time zone. Sums
of money are kept apart by currency (``sums``). A field that is hidden from the asker is neither grouped nor summed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import CharField, Count, F, Value
from django.db.models.functions import Coalesce, TruncMonth

from throughline.core import access
from throughline.core.identity.models import Team, User
from throughline.core.records import registry
from throughline.core.records.filters import Filter
from throughline.core.records.queries import ListQuery, rows
from throughline.core.records.spec import TEXTS, TIMES, UNSORTABLE, FieldSpec, FieldType, RecordSpec
from throughline.core.records.sums import Total, summed
from throughline.core.refusals import Refusal

MOST = 100
"""So many groups at once."""


@dataclass(frozen=True, slots=True)
class Group:
    """Records with the same value: how it is called, how many, their sums by field, and the filter that finds them."""

    value: Any
    label: str
    tone: str
    count: int
    filter: Filter
    totals: Mapping[str, Total] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Groups:
    """The first groups in order; ``more`` says whether there are further ones."""

    groups: list[Group]
    more: bool


def totals(
    *, spec: RecordSpec, user: User, query: ListQuery, at: datetime, of: Sequence[FieldSpec], base: str = ""
) -> dict[str, Total]:
    """
    Return the totals of fields over all that a list query means, by field. One query.

    ``base``: the currency of which the day does not matter.

    Raises:
        Refusal: the filter cannot be read.
    """
    found = rows(spec=spec, user=user, query=query, at=at)
    parts = summed(found.annotate(group=Value(0)), spec, of, base)
    return parts[0].totals if parts else {}


def groups(
    *,
    spec: RecordSpec,
    user: User,
    query: ListQuery,
    by: str,
    at: datetime,
    of: Sequence[FieldSpec] = (),
    base: str = "",
) -> Groups:
    """
    Return the groups of what a list query means, by a field, with totals ``of`` fields; ``base`` as for ``totals``. Few
    queries.

    Raises:
        Refusal: the field is hidden or cannot make groups, or the filter cannot be read.
    """
    described = spec.by_name.get(by)
    if described is None or described.type in UNSORTABLE or not access.field_rights(user, spec).reads(by):
        raise Refusal("unknown_group", f'{spec.plural} cannot be grouped by "{by}".', "group")
    zone = ZoneInfo(user.time_zone)
    found = rows(spec=spec, user=user, query=query, at=at).annotate(group=_grouping(described, zone))
    counted = found.order_by().values("group").annotate(number=Count("*")).order_by(F("group").asc(nulls_last=True))
    listed = list(counted[: MOST + 1])
    shown = listed[:MOST]
    sums = summed(found, spec, of, base) if of and shown else {}
    names = _Names(described, user, [row["group"] for row in shown])
    made = [
        Group(
            value=row["group"],
            label=names.of(row["group"]),
            tone=names.tone(row["group"]),
            count=row["number"],
            filter=_condition(described, row["group"]),
            totals=sums[row["group"]].totals if row["group"] in sums else {},
        )
        for row in shown
    ]
    return Groups(_in_order(described, made), more=len(listed) > MOST)


def _grouping(described: FieldSpec, zone: ZoneInfo) -> Any:
    if described.type is FieldType.DATETIME:
        return TruncMonth(described.column, tzinfo=zone)
    if described.type is FieldType.DATE:
        return TruncMonth(described.column)
    if described.type in TEXTS or described.type is FieldType.CHOICE:
        return Coalesce(F(described.column), Value(""), output_field=CharField())
    return F(described.column)


def _in_order(described: FieldSpec, made: list[Group]) -> list[Group]:
    """Choices come in the order they are declared, everything else by value; what is empty comes last."""
    if described.choices:
        places = {choice.value: place for place, choice in enumerate(described.choices)}
        return sorted(made, key=lambda group: (group.value in ("", None), places.get(group.value, len(places))))
    if described.type in (FieldType.USER, FieldType.TEAM, FieldType.RECORD):
        return sorted(made, key=lambda group: (group.value is None, group.label.casefold()))
    return sorted(made, key=lambda group: group.value in ("", None))


def _condition(described: FieldSpec, value: Any) -> Filter:
    if value in ("", None):
        return {"field": described.name, "op": "empty"}
    if described.type in TIMES:
        first = value.date() if isinstance(value, datetime) else value
        last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        return {"field": described.name, "op": "between", "value": [first.isoformat(), last.isoformat()]}
    if described.type in TEXTS or described.type is FieldType.CHOICE:
        return {"field": described.name, "op": "one_of", "value": [value]}
    if described.type is FieldType.BOOLEAN:
        return {"field": described.name, "op": "is", "value": bool(value)}
    return {"field": described.name, "op": "is", "value": str(value)}


class _Names:
    """How the values of groups are called; linked records that the asker may not see stay without a name."""

    def __init__(self, described: FieldSpec, user: User, values: Sequence[Any]) -> None:
        self._described = described
        self._linked = _linked_names(described, user, [value for value in values if value is not None])

    def of(self, value: Any) -> str:
        described = self._described
        if value in ("", None):
            return ""
        if described.type in (FieldType.USER, FieldType.TEAM, FieldType.RECORD):
            return self._linked.get(value, "…")
        if described.type in TIMES:
            return (value.date() if isinstance(value, datetime) else value).strftime("%Y-%m")
        choice = described.choice(value) if isinstance(value, str) else None
        return str(choice.label) if choice is not None else str(value)

    def tone(self, value: Any) -> str:
        choice = self._described.choice(value) if isinstance(value, str) else None
        return choice.tone if choice is not None else ""


def _linked_names(described: FieldSpec, user: User, keys: Sequence[Any]) -> dict[Any, str]:
    if described.type is FieldType.USER:
        return dict(User.objects.filter(pk__in=keys).values_list("pk", "name"))
    if described.type is FieldType.TEAM:
        return dict(Team.objects.filter(pk__in=keys).values_list("pk", "name"))
    if described.type is FieldType.RECORD:
        spec = registry.get(described.to)
        seen = spec.model._default_manager.filter(access.visible(spec, user), pk__in=keys)
        return {record.pk: spec.title(record) for record in seen.select_related(*spec.select_related)}
    return {}


def month_of(group: Group) -> date | None:
    """Return the first day of a group of days, None for any other group."""
    if isinstance(group.value, datetime):
        return group.value.date()
    return group.value if isinstance(group.value, date) else None
