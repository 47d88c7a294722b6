"""Making, arranging, sharing and deleting dashboards; reading those somebody may see."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.recordref import RecordRef
from throughline.core.refusals import Conflict, NotAllowed, NotFound, Refusal
from throughline.insight.dashboards.events import DashboardDeleted, DashboardSaved
from throughline.insight.dashboards.models import Dashboard
from throughline.insight.dashboards.tiles import MOST, Kind, Tile, stored
from throughline.insight.kpis.definitions import BY_KEY, SEE_REPORTS
from throughline.insight.kpis.measuring import Window, dimensions


def dashboards_of(user: User) -> list[Dashboard]:
    """Return a person's own dashboards and those shared with the person, by name."""
    seen = Q(owner=user) | Q(shared=True) | Q(team__in=access.grants(user).team_ids)
    return list(Dashboard.objects.filter(seen).select_related("owner", "team"))


def find_dashboard(*, dashboard_id: int, user: User) -> Dashboard:
    """
    Return a dashboard that somebody may see.

    Raises:
        NotFound: it is gone, or not shared with the person.
    """
    found = next((each for each in dashboards_of(user) if each.pk == dashboard_id), None)
    if found is None:
        raise NotFound("There is no such dashboard for you. Perhaps it is not shared with you any more.")
    return found


@transaction.atomic
def make_dashboard(*, name: str, period: str, tiles: Sequence[Tile] = (), by: Actor, at: datetime) -> Dashboard:
    """
    Make a dashboard.

    Raises:
        NotAllowed: the person may not look at reports.
        Refusal: it has no name or one that the person has used, its period means no days, or a tile asks for nothing.
    """
    owner = _asker(by)
    if not name.strip():
        raise Refusal("nameless_dashboard", "Give the dashboard a name.", "name")
    if Dashboard.objects.filter(owner=owner, name=name.strip()).exists():
        raise Refusal("name_taken", "You have a dashboard of this name. Choose another.", "name")
    Window.named(period, user=owner, at=at)
    _check(tiles, owner)
    made = Dashboard.objects.create(name=name.strip(), owner=owner, period=period, tiles=stored(tiles), changed_at=at)
    _tell(made, by, at)
    return made


@transaction.atomic
def arrange(*, dashboard_id: int, version: int, tiles: Sequence[Tile], by: Actor, at: datetime) -> Dashboard:
    """
    Put other tiles, or the same in another order or size, onto a dashboard.

    Raises:
        NotFound: it is gone, or somebody else's.
        Conflict: it was changed since; nothing was written.
        Refusal: there are too many tiles, or one asks for nothing.
    """
    found = _own(dashboard_id, by)
    if found.version != version:
        raise Conflict("The dashboard was changed in the meantime. Look at it again.")
    _check(tiles, found.owner)
    found.tiles = stored(tiles)
    return _keep(found, by, at)


@transaction.atomic
def share_dashboard(
    *, dashboard_id: int, team_id: int | None = None, everybody: bool = False, by: Actor, at: datetime
) -> Dashboard:
    """
    Share a dashboard with a team of one's own, with everybody, or (neither) with nobody.

    Raises:
        NotFound: it is gone, or somebody else's.
        NotAllowed: the team is not the person's, or sharing with everybody needs the ability ``views.share``.
    """
    found = _own(dashboard_id, by)
    if everybody:
        otherwise = "Ask a manager to share a dashboard with everybody."
        access.require_ability(found.owner, "views.share", otherwise=otherwise)
    if team_id is not None and team_id not in access.grants(found.owner).team_ids:
        raise NotAllowed("A dashboard can be shared with your own teams only.")
    found.team_id, found.shared = team_id, everybody
    return _keep(found, by, at)


@transaction.atomic
def delete_dashboard(*, dashboard_id: int, by: Actor, at: datetime) -> None:
    """
    Delete a dashboard.

    Raises:
        NotFound: it is gone, or somebody else's.
    """
    found = _own(dashboard_id, by)
    deleted = DashboardDeleted(dashboard=found.pk, name=found.name)
    journal.record(deleted, by=by, at=at, about=RecordRef("dashboard", found.pk))
    found.delete()


def _asker(by: Actor) -> User:
    user = access.user_of(by)
    if user is None or not access.allows(user, SEE_REPORTS):
        raise NotAllowed("Your role does not see reports. Ask an administrator for it.")
    return user


def _own(dashboard_id: int, by: Actor) -> Dashboard:
    owner = _asker(by)
    found = Dashboard.objects.select_for_update().filter(pk=dashboard_id, owner=owner).first()
    if found is None:
        raise NotFound("The dashboard is gone, or somebody else's. Copy it to change it.")
    return found


def _keep(found: Dashboard, by: Actor, at: datetime) -> Dashboard:
    found.version, found.changed_at = found.version + 1, at
    found.save()
    _tell(found, by, at)
    return found


def _tell(found: Dashboard, by: Actor, at: datetime) -> None:
    saved = DashboardSaved(
        dashboard=found.pk, name=found.name, tiles=len(found.tiles), team=found.team_id, shared=found.shared
    )
    journal.record(saved, by=by, at=at, about=RecordRef("dashboard", found.pk))


def _check(tiles: Sequence[Tile], owner: User) -> None:
    if len(tiles) > MOST:
        raise Refusal("too_many_tiles", f"A dashboard holds {MOST} tiles. Make another one.", "tiles")
    for tile in tiles:
        kpi = BY_KEY.get(tile.kpi)
        if tile.kind in (Kind.NUMBER, Kind.TREND, Kind.BARS, Kind.TABLE) and kpi is None:
            raise Refusal("no_figure", "Choose which figure the tile shows.", "kpi")
        if tile.kind is Kind.BARS and kpi is not None and tile.by not in dimensions(kpi, owner):
            raise Refusal("no_dimension", f"{kpi.name} cannot be parted by “{tile.by}”.", "by")
        if tile.kind is Kind.HEAT and not tile.procedure:
            raise Refusal("no_procedure", "Choose whose drawing the tile shows.", "procedure")
