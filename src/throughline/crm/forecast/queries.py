"""Reads of the forecast, as far as somebody sees the deals behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q

from throughline.core import access
from throughline.core.company.queries import base_currency
from throughline.core.identity.models import Team, User
from throughline.core.records import registry
from throughline.core.refusals import NotAllowed
from throughline.crm.forecast.measuring import Measured, measure
from throughline.crm.forecast.models import Snapshot, Target
from throughline.crm.forecast.rules import ZERO, Period, Told, accuracy, pace, tell

FIELDS = ("amount", "expected_revenue", "forecast_category", "expected_close_on")
"""Fields of deals that a forecast gives away: who may not read one of them sees none of it."""


def may_see(user: User) -> bool:
    """Return whether somebody may see forecasts at all."""
    rights = access.field_rights(user, registry.get("deal"))
    return access.allows(user, access.SEE_FORECAST) and all(rights.reads(name) for name in FIELDS)


def _require(user: User) -> None:
    if not may_see(user):
        raise NotAllowed("Your roles do not let you see forecasts. Ask an administrator.")


@dataclass(frozen=True, slots=True)
class Line:
    """A person, team or category of a forecast. ``target`` and ``pace`` are None without a target."""

    key: int | None
    name: str
    told: Told
    target: Decimal | None = None
    pace: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Forecast:
    """
    What is foretold of a period as of a day.

    ``live``: it is of this moment and not of a snapshot. ``unrated``: deals by currency for which there is no rate.
    ``undated``: open deals without a day on which they are expected to close.
    """

    period: Period
    day: date
    live: bool
    currency: str
    whole: Line
    people: list[Line]
    teams: list[Line]
    months: list[tuple[date, Told]]
    unrated: dict[str, int]
    undated: int


def forecast(*, user: User, period: Period, at: datetime, day: date | None = None, pipeline: str = "") -> Forecast:
    """
    Return the forecast of a period as it stands, or as it stood at the end of a past day (its snapshot, the last one
    before it if there was none).

    Raises:
        NotAllowed: no forecast is for this person to see.
    """
    _require(user)
    snapshot = Snapshot.objects.filter(day__lte=day).first() if day is not None and day < at.date() else None
    cells = _kept(snapshot) if snapshot else measure(at)
    mine = [each for each in cells if _reaches(user, each) and pipeline in ("", each.pipeline)]
    base = snapshot.currency if snapshot else base_currency()
    rated = [each for each in mine if each.currency == base]
    inside = [each for each in rated if period.holds(each.month)]
    today = snapshot.day if snapshot else at.date()
    targets = _targets(user, period)
    people = _people(inside, targets, period, today)
    total = sum(targets.values(), ZERO) if targets else None
    return Forecast(
        period=period,
        day=today,
        live=snapshot is None,
        currency=base,
        whole=Line(None, "", _tell(inside), total, None if total is None else pace(total, period, today)),
        people=people,
        teams=_teams(inside),
        months=_months(inside, period),
        unrated=_unrated(each for each in mine if each.currency != base),
        undated=sum(each.deals for each in rated if each.month is None),
    )


def _kept(snapshot: Snapshot) -> list[Measured]:
    columns = ("owner_id", "team_id", "pipeline", "category", "month", "currency", "deals", "amount", "weighted")
    return [Measured(*row) for row in snapshot.cells.order_by("pk").values_list(*columns)]


def _reaches(user: User, cell: Measured) -> bool:
    """Return whether somebody sees the deals of a cell by their owner or team. Single shared deals do not count."""
    held = access.grants(user)
    scope = held.scope("deal", access.VIEW)
    if scope is access.Scope.ALL:
        return True
    if scope.reach >= access.Scope.OWN.reach and cell.owner_id == held.user_id:
        return True
    return scope is access.Scope.TEAM and cell.team_id in held.team_ids


def _tell(cells: Iterable[Measured]) -> Told:
    return tell((each.category, each.amount, each.weighted) for each in cells)


def _targets(user: User, period: Period) -> dict[int, Decimal]:
    """Return the targets of a period by person, of those whose deals somebody sees."""
    held = access.grants(user)
    rows = Target.objects.filter(month__gte=period.first, month__lte=period.last)
    if held.scope("deal", access.VIEW) is access.Scope.OWN:
        rows = rows.filter(person=user)
    elif held.scope("deal", access.VIEW) is not access.Scope.ALL:
        rows = rows.filter(Q(person=user) | Q(person__in=User.objects.filter(teams__in=held.team_ids)))
    found: dict[int, Decimal] = {}
    for person, amount in rows.values_list("person_id", "amount"):
        found[person] = found.get(person, ZERO) + amount
    return found


def _grouped(cells: Sequence[Measured], key: Callable[[Measured], int | None]) -> dict[int | None, list[Measured]]:
    found: dict[int | None, list[Measured]] = {}
    for each in cells:
        found.setdefault(key(each), []).append(each)
    return found


def _people(cells: Sequence[Measured], targets: dict[int, Decimal], period: Period, today: date) -> list[Line]:
    groups = _grouped(cells, lambda each: each.owner_id)
    keys = [key for key in {*groups, *targets} if key is not None]
    names = dict(User.objects.filter(pk__in=keys).values_list("pk", "name"))
    lines = []
    for key in {*groups, *targets}:
        target = targets.get(key) if key is not None else None
        due = None if target is None else pace(target, period, today)
        lines.append(Line(key, names.get(key or 0, ""), _tell(groups.get(key, [])), target, due))
    return sorted(lines, key=lambda line: (-line.told.weighted, line.name))


def _teams(cells: Sequence[Measured]) -> list[Line]:
    groups = _grouped(cells, lambda each: each.team_id)
    names = dict(Team.objects.filter(pk__in=[key for key in groups if key]).values_list("pk", "name"))
    lines = [Line(key, names.get(key or 0, ""), _tell(group)) for key, group in groups.items()]
    return sorted(lines, key=lambda line: (-line.told.weighted, line.name))


def _months(cells: Sequence[Measured], period: Period) -> list[tuple[date, Told]]:
    found = []
    month = Period(period.first, 1)
    for _ in range(period.months):
        inside = [each for each in cells if month.holds(each.month)]
        found.append((month.first, _tell(inside)))
        month = month.next
    return found


def _unrated(cells: Iterable[Measured]) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in cells:
        found[each.currency] = found.get(each.currency, 0) + each.deals
    return found


@dataclass(frozen=True, slots=True)
class Held:
    """A period that is over: what was foretold at its begin, what closed, and how near it came in percent."""

    period: Period
    day: date
    weighted: Decimal
    committed: Decimal
    became: Decimal
    weighted_accuracy: int | None
    committed_accuracy: int | None


def held_against(*, user: User, months: int, at: datetime, back: int = 6) -> list[Held]:
    """
    Return the last periods that are over, the newest first, each with the first forecast that was kept of it.

    Raises:
        NotAllowed: no forecast is for this person to see.
    """
    _require(user)
    found = []
    period = Period.around(at.date(), months).previous
    for _ in range(back):
        first = Snapshot.objects.filter(day__gte=period.first, day__lte=period.last).order_by("day").first()
        if first is not None:
            then = forecast(user=user, period=period, at=at, day=first.day).whole.told
            became = forecast(user=user, period=period, at=at).whole.told.closed
            near = accuracy(then.weighted, became), accuracy(then.committed, became)
            found.append(Held(period, first.day, then.weighted, then.committed, became, *near))
        period = period.previous
    return found


def kept_days(limit: int = 60) -> list[date]:
    """Return the latest days of which a snapshot was kept, the newest first."""
    return list(Snapshot.objects.values_list("day", flat=True)[:limit])
