"""Building dashboards: making and copying, adding, moving, resizing and removing tiles, sharing, deleting."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core.refusals import NotFound, Refusal
from throughline.insight.dashboards import operations
from throughline.insight.dashboards.models import Dashboard
from throughline.insight.dashboards.shipped import SHIPPED
from throughline.insight.dashboards.tiles import Kind, Tile, added, moved, read, resized, stepped
from throughline.insight.kpis.measuring import STEPS
from throughline.web.answers import Asked, body_of, done, signed_in, signed_in_json
from throughline.web.insight.asked import DEFAULT


@require_POST
@signed_in
def make(request: Asked) -> HttpResponse:
    """Make a dashboard: empty, or as a copy of a shipped or another one."""
    given = request.POST
    tiles, period = _copied(request, given.get("shipped", ""), given.get("dashboard", ""))
    made = operations.make_dashboard(
        name=given.get("name", ""), period=given.get("period") or period, tiles=tiles, by=request.by, at=request.at
    )
    return redirect(f"{reverse('web:dashboard', args=[made.pk])}?edit=1")


def _copied(request: Asked, shipped: str, dashboard: str) -> tuple[Sequence[Tile], str]:
    if shipped in SHIPPED:
        return SHIPPED[shipped].tiles, SHIPPED[shipped].period
    if dashboard.isdecimal():
        found = operations.find_dashboard(dashboard_id=int(dashboard), user=request.user)
        return read(found.tiles), found.period
    return (), DEFAULT


@require_POST
@signed_in
def add(request: Asked, dashboard_id: int) -> HttpResponse:
    """Put a new tile at the end."""
    given = request.POST
    kind = given.get("kind", "")
    if kind not in set(Kind):
        raise Refusal("no_kind", _("Choose what the tile shows."), "kind")
    step = given.get("step", "")
    tile = Tile(
        id=0,
        kind=Kind(kind),
        kpi=given.get("kpi", "") if kind not in (Kind.FUNNEL, Kind.HEAT) else "",
        by=given.get("by", "") if kind == Kind.BARS else "",
        step=step if step in STEPS else "",
        procedure=given.get("procedure", "") if kind == Kind.HEAT else "",
    )
    _arrange(request, dashboard_id, lambda tiles: added(tiles, tile))
    return done(request, _editing(dashboard_id), _("The tile is on the dashboard."))


Deed = Callable[[Sequence[Tile], Tile], list[Tile]]


def _sized(**steps: int) -> Deed:
    def deed(tiles: Sequence[Tile], tile: Tile) -> list[Tile]:
        wide, high = stepped(tile, **steps)
        return resized(tiles, tile.id, wide=wide, high=high)

    return deed


DEEDS: Mapping[str, Deed] = {
    "earlier": lambda tiles, tile: moved(tiles, tile.id, list(tiles).index(tile) - 1),
    "later": lambda tiles, tile: moved(tiles, tile.id, list(tiles).index(tile) + 1),
    "wider": _sized(wide=1),
    "narrower": _sized(wide=-1),
    "higher": _sized(high=1),
    "lower": _sized(high=-1),
    "remove": lambda tiles, tile: [each for each in tiles if each.id != tile.id],
}
"""What can be done with a tile by a button."""


@require_POST
@signed_in
def change(request: Asked, dashboard_id: int, tile_id: int) -> HttpResponse:
    """Move, resize or remove a tile by a button."""
    deed = DEEDS.get(request.POST.get("deed", ""))
    if deed is None:
        raise Refusal("no_deed", _("Choose what is to be done with the tile."))
    _arrange(request, dashboard_id, lambda tiles: deed(tiles, _tile(tiles, tile_id)))
    return redirect(f"{_editing(dashboard_id)}#tile-{tile_id}-tools")


def _tile(tiles: Sequence[Tile], tile_id: int) -> Tile:
    found = next((tile for tile in tiles if tile.id == tile_id), None)
    if found is None:
        raise NotFound(_("This tile is gone."))
    return found


@require_POST
@signed_in_json
def arrange_tiles(request: Asked, dashboard_id: int) -> HttpResponse:
    """Take what was dragged: ``{"version", "tile", "place"}`` or ``{"version", "tile", "wide", "high"}``."""
    given = body_of(request)

    def arranged(tiles: Sequence[Tile]) -> list[Tile]:
        tile = _tile(tiles, _whole(given, "tile"))
        if "place" in given:
            return moved(tiles, tile.id, _whole(given, "place"))
        return resized(tiles, tile.id, wide=_whole(given, "wide"), high=_whole(given, "high"))

    found = _arrange(request, dashboard_id, arranged, _whole(given, "version"))
    tiles = [{"id": tile.id, "wide": tile.wide, "high": tile.high} for tile in read(found.tiles)]
    return JsonResponse({"version": found.version, "tiles": tiles})


def _whole(given: Mapping[str, Any], name: str) -> int:
    value = given.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Refusal("no_number", f"Expected “{name}” to be a whole number.", name)
    return value


def _arrange(
    request: Asked, dashboard_id: int, how: Callable[[Sequence[Tile]], list[Tile]], version: int | None = None
) -> Dashboard:
    found = operations.find_dashboard(dashboard_id=dashboard_id, user=request.user)
    known = found.version if version is None else version
    return operations.arrange(
        dashboard_id=dashboard_id, version=known, tiles=how(read(found.tiles)), by=request.by, at=request.at
    )


@require_POST
@signed_in
def share(request: Asked, dashboard_id: int) -> HttpResponse:
    """Share it with a team, with everybody, or with nobody."""
    given = request.POST.get("with", "")
    operations.share_dashboard(
        dashboard_id=dashboard_id,
        team_id=int(given) if given.isdecimal() else None,
        everybody=given == "everybody",
        by=request.by,
        at=request.at,
    )
    said = _("Who may see it is kept. Everybody sees the tiles with their own rights.")
    return done(request, reverse("web:dashboard", args=[dashboard_id]), said)


@require_POST
@signed_in
def delete(request: Asked, dashboard_id: int) -> HttpResponse:
    """Delete it."""
    operations.delete_dashboard(dashboard_id=dashboard_id, by=request.by, at=request.at)
    return done(request, reverse("web:dashboards"), _("The dashboard is gone."))


def _editing(dashboard_id: int) -> str:
    return f"{reverse('web:dashboard', args=[dashboard_id])}?edit=1"
