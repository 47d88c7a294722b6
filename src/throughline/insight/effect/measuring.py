"""The figures of two sides (two versions, or two periods), read from the cases that somebody may see."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from django.db import connection
from django.db.models import Q, QuerySet
from scipy.special import stdtrit

from throughline.core.identity.models import User
from throughline.core.procedures.models import Case, Procedure
from throughline.core.procedures.queries.visible import seen_by
from throughline.core.refusals import NotFound, Refusal
from throughline.insight.kpis.statistics import Interval, newcombe
from throughline.insight.split_tests.measures import MEASURES

Unit = Literal["share", "seconds", "count"]
LEVEL = 0.95
MOST_DAYS = 365


@dataclass(frozen=True, slots=True)
class Side:
    """
    The cases of one side: of a version by number, or those that began in a half-open period. ``procedure``: the key of
    another procedure than the one asked for, such as a variant of it.
    """

    procedure: str = ""
    version: int | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of a figure over ``count`` cases; ``variance`` of one case (None with fewer than two)."""

    count: int
    mean: float
    variance: float | None


@dataclass(frozen=True, slots=True)
class Compared:
    """
    One figure on both sides. ``difference`` is *after minus before*, ``interval`` where it lies with 95 % confidence
    (Newcombe's for shares, Welch's for means); None when a side has too few cases. ``is_good``: whether the difference
    is more than chance and to the better; None while it may be chance.
    """

    key: str
    unit: Unit
    better: Literal["up", "down"]
    before: Mean
    after: Mean
    difference: float | None
    interval: Interval | None

    @property
    def is_good(self) -> bool | None:
        """Whether it became better, more than chance does; None while nobody can say."""
        if self.interval is None or self.interval.holds(0.0):
            return None
        return (self.interval.low > 0) == (self.better == "up")


@dataclass(frozen=True, slots=True)
class Effect:
    """All figures; ``per_month``: cases of the second side per 30 days; ``sees_all``: whether of all there are."""

    figures: tuple[Compared, ...]
    before_cases: int
    after_cases: int
    per_month: float
    days: int
    sees_all: bool

    def figure(self, key: str) -> Compared | None:
        """Return a figure by its key."""
        return next((each for each in self.figures if each.key == key), None)


_DEPARTED = """EXISTS (SELECT FROM procedures_case_event e WHERE e.case_id = c.id AND e.at <= c.until
    AND e.kind IN ('skipped', 'moved'))"""
_STEPS = """(SELECT count(*) FROM procedures_workitem w WHERE w.case_id = c.id AND w.status = 'done'
    AND w.closed_at <= c.until)"""

Figure = tuple[Unit, Literal["up", "down"], str]
FIGURES: dict[str, Figure] = {
    "time": ("seconds", "down", "extract(epoch FROM least(coalesce(c.ended_at, c.until), c.until) - c.started_at)"),
    "incidents": ("share", "down", MEASURES["incidents"].sql),
    "late": ("share", "down", MEASURES["late"].sql),
    "departures": ("share", "down", _DEPARTED),
    "steps": ("count", "down", _STEPS),
}
"""Of every procedure; what counts as success comes first and depends on its records (``success_of``)."""


def success_of(procedure: Procedure, good: Sequence[str]) -> str:
    """
    Return which measure is success: chosen ends, else leads that became a deal and deals won; "" when nobody knows.
    """
    if good:
        return "ends"
    found = next((each.key for each in MEASURES.values() if each.record_type == procedure.record_type != ""), "")
    return found if procedure.record_type else ""


def compare(
    *, procedure: str, user: User, before: Side, after: Side, days: int, at: datetime, good: Sequence[str] = ()
) -> Effect:
    """
    Compare two sides of a procedure, as far as ``user`` sees its cases. Four queries.

    Raises:
        NotFound: there is no such procedure.
        Refusal: the days make no sense.
    """
    found = Procedure.objects.filter(key=procedure).first()
    if found is None:
        raise NotFound("There is no such procedure any more.")
    if not 1 <= days <= MOST_DAYS:
        raise Refusal("no_days", f"Give 1 to {MOST_DAYS} days.", "days")
    success = success_of(found, good)
    wanted = dict(FIGURES)
    if success:
        wanted = {"success": ("share", "up", MEASURES[success].sql), **wanted}
    seen = seen_by(user, [found.record_type])
    cases = Case.objects.filter(seen, sandbox=False, parent=None, started_at__lte=at - timedelta(days=days))
    reads = [_read(_of(cases, side, procedure), wanted, days, good) for side in (before, after)]
    figures = tuple(_compared(key, figure, reads[0][0][key], reads[1][0][key]) for key, figure in wanted.items())
    began, ends = reads[1][1], min(after.until or at, at - timedelta(days=days))
    spent = max((ends - began).total_seconds() / 86_400, 1.0) if began else 0.0
    count = figures[0].after.count
    per_month = 30 * count / spent if spent else 0.0
    return Effect(figures, figures[0].before.count, count, per_month, days, seen == Q())


