"""What people and organizations have in common: counts by a field, with the filter that finds each heap in its list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Case, CharField, Count, F, Value, When

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.records import registry
from throughline.core.records.spec import FieldSpec, FieldType, RecordSpec
from throughline.insight.customers.buying import Purchases

SHOWN = 12
FIELDS: dict[str, tuple[str, ...]] = {
    "organization": ("country", "industry", "employees", "type", "tier", "source", "last_activity_at"),
    "contact": ("lifecycle_stage", "preferred_channel", "language", "country", "email_opt_out", "last_activity_at"),
    "lead": ("source", "interest", "region"),
}
"""By what each record type is parted: demographics, preferences and behaviour."""

Filter = Mapping[str, Any]
SIZES = (("1–9", 1, 9), ("10–49", 10, 49), ("50–249", 50, 249), ("250+", 250, 2_000_000_000))
"""Classes of size: micro, small, medium and large enterprises of the European Union (2003/361/EC), by heads."""
ACTIVE = (("in the last 30 days", 0, 29), ("31 to 90 days ago", 30, 89), ("91 to 365 days ago", 90, 364))
LONGER = "longer ago"
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Heap:
    """
    Records that have something in common. ``value`` as stored, "" when nothing is; ``filter`` finds them in their list.
    ``customers`` and ``revenue``: of organizations, those with a won deal and what they paid; None of other records.
    """

    value: str
    count: int
    filter: Filter
    customers: int | None = None
    revenue: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Portrait:
    """The heaps of one field, the largest first; ``rest``: records in heaps too small to be shown."""

    spec: RecordSpec
    field: FieldSpec
    heaps: tuple[Heap, ...]
    rest: int


def portraits(*, user: User, bought: Purchases, today: date) -> list[Portrait]:
    """Return the portraits that ``user`` may look at: of types and fields that are not hidden. One query each."""
    made, days = [], _Days(today, ZoneInfo(user.time_zone))
    for record_type, names in FIELDS.items():
        spec = registry.find(record_type)
        if spec is None or access.grants(user).scope(record_type, access.VIEW) is access.Scope.NONE:
            continue
        rights = access.field_rights(user, spec)
        made += [
            _portrait(spec, spec.by_name[name], user, days, bought if record_type == "organization" else None)
            for name in names
            if name in spec.by_name and rights.reads(name)
        ]
    return [each for each in made if any(heap.value for heap in each.heaps)]


def segments(*, user: User) -> list[FieldSpec]:
    """Return the fields by which ``user`` may part customers."""
    spec = registry.get("organization")
    if access.grants(user).scope(spec.type, access.VIEW) is access.Scope.NONE:
        return []
    rights = access.field_rights(user, spec)
    return [spec.by_name[name] for name in FIELDS[spec.type] if name in spec.by_name and rights.reads(name)]


def heaps_of(field: FieldSpec, *, user: User, today: date) -> dict[int, str]:
    """Return in which heap of a field each organization is that ``user`` sees, by its key. One query."""
    spec = registry.get("organization")
    records = spec.model._default_manager.filter(access.visible(spec, user), deleted_at=None, sandbox=False)
    value, _filters = _parting(field, _Days(today, ZoneInfo(user.time_zone)))
    rows = records.annotate(heap=value).values_list("pk", "heap")
    return {key: "" if heap is None else str(heap) for key, heap in rows}


def _portrait(spec: RecordSpec, field: FieldSpec, user: User, days: _Days, bought: Purchases | None) -> Portrait:
    records = spec.model._default_manager.filter(access.visible(spec, user), deleted_at=None, sandbox=False)
    value, filters = _parting(field, days)
    rows = records.annotate(heap=value).values("heap").annotate(n=Count("pk")).order_by("-n", "heap")
    counted = [("" if row["heap"] is None else str(row["heap"]), row["n"]) for row in rows]
    paid = _paid(records.annotate(heap=value), bought) if bought is not None else {}
    heaps = tuple(
        Heap(
            word,
            count,
            filters.get(word) or _filter(field, word),
            paid.get(word, (0, Decimal(0)))[0] if bought is not None else None,
            paid.get(word, (0, Decimal(0)))[1] if bought is not None else None,
        )
        for word, count in counted[:SHOWN]
    )
    return Portrait(spec, field, heaps, sum(count for _word, count in counted[SHOWN:]))


def _paid(records: Any, bought: Purchases) -> dict[str, tuple[int, Decimal]]:
    """Per heap how many customers are in it and what they paid."""
    own = bought.by_customer()
    found: dict[str, tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal(0)))
    for key, heap in records.filter(pk__in=list(own)).values_list("pk", "heap"):
        word = "" if heap is None else str(heap)
        count, amount = found[word]
        found[word] = (count + 1, amount + sum((each.amount for each in own[key]), Decimal(0)))
    return found


def _parting(field: FieldSpec, days: _Days) -> tuple[Any, dict[str, Filter]]:
    """How a field makes heaps, and the filters of those that are classes."""
    name, column = field.name, field.column
    if name == "employees":
        classes = [When(**{f"{column}__range": (low, high)}, then=Value(word)) for word, low, high in SIZES]
        filters: dict[str, Filter] = {
            word: {"field": name, "op": "between", "value": [low, high]} for word, low, high in SIZES
        }
        return Case(*classes, default=Value(""), output_field=CharField()), filters
    if field.type is FieldType.DATETIME:
        spans = [(word, days.before(last), days.before(first)) for word, first, last in ACTIVE]
        oldest = days.before(ACTIVE[-1][2])
        classes = [
            When(**{f"{column}__gte": days.start(first), f"{column}__lt": days.start(last + DAY)}, then=Value(word))
            for word, first, last in spans
        ]
        classes.append(When(**{f"{column}__lt": days.start(oldest)}, then=Value(LONGER)))
        filters = {
            word: {"field": name, "op": "between", "value": [first.isoformat(), last.isoformat()]}
            for word, first, last in spans
        }
        filters[LONGER] = {"field": name, "op": "before", "value": oldest.isoformat()}
        return Case(*classes, default=Value(""), output_field=CharField()), filters
    return F(column), {}


@dataclass(frozen=True, slots=True)
class _Days:
    """The asker's days, counted back from today."""

    today: date
    zone: ZoneInfo

    def before(self, count: int) -> date:
        return self.today - timedelta(days=count)

    def start(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone)


def _filter(field: FieldSpec, word: str) -> Filter:
    if field.type is FieldType.BOOLEAN:
        return {"field": field.name, "op": "is", "value": word == "True"}
    return {"field": field.name, "op": "is", "value": word} if word else {"field": field.name, "op": "empty"}
