"""
Figures under the rights of who asks: one figure, its trend, its parts, and the records behind it.

One grouped statement per question, through the same predicate as lists (``access.visible``), so what somebody may not
see cannot be counted by asking for figures. Medians are those of PostgreSQL (linear interpolation); only business time
is worked out row by row, for a bounded number of rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.db.models import Avg, Case, Count, F, Q, QuerySet, Sum, Value, When
from django.db.models.aggregates import Aggregate
from django.db.models.expressions import Combinable, ExpressionWrapper
from django.db.models.fields import BooleanField, DurationField
from django.db.models.functions import Trunc

from throughline.core import access
from throughline.core.identity.models import Team, User
from throughline.core.procedures.calendars import flow_calendars
from throughline.core.records import RecordSpec, registry
from throughline.core.records.filters import relative_days
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.insight.kpis.definitions import (
    BY_KEY,
    DIMENSIONS,
    KPIS,
    SEE_REPORTS,
    Composed,
    Kpi,
    Mean,
    Share,
    Spread,
    Unit,
)
from throughline.insight.kpis.statistics import Interval, wilson

MOST_ROWS = 50_000
"""So many rows are looked at one by one, where business time is asked for; the newest."""
STEPS = ("day", "week", "month", "quarter")
YOUNG = 0.1
"""Of a share that ripens: with more than this part of its records still open it is said to be young."""


@dataclass(frozen=True, slots=True)
class Window:
    """A period, half open, in a time zone."""

    since: datetime
    until: datetime
    zone: ZoneInfo

    @classmethod
    def of_days(cls, first: date, last: date, zone: ZoneInfo) -> Window:
        """Return the period of these days, both included."""
        return cls(
            datetime.combine(first, time(), zone), datetime.combine(last + timedelta(days=1), time(), zone), zone
        )

    @classmethod
    def named(cls, name: str, *, user: User, at: datetime) -> Window:
        """
        Return the days that a relative name means to somebody.

        Raises:
            Refusal: the name means no days.
        """
        zone = ZoneInfo(user.time_zone)
        try:
            return cls.of_days(*relative_days(name, at.astimezone(zone).date()), zone)
        except ValueError as wrong:
            raise Refusal("unknown_period", str(wrong), "period") from wrong

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last day."""
        last = (self.until - timedelta(microseconds=1)).astimezone(self.zone).date()
        return self.since.astimezone(self.zone).date(), last

    @property
    def before(self) -> Window:
        """The period of as many days that ends where this one begins."""
        first, last = self.days
        return Window.of_days(first - (last - first) - timedelta(days=1), first - timedelta(days=1), self.zone)

    def parts(self, step: str) -> Iterator[Window]:
        """Yield the days, weeks (from Monday), months or quarters that lie in it, the outer ones cut off."""
        first, last = self.days
        start = first
        while start <= last:
            following = _next_start(start, step)
            yield Window.of_days(start, min(last, following - timedelta(days=1)), self.zone)
            start = following


