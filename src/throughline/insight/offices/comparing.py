"""Reading the cases of a procedure by the team of their record, and comparing each team with all the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import OuterRef, Q, QuerySet, Subquery

from throughline.core import access
from throughline.core.identity.models import Team, User
from throughline.core.procedures.models import Case, Procedure
from throughline.core.procedures.queries.visible import seen_by
from throughline.core.records import registry
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.insight.effect.measuring import FIGURES, Figure, Mean, between, columns_of, pooled, success_of
from throughline.insight.kpis.statistics import Interval
from throughline.insight.split_tests.measures import MEASURES

LEAST = 30
"""With fewer cases in a team, or beside it, nothing is said of a difference."""
RISK = 0.05
"""The risk that any of all intervals misses the true difference."""
HISTORY = timedelta(days=365)
MONTH = timedelta(days=30)
MONTHS = 6
"""So many months from a team's first case are shown of its ramp-up."""
WANTED = ("time", "late", "departures", "incidents")
"""The figures beside success: cycle time, lateness, conformance, faults."""


@dataclass(frozen=True, slots=True)
class Versus:
    """
    A figure of a team against all the others. ``interval``: where *team minus others* lies, all intervals of an answer
    together with 95 % confidence; None when either has too few cases. ``is_good``: whether it is more than chance and
    to the better; None while it may be chance.
    """

    figure: str
    inside: Mean
    others: Mean
    interval: Interval | None
    is_good: bool | None


@dataclass(frozen=True, slots=True)
class Month:
    """A month of a team's ramp-up: how many cases began in it, and the share of them that succeeded (None: unknown)."""

    cases: int
    success: float | None


@dataclass(frozen=True, slots=True)
class Office:
    """
    A team with what it did by the procedure: ``cases``, how many ``running`` now, by which ``variants`` (name and
    number of cases; the base has an empty name), its figures, and its first months. ``name`` is empty for records
    without a team; ``began_at``: its first case.
    """

    key: str
    name: str
    cases: int
    running: int
    began_at: datetime
    variants: tuple[tuple[str, int], ...]
    figures: tuple[Versus, ...]
    ramp_up: tuple[Month, ...]

    def figure(self, key: str) -> Versus | None:
        """Return a figure by its key."""
        return next((each for each in self.figures if each.figure == key), None)


@dataclass(frozen=True, slots=True)
class Offices:
    """All teams, the one with most cases first; ``sees_all``: whether of all cases there are."""

    offices: tuple[Office, ...]
    comparisons: int
    sees_all: bool


def compare_offices(*, procedure: str, user: User, at: datetime, days: int = 30) -> Offices:
    """
    Put the teams side by side whose records went by a procedure or one of its variants: cases that began in the last
    year and at least ``days`` ago, and what became of them within those days, as far as ``user`` sees them. Four
    queries.

    Raises:
        NotFound: there is no such procedure.
        NotAllowed: the asker may not read to which team records belong.
        Refusal: it travels with no record, or the days make no sense.
    """
    found = Procedure.objects.filter(key=procedure).first()
    if found is None:
        raise NotFound("There is no such procedure any more.")
    if not 1 <= days <= HISTORY.days:
        raise Refusal("no_days", f"Give 1 to {HISTORY.days} days.", "days")
    spec = registry.find(found.record_type)
    if spec is None:
        raise Refusal("no_record", "This procedure travels with no record, so its cases belong to no team.")
    if not access.field_rights(user, spec).reads("team"):
        raise NotAllowed("Your roles do not let you see to which team records belong. Ask an administrator.")
    success = success_of(found, ())
    wanted: dict[str, Figure] = {key: FIGURES[key] for key in WANTED}
    if success:
        wanted = {"success": ("share", "up", MEASURES[success].sql), **wanted}
    seen = seen_by(user, [found.record_type])
    teams = spec.model._default_manager.filter(pk=OuterRef("record_id")).values("team_id")[:1]
    every = Case.objects.filter(
        seen, Q(version__procedure=found) | Q(version__procedure__variant__base=found), sandbox=False, parent=None,
        record_id__isnull=False,
    ).annotate(part=Subquery(teams))  # fmt: skip
    old = every.filter(started_at__lte=at - timedelta(days=days), started_at__gt=at - HISTORY)
    groups = _read(old, wanted, days)
    began, running = _began(every)
    months = _ramp_up(every, wanted, days, at) if success else {}
    return _side_by_side(_Told(wanted, groups, began, running, months), sees_all=seen == Q())


# --- reading ----------------------------------------------------------------------------------------------------------
Groups = Mapping[int | None, Mapping[str, Mapping[str, Mean]]]
"""By team and name of the variant (empty: the base) the figures."""


