"""What packs can bring of dashboards: tiles side by side, owned by who looks after the pack."""

from __future__ import annotations

from datetime import datetime

import msgspec

from throughline.core import access
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.library.parts import Brought, Listed, PartKind, Wish
from throughline.core.refusals import NotFound, Refusal
from throughline.insight.dashboards.models import Dashboard
from throughline.insight.dashboards.operations import arrange, delete_dashboard, make_dashboard
from throughline.insight.dashboards.tiles import Tile, read, stored


def _name(item: Listed) -> str:
    name = " ".join(str(item.get("name") or "").split())
    if not name:
        raise Refusal("bad_pack", "A dashboard that the pack lists lacks its name.")
    return name


def _tiles(item: Listed) -> list[Tile]:
    """Return the tiles of an item, numbered in their order."""
    listed = item.get("tiles") or ()
    try:
        return read([{**tile, "id": number} for number, tile in enumerate(listed, start=1)])
    except (TypeError, msgspec.ValidationError):
        raise Refusal("bad_pack", f"The dashboard “{_name(item)}” of the pack has a tile that is none.") from None


def _owner(wish: Wish) -> Actor:
    if access.user_of(wish.by) is not None:
        return wish.by
    if wish.owner is None:
        raise Refusal("no_owner", "Say who looks after the pack: a dashboard belongs to somebody.", "owner")
    return Actor.user(User.objects.get(pk=wish.owner))


def _bring(wish: Wish) -> Brought:
    there = _there(wish.item)
    if there is not None:
        return Brought(str(there.pk), was_there=True)
    period = str(wish.item.get("period") or "last_90_days")
    made = make_dashboard(name=_name(wish.item), period=period, tiles=_tiles(wish.item), by=_owner(wish), at=wish.at)
    return Brought(str(made.pk))


def _there(item: Listed) -> Dashboard | None:
    return Dashboard.objects.select_related("owner").filter(name=_name(item)).order_by("pk").first()


def _full(item: Listed) -> Listed:
    period = str(item.get("period") or "last_90_days")
    return {"name": _name(item), "period": period, "tiles": stored(_tiles(item))}


def _here(item: Listed) -> Listed | None:
    found = _there(item)
    if found is None:
        return None
    return _full({"name": found.name, "period": found.period, "tiles": found.tiles})


def _change(wish: Wish) -> None:
    found = _there(wish.item)
    if found is not None:
        by = Actor.user(found.owner)  # only its owner arranges a dashboard; whoever pulls decides that it is arranged
        arrange(dashboard_id=found.pk, version=found.version, tiles=_tiles(wish.item), by=by, at=wish.at)


def _remove(key: str, _by: Actor, at: datetime) -> bool:
    found = Dashboard.objects.select_related("owner").filter(pk=int(key)).first() if key.isdecimal() else None
    if found is None:
        return True
    try:
        delete_dashboard(dashboard_id=found.pk, by=Actor.user(found.owner), at=at)
    except NotFound:
        return False
    return True


def _words(item: Listed) -> str:
    return str(item.get("name"))


PARTS = (PartKind("dashboards", _bring, _remove, _words, _name, _full, _here, _change),)