def _next_start(day: date, step: str) -> date:
    if step == "day":
        return day + timedelta(days=1)
    if step == "week":
        return day + timedelta(days=7 - day.weekday())
    months = 1 if step == "month" else 3 - (day.month - 1) % 3
    month = day.year * 12 + day.month - 1 + months
    return date(month // 12, month % 12 + 1, 1)


@dataclass(frozen=True, slots=True)
class Figure:
    """
    A figure. ``value`` None: unknown, for there is nothing it could be of.

    ``numerator`` and ``denominator`` as the definition says; ``still_open`` those that may yet count. ``interval`` of
    a share (Wilson, 95 %). ``p90`` of a span of time. ``note`` is what must be said with it.
    """

    value: float | Decimal | None
    numerator: float | Decimal | None = None
    denominator: int = 0
    still_open: int = 0
    interval: Interval | None = None
    p90: float | None = None
    note: str = ""


UNKNOWN = Figure(None)


@dataclass(frozen=True, slots=True)
class Question:
    """
    What is asked: a figure, of which period, of which records. ``where``: dimension → value, as addresses have them
    (keys of people and teams as digits; an empty value means nothing is filled in).
    """

    kpi: Kpi
    user: User
    window: Window
    where: Mapping[str, str] = field(default_factory=dict)

    @property
    def spec(self) -> RecordSpec:
        """The record type it is about."""
        return registry.get(self.kpi.record)

    def during(self, window: Window) -> Question:
        """Return the same of another period."""
        return Question(self.kpi, self.user, window, self.where)

    def only(self, dimension: str, value: str) -> Question:
        """Return the same of fewer records."""
        return Question(self.kpi, self.user, self.window, {**self.where, dimension: value})


def is_young(kpi: Kpi, figure: Figure) -> bool:
    """Say whether a share may still change noticeably, because many of its records are still open."""
    how = kpi.measure
    return isinstance(how, Share) and how.ripens and figure.still_open > YOUNG * figure.denominator


# -- Who may ask -------------------------------------------------------------------------------------------------------


def available(user: User) -> list[Kpi]:
    """Return the figures that somebody may see: the ability to look at reports, the type, and all fields it reads."""
    if not access.allows(user, SEE_REPORTS):
        return []
    return [kpi for kpi in KPIS if _may_see(kpi, user)]


def _may_see(kpi: Kpi, user: User) -> bool:
    spec = registry.get(kpi.record)
    rights = access.field_rights(user, spec)
    return access.can(user, access.VIEW, spec) and all(rights.reads(name) for name in kpi.reads)


def find(key: str, user: User) -> Kpi:
    """
    Return a figure that somebody may see.

    Raises:
        NotAllowed: the person may not look at reports.
        NotFound: there is none of this key, or it rests on what the person may not see.
    """
    if not access.allows(user, SEE_REPORTS):
        raise NotAllowed("Your role does not see reports. Ask an administrator for it.")
    kpi = BY_KEY.get(key)
    if kpi is None or not _may_see(kpi, user):
        raise NotFound("There is no such key figure for you.")
    return kpi


def dimensions(kpi: Kpi, user: User) -> list[str]:
    """Return by what the figure may be parted by somebody."""
    return [name for name, path in DIMENSIONS[kpi.record].items() if _reads(kpi.record, path, user)]


def _reads(record: str, path: str, user: User) -> bool:
    link, _, name = path.rpartition("__")
    owner = registry.find({"lead": "lead", "organization": "organization"}.get(link, record))
    if owner is None:
        return False
    return access.field_rights(user, owner).reads(name) and (not link or access.can(user, access.VIEW, owner))


# -- The records -------------------------------------------------------------------------------------------------------


def population(asked: Question) -> QuerySet[Any]:
    """Return the records of the denominator, under the asker's rights."""
    measure = asked.kpi.measure
    assert measure is not None
    found = everybody(asked).filter(measure.of)
    if isinstance(measure, Composed) and measure.running:
        return found.filter(running_on(asked.window.days[0]))
    if measure.dated:
        found = within(found, measure.dated, asked.window)
    return found


def everybody(asked: Question) -> QuerySet[Any]:
    """Return all records of the type that the asker sees, whatever the period, narrowed to ``where``."""
    manager = asked.spec.model._default_manager
    found = manager.filter(access.visible(asked.spec, asked.user), deleted_at=None, sandbox=False)
    for name, value in asked.where.items():
        found = found.filter(_chosen(asked, name, value))
    return found


def within(found: QuerySet[Any], dated: str, window: Window) -> QuerySet[Any]:
    """Return those that lie in the period."""
    return found.filter(**{f"{dated}__gte": window.since, f"{dated}__lt": window.until})


def running_on(day: date) -> Q:
    """Return which records with a first and a last day (``start_on``, ``end_on``) run at the first instant of a day."""
    return Q(start_on__lt=day) & (Q(end_on=None) | Q(end_on__gte=day))


def _chosen(asked: Question, name: str, value: str) -> Q:
    if name not in dimensions(asked.kpi, asked.user):
        raise Refusal("unknown_dimension", f'{asked.kpi.name} cannot be parted by "{name}".', "by")
    path = DIMENSIONS[asked.kpi.record][name]
    if name in ("owner", "team"):
        if value and not value.isdecimal():
            raise Refusal("unknown_dimension", f"“{value}” is no {name}.", name)
        return Q(**{f"{path}_id": int(value)}) if value else Q(**{f"{path}__isnull": True})
    return Q(**{path: value}) if value else Q(**{path: ""}) | Q(**{f"{path}__isnull": True})


# -- Figures -----------------------------------------------------------------------------------------------------------


def measure(asked: Question) -> Figure:
    """Return the figure. A definition that waits for its data gives none."""
    how = asked.kpi.measure
    if how is None:
        return UNKNOWN
    if isinstance(how, Composed):
        from throughline.insight.kpis.composed import READERS

        return READERS[how.by](asked)
    found = _money(asked, population(asked))
    if isinstance(how, Spread) and how.clock == "business":
        return _business(found, how)
    return _figure(asked.kpi, found.aggregate(**_aggregates(how)), _note(asked))


def parted(asked: Question, by: str) -> list[tuple[str, str, Figure]]:
    """
    Return label, value and figure for each value of a dimension, the largest denominator first.

    Raises:
        Refusal: the figure cannot be parted by this.
    """
    how = asked.kpi.measure
    if by not in dimensions(asked.kpi, asked.user):
        raise Refusal("unknown_dimension", f'{asked.kpi.name} cannot be parted by "{by}".', "by")
    if how is None:
        return []
    path = DIMENSIONS[asked.kpi.record][by]
    column = f"{path}_id" if by in ("owner", "team", "pipeline") else path
    found = _money(asked, population(asked)).order_by()
    if isinstance(how, Composed) or (isinstance(how, Spread) and how.clock == "business"):
        values = list(found.values_list(column, flat=True).distinct()[:200])
        rows = [(value, measure(asked.only(by, "" if value is None else str(value)))) for value in values]
    else:
        grouped = found.values(column).annotate(**_aggregates(how))
        rows = [(row[column], _figure(asked.kpi, row)) for row in grouped]
    labels = _labels(by, [value for value, _ in rows])
    merged: dict[str, tuple[str, str, Figure]] = {}
    for value, figure in rows:
        word = "" if value is None else str(value)
        merged.setdefault(word, (labels.get(value, word) or "Not said", word, figure))
    return sorted(merged.values(), key=lambda row: (-row[2].denominator, row[0]))


def _labels(by: str, values: list[Any]) -> dict[Any, str]:
    keys = [value for value in values if value is not None]
    if by == "owner":
        return dict(User.objects.filter(pk__in=keys).values_list("pk", "name"))
    if by == "team":
        return dict(Team.objects.filter(pk__in=keys).values_list("pk", "name"))
    if by == "pipeline":
        from throughline.crm.deals.models import Pipeline

        return dict(Pipeline.objects.filter(key__in=keys).values_list("key", "name"))
    return {}


def trend(asked: Question, step: str) -> list[tuple[date, Figure]]:
    """
    Return the figure for each part of the period by its first day, unknown ones included.

    Raises:
        Refusal: there is no such step, or it gives more than 400 parts.
    """
    if step not in STEPS:
        raise Refusal("unknown_step", f"A trend goes by {', '.join(STEPS)}.", "step")
    windows = list(asked.window.parts(step))
    if len(windows) > 400:
        raise Refusal("too_many_parts", "That are too many points. Choose a longer step or a shorter period.", "step")
    how = asked.kpi.measure
    if how is None or not how.dated:
        return []
    if isinstance(how, Composed) or (isinstance(how, Spread) and how.clock == "business"):
        return [(each.days[0], measure(asked.during(each))) for each in windows]
    start = Trunc(how.dated, step, tzinfo=asked.window.zone)
    grouped = _money(asked, population(asked)).order_by().annotate(kpi_start=start).values("kpi_start")
    rows = {row["kpi_start"].astimezone(asked.window.zone).date(): row for row in grouped.annotate(**_aggregates(how))}
    figures = {_next_start(day, step): _figure(asked.kpi, row) for day, row in rows.items()}
    empty = Figure(Decimal(0) if isinstance(how, Mean) and how.how == "sum" else None)
    return [(each.days[0], figures.get(_next_start(each.days[0], step), empty)) for each in windows]


class Percentile(Aggregate):
    """The value below which a share of all lies, interpolated."""

    function = "percentile_cont"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"


def _aggregates(how: Share | Mean | Spread) -> dict[str, Any]:
    if isinstance(how, Share):
        counted = Case(When(how.counted, then=Value(1)))
        still = Case(When(how.still_open & ~_as_q(how.counted), then=Value(1))) if how.still_open is not None else None
        found: dict[str, Any] = {"kpi_whole": Count("pk"), "kpi_part": Count(counted)}
        return found | ({"kpi_open": Count(still)} if still is not None else {})
    if isinstance(how, Mean):
        return {"kpi_whole": Count(how.value), "kpi_total": Sum(how.value), "kpi_mean": Avg(how.value)}
    span = ExpressionWrapper(F(how.end) - F(how.begin), output_field=DurationField())
    return {
        "kpi_whole": Count(how.end),
        "kpi_open": Count("pk") - Count(how.end),
        "kpi_median": Percentile(span, share=0.5, output_field=DurationField()),
        "kpi_p90": Percentile(span, share=0.9, output_field=DurationField()),
    }


def _as_q(condition: Any) -> Q:
    return condition if isinstance(condition, Q) else Q(condition)


def _figure(kpi: Kpi, row: Mapping[str, Any], note: str = "") -> Figure:
    how = kpi.measure
    whole = row["kpi_whole"]
    if isinstance(how, Share):
        part = row["kpi_part"]
        if not whole:
            return Figure(None, 0, 0, note=note)
        return Figure(part / whole, part, whole, row.get("kpi_open", 0), wilson(part, whole), note=note)
    if isinstance(how, Spread):
        return Figure(
            _seconds(row["kpi_median"]), None, whole, row["kpi_open"], p90=_seconds(row["kpi_p90"]), note=note
        )
    assert isinstance(how, Mean)
    total, mean = row["kpi_total"], row["kpi_mean"]
    if how.how == "sum":
        return Figure(total or Decimal(0), total, whole, note=note)
    if kpi.unit is Unit.SPAN:
        total, mean = _seconds(total), _seconds(mean)
    return Figure(mean, total, whole, note=note)


def _seconds(value: timedelta | None) -> float | None:
    return None if value is None else value.total_seconds()


def _business(found: QuerySet[Any], how: Spread) -> Figure:
    calendar = flow_calendars().get("default")
    whole = found.count()
    rows = found.filter(**{f"{how.end}__isnull": False}).order_by(f"-{how.dated}").values_list(how.begin, how.end)
    spans = [] if calendar is None else [calendar.working_between(*row).total_seconds() for row in rows[:MOST_ROWS]]
    if calendar is None:
        return Figure(None, None, 0, whole, note="There is no business calendar “default”.")
    if not spans:
        return Figure(None, None, 0, whole)
    median, p90 = (float(each) for each in np.quantile(spans, [0.5, 0.9]))
    note = f"Of the newest {MOST_ROWS:,} leads." if len(spans) == MOST_ROWS else ""
    answered = found.filter(**{f"{how.end}__isnull": False}).count()
    return Figure(median, None, answered, whole - answered, p90=p90, note=note)


# -- Money -------------------------------------------------------------------------------------------------------------

MONEY = (Unit.MONEY, Unit.MONEY_PER_DAY)


def currency_of(asked: Question) -> str:
    """Return the currency that the deals the asker sees are mostly in."""
    counted = everybody(Question(asked.kpi, asked.user, asked.window)).order_by()
    most = counted.values("currency").annotate(n=Count("pk")).order_by("-n", "currency").first()
    return str(most["currency"]) if most else "EUR"


def _money(asked: Question, found: QuerySet[Any]) -> QuerySet[Any]:
    return found.filter(currency=currency_of(asked)) if asked.kpi.unit in MONEY else found


def in_one_currency(asked: Question, found: QuerySet[Any]) -> QuerySet[Any]:
    """Return the deals that are in the one currency of the figure."""
    return _money(asked, found)


def _note(asked: Question) -> str:
    if asked.kpi.unit not in MONEY:
        return ""
    others = population(asked).exclude(currency=currency_of(asked)).count()
    return f"{others:,} in other currencies are not in it." if others else ""


def money_note(asked: Question) -> str:
    """Return what is to be said of deals in other currencies."""
    return _note(asked)


# -- Drill-down --------------------------------------------------------------------------------------------------------

PARTS = ("all", "counted", "not", "open")


@dataclass(frozen=True, slots=True)
class Behind:
    """A record behind a figure: whether it is in the numerator, and its own value where the figure is a mean."""

    id: int
    title: str
    dated: datetime | None
    counted: bool | None
    value: Any


def behind(asked: Question, *, part: str = "all", limit: int = 100, after: int = 0) -> tuple[list[Behind], int]:
    """
    Return records of the denominator (``counted``, ``not`` counted, still ``open``) and how many there are in all.

    Raises:
        Refusal: there is no such part.
    """
    if part not in PARTS:
        raise Refusal("unknown_part", "Choose all, counted, not counted or still open.", "part")
    how = asked.kpi.measure
    if how is None:
        return [], 0
    found = records_of(asked, part)
    value = how.value if isinstance(how, Mean) else _span_of(how) if isinstance(how, Spread) else None
    counted: Any = Value(None, output_field=BooleanField(null=True))
    if isinstance(how, Share):
        counted = Case(When(how.counted, then=Value(True)), default=Value(False), output_field=BooleanField())
    shown = found.annotate(kpi_counted=counted, **({"kpi_value": value} if value is not None else {}))
    order = f"-{how.dated}" if how.dated else "-pk"
    page = shown.select_related(*asked.spec.select_related).order_by(order, "-pk")[after : after + limit]
    rows = [
        Behind(
            each.pk,
            asked.spec.title(each),
            _instant(getattr(each, how.dated), asked.window.zone) if how.dated else None,
            each.kpi_counted,
            getattr(each, "kpi_value", None),
        )
        for each in page
    ]
    return rows, found.count()


def _instant(dated: datetime | date | None, zone: ZoneInfo) -> datetime | None:
    if dated is None or isinstance(dated, datetime):
        return dated
    return datetime.combine(dated, time(), zone)


def records_of(asked: Question, part: str = "all") -> QuerySet[Any]:
    """Return the records of a part of the denominator."""
    how, found = asked.kpi.measure, _money(asked, population(asked))
    if part == "all":
        return found
    if isinstance(how, Share):
        yes = _as_q(how.counted)
        ways = {"counted": yes, "not": ~yes, "open": ~yes & (how.still_open or Q(pk__in=[]))}
        return found.filter(ways[part])
    if isinstance(how, Spread):
        answered = Q(**{f"{how.end}__isnull": False})
        return found.filter({"counted": answered, "not": ~answered, "open": ~answered}[part])
    return found if part == "counted" else found.none()


def _span_of(how: Spread) -> ExpressionWrapper[Combinable]:
    return ExpressionWrapper(F(how.end) - F(how.begin), output_field=DurationField())