def _read(cases: QuerySet[Any], wanted: Mapping[str, Figure], days: int) -> Groups:
    inner, params = cases.values("pk", "part", "version__procedure__variant__name").query.sql_with_params()
    aggregates = ", ".join(f"avg({key}), var_samp({key})" for key in wanted)
    statement = (
        f"SELECT part, variant, count(*), {aggregates} FROM (SELECT part, variant, {columns_of(wanted)} FROM ("
        "SELECT c.*, c.started_at + %s AS until, p.part, coalesce(p.variant, '') AS variant"
        f" FROM procedures_case c JOIN ({inner}) AS p (id, part, variant) ON p.id = c.id) c) read"
        " GROUP BY part, variant"
    )
    groups: dict[int | None, dict[str, dict[str, Mean]]] = {}
    for team, variant, count, *numbers in _rows(statement, [timedelta(days=days), *params]):
        groups.setdefault(team, {})[variant] = {
            key: Mean(count, float(numbers[2 * place] or 0.0), numbers[2 * place + 1])
            for place, key in enumerate(wanted)
        }
    return groups


def _began(cases: QuerySet[Any]) -> tuple[dict[int | None, datetime], dict[int | None, int]]:
    """Return of each team when its first case began, and how many run."""
    inner, params = cases.values("status", "started_at", "part").query.sql_with_params()
    statement = (
        "SELECT part, min(started_at), count(*) FILTER (WHERE status IN ('starting', 'running'))"
        f" FROM ({inner}) AS p (status, started_at, part) GROUP BY part"
    )
    rows = _rows(statement, list(params))
    return {team: first for team, first, _ in rows}, {team: running for team, _, running in rows}


def _ramp_up(
    cases: QuerySet[Any], wanted: Mapping[str, Figure], days: int, at: datetime
) -> dict[int | None, dict[int, Month]]:
    """
    Return the first months of each team by their number from 0. Of cases that began less than ``days`` ago nobody knows
    yet what became of them.
    """
    inner, params = cases.values("pk", "part").query.sql_with_params()
    success = columns_of({"success": wanted["success"]})
    statement = (
        "SELECT part, month, count(*), avg(success) FILTER (WHERE until <= %s) FROM ("
        "SELECT part, until, least(floor(extract(epoch FROM started_at - first) / %s)::integer, %s) AS month,"
        f" {success}"
        " FROM (SELECT c.*, c.started_at + %s AS until, p.part, min(c.started_at) OVER (PARTITION BY p.part) AS first"
        f" FROM procedures_case c JOIN ({inner}) AS p (id, part) ON p.id = c.id) c) read"
        " WHERE month < %s GROUP BY part, month"
    )
    given: list[Any] = [at, MONTH.total_seconds(), MONTHS, timedelta(days=days), *params, MONTHS]
    found: dict[int | None, dict[int, Month]] = {}
    for team, month, count, share in _rows(statement, given):
        found.setdefault(team, {})[month] = Month(count, None if share is None else float(share))
    return found


def _rows(statement: str, given: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


# --- comparing --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Told:
    """All that was read."""

    wanted: Mapping[str, Figure]
    groups: Groups
    began: Mapping[int | None, datetime]
    running: Mapping[int | None, int]
    months: Mapping[int | None, Mapping[int, Month]]

    def whole(self, team: int | None) -> dict[str, Mean]:
        """The figures of a team over all variants."""
        parts = self.groups.get(team, {}).values()
        return {key: pooled(*(each[key] for each in parts)) for key in self.wanted}


def _side_by_side(told: _Told, *, sees_all: bool) -> Offices:
    whole = {team: told.whole(team) for team in told.began}
    counts = {team: next(iter(means.values())).count for team, means in whole.items()}
    comparable = [team for team in whole if min(counts[team], sum(counts.values()) - counts[team]) >= LEAST]
    comparisons = len(comparable) * len(told.wanted)
    level = 1 - RISK / max(comparisons, 1)
    names = {row.pk: row for row in Team.objects.filter(pk__in=[team for team in whole if team is not None])}
    offices = []
    for team in sorted(whole, key=lambda each: (-counts[each], str(names.get(each or 0, "")))):
        beside = [whole[other] for other in whole if other != team]
        figures = tuple(
            _versus(key, figure, whole[team][key], pooled(*(each[key] for each in beside)), level, team in comparable)
            for key, figure in told.wanted.items()
        )
        named = names.get(team or 0)
        months = told.months.get(team, {})
        offices.append(
            Office(
                key=named.key if named else "",
                name=named.name if named else "",
                cases=counts[team],
                running=told.running[team],
                began_at=told.began[team],
                variants=_variants(told.groups.get(team, {})),
                figures=figures,
                ramp_up=tuple(months.get(place, Month(0, None)) for place in range(max(months, default=-1) + 1)),
            )
        )
    return Offices(tuple(offices), comparisons, sees_all)


def _variants(groups: Mapping[str, Mapping[str, Mean]]) -> tuple[tuple[str, int], ...]:
    counted = [(name, next(iter(means.values())).count) for name, means in groups.items()]
    return tuple(sorted(counted, key=lambda each: (-each[1], each[0])))


def _versus(  # noqa: PLR0917  a comparison as it is made
    key: str, figure: Figure, inside: Mean, others: Mean, level: float, is_said: bool
) -> Versus:
    unit, better, _sql = figure
    interval = between(unit, others, inside, level) if is_said else None
    is_good = None
    if interval is not None and not interval.holds(0.0):
        is_good = (interval.low > 0) == (better == "up")
    return Versus(key, inside, others, interval, is_good)
