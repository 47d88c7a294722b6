"""Records in time: which lie in a stretch of days by one field, and which reach into it from one field to another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, Q

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.records.glimpse import Glimpse, Row
from throughline.core.records.queries import ListQuery, rows
from throughline.core.records.spec import TIMES, FieldSpec, FieldType, RecordSpec
from throughline.core.refusals import Refusal

MOST = 500
"""So many records at once; further ones are told to be there."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A record in a stretch of days: its first and last day there (the same in a calendar)."""

    row: Row
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Stretch:
    """What lies in a stretch of days, by its first day; ``more`` says whether there was too much to show."""

    placed: list[Placed]
    more: bool


def in_days(
    *, glimpse: Glimpse, user: User, query: ListQuery, by: str, first: date, last: date, at: datetime
) -> Stretch:
    """
    Return the records of which a field lies between two days, both included, in the asker's time zone. One query.

    Raises:
        Refusal: the field is no day or instant, or is hidden.
    """
    described, zone = _time_field(glimpse.spec, user, by), ZoneInfo(user.time_zone)
    value = glimpse.at(described.column)
    lies_in = Q(
        **{
            f"{described.column}__gte": _start(described, first, zone),
            f"{described.column}__lt": _start(described, last + timedelta(days=1), zone),
        }
    )
    found = rows(spec=glimpse.spec, user=user, query=query, at=at).filter(lies_in).order_by(described.column, "pk")
    loaded = glimpse.rows(found[: MOST + 1])
    placed = [Placed(row, day, day) for row in loaded[:MOST] for day in [_day(value(row), zone)]]
    return Stretch(placed, len(loaded) > MOST)


def reaching_into(
    *, glimpse: Glimpse, user: User, query: ListQuery, dates: tuple[str, str], first: date, last: date, at: datetime
) -> Stretch:
    """
    Return the records that reach from one field to another and are there between two days. One query.

    One without an end is there on the day it begins; one that ends before it begins, from its end to its beginning.

    Raises:
        Refusal: a field is no day or instant, or is hidden.
    """
    spec, zone = glimpse.spec, ZoneInfo(user.time_zone)
    begin, end = (_time_field(spec, user, name) for name in dates)
    begins, ends = glimpse.at(begin.column), glimpse.at(end.column)
    after = last + timedelta(days=1)
    there = Q(
        **{f"{begin.column}__lt": _start(begin, after, zone), f"{end.column}__gte": _start(end, first, zone)}
    ) | Q(
        **{
            f"{end.column}__isnull": True,
            f"{begin.column}__gte": _start(begin, first, zone),
            f"{begin.column}__lt": _start(begin, after, zone),
        }
    )
    found = rows(spec=spec, user=user, query=query, at=at).filter(there, **{f"{begin.column}__isnull": False})
    loaded = glimpse.rows(found.order_by(F(begin.column), "pk")[: MOST + 1])
    placed = []
    for row in loaded[:MOST]:
        start = _day(begins(row), zone)
        stop = start if ends(row) is None else _day(ends(row), zone)
        placed.append(Placed(row, min(start, stop), max(start, stop)))
    return Stretch(placed, len(loaded) > MOST)


def moved(described: FieldSpec, value: Any, days: int, user: User) -> date | datetime:
    """Return a day or instant so many days later, at the same time of day where the person is."""
    if isinstance(value, datetime):
        zone = ZoneInfo(user.time_zone)
        local = value.astimezone(zone)
        return datetime.combine(local.date() + timedelta(days=days), local.time(), zone)
    if not isinstance(value, date):
        raise Refusal("no_date", f"{described.label} has no day yet. Give it one on the record's page.", described.name)
    return value + timedelta(days=days)


def day_of(value: date | datetime, user: User) -> date:
    """Return the day of a day or instant where a person is."""
    return _day(value, ZoneInfo(user.time_zone))


def _time_field(spec: RecordSpec, user: User, name: str) -> FieldSpec:
    described = spec.by_name.get(name)
    if described is None or described.type not in TIMES or not access.field_rights(user, spec).reads(name):
        raise Refusal("unknown_date", f'{spec.plural} cannot be placed in time by "{name}".', "by")
    return described


def _start(described: FieldSpec, day: date, zone: ZoneInfo) -> date | datetime:
    return day if described.type is FieldType.DATE else datetime.combine(day, time(), zone)


def _day(value: date | datetime, zone: ZoneInfo) -> date:
    return value.astimezone(zone).date() if isinstance(value, datetime) else value