def _of(cases: QuerySet[Case], side: Side, procedure: str) -> QuerySet[Case]:
    cases = cases.filter(version__procedure__key=side.procedure or procedure)
    if side.version is not None:
        cases = cases.filter(version__number=side.version)
    if side.since is not None:
        cases = cases.filter(started_at__gte=side.since)
    return cases if side.until is None else cases.filter(started_at__lt=side.until)


def _read(
    cases: QuerySet[Case], wanted: dict[str, Figure], days: int, good: Sequence[str]
) -> tuple[dict[str, Mean], datetime | None]:
    """Return the mean of each figure, and when the first case began."""
    inner, params = cases.values("pk").query.sql_with_params()
    values = columns_of(wanted)
    columns = ", ".join(f"avg({key}), var_samp({key})" for key in wanted)
    statement = (
        f"SELECT count(*), min(started_at), {columns} FROM (SELECT started_at, {values} FROM ("
        f"SELECT *, started_at + %s AS until FROM procedures_case WHERE id IN ({inner})) c) read"
    )
    goods = [list(good)] * values.count("%s")
    given: list[Any] = [*goods, timedelta(days=days), *params]
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        count, first, *numbers = cursor.fetchone()
    means = {
        key: Mean(count, float(numbers[2 * place] or 0.0), numbers[2 * place + 1]) for place, key in enumerate(wanted)
    }
    return means, first


def columns_of(wanted: Mapping[str, Figure]) -> str:
    """Return the figures of a case ``c`` as columns; each chosen set of good ends is a parameter of its own."""
    return ", ".join(
        f"(CASE WHEN {sql} THEN 1 ELSE 0 END)::float8 AS {key}" if unit == "share" else f"({sql})::float8 AS {key}"
        for key, (unit, _better, sql) in wanted.items()
    ).replace("%(good)s", "%s")


def _compared(key: str, figure: Figure, before: Mean, after: Mean) -> Compared:
    unit, better, _sql = figure
    if not before.count or not after.count:
        return Compared(key, unit, better, before, after, None, None)
    return Compared(key, unit, better, before, after, after.mean - before.mean, between(unit, before, after))


def between(unit: Unit, before: Mean, after: Mean, level: float = LEVEL) -> Interval | None:
    """Return where *after minus before* lies: Newcombe's interval for shares, Welch's for means."""
    if unit == "share":
        parts = [round(each.mean * each.count) for each in (before, after)]
        return newcombe(parts[0], before.count, parts[1], after.count, level)
    return between_means(before, after, level)


def between_means(before: Mean, after: Mean, level: float = LEVEL) -> Interval | None:
    """Return Welch's interval of the difference of two means, from their moments; None with fewer than two cases."""
    if before.variance is None or after.variance is None:
        return None
    one, two = before.variance / before.count, after.variance / after.count
    difference = after.mean - before.mean
    if one + two == 0:
        return Interval(difference, difference)
    freedom = (one + two) ** 2 / (one**2 / (before.count - 1) + two**2 / (after.count - 1))
    half = float(stdtrit(freedom, 0.5 + level / 2)) * math.sqrt(one + two)
    return Interval(difference - half, difference + half)


# --- moments ----------------------------------------------------------------------------------------------------------
def pooled(*parts: Mean) -> Mean:
    """Return the mean over the cases of all these groups together."""
    powers = [_powers(part) for part in parts]
    return _from(sum(p[0] for p in powers), math.fsum(p[1] for p in powers), math.fsum(p[2] for p in powers))


def _powers(mean: Mean) -> tuple[int, float, float]:
    spread = (mean.variance or 0.0) * (mean.count - 1)
    return mean.count, mean.count * mean.mean, spread + mean.count * mean.mean**2


def _from(count: int, total: float, squares: float) -> Mean:
    mean = total / count if count else 0.0
    variance = max(squares - count * mean**2, 0.0) / (count - 1) if count > 1 else None
    return Mean(count, mean, variance)
