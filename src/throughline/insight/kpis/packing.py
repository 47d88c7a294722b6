"""What packs can bring of key figures: goals."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from throughline.core import access
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.library.parts import Brought, Listed, PartKind, Wish
from throughline.core.refusals import NotFound, Refusal
from throughline.insight.kpis.definitions import BY_KEY
from throughline.insight.kpis.goals import delete_goal, save_goal
from throughline.insight.kpis.models import Goal
from throughline.insight.kpis.wording import in_words


def _bring(wish: Wish) -> Brought:
    kpi, period = str(wish.item.get("kpi", "")), str(wish.item.get("period", ""))
    if kpi not in BY_KEY:
        raise Refusal("bad_pack", f"The pack sets a goal for “{kpi}”, which is no key figure here.")
    there = Goal.objects.filter(kpi=kpi, period=period, where={}).first()
    if there is not None:
        return Brought(str(there.pk), was_there=True)
    if wish.owner is None:
        raise Refusal("no_owner", "Say who looks after the pack: a goal is measured with somebody's rights.", "owner")
    by = wish.by if access.user_of(wish.by) is not None else Actor.user(User.objects.get(pk=wish.owner))
    goal = save_goal(
        kpi=kpi,
        period=period,
        owner_id=wish.owner,
        target=_figure(wish.item.get("target")),
        low=_figure(wish.item.get("low")),
        high=_figure(wish.item.get("high")),
        by=by,
        at=wish.at,
    )
    return Brought(str(goal.pk))


def _by_figure(item: Listed) -> str:
    return f"{item.get('kpi')} {item.get('period')}"


def _full(item: Listed) -> Listed:
    figures = {name: _written(_figure(item.get(name))) for name in ("target", "low", "high")}
    return {"kpi": str(item.get("kpi", "")), "period": str(item.get("period", "")), **figures}


def _written(figure: Decimal | None) -> str | None:
    return None if figure is None else f"{figure.normalize():f}"


def _there(item: Listed) -> Goal | None:
    return Goal.objects.filter(kpi=str(item.get("kpi")), period=str(item.get("period")), where={}).first()


def _here(item: Listed) -> Listed | None:
    found = _there(item)
    if found is None:
        return None
    return _full({name: getattr(found, name) for name in ("kpi", "period", "target", "low", "high")})


def _change(wish: Wish) -> None:
    found = _there(wish.item)
    if found is None:
        return
    target, low, high = (_figure(wish.item.get(name)) for name in ("target", "low", "high"))
    by = wish.by if access.user_of(wish.by) is not None else Actor.user(found.owner)
    save_goal(
        kpi=found.kpi, period=found.period, owner_id=found.owner_id, target=target, low=low, high=high,
        goal_id=found.pk, by=by, at=wish.at,
    )  # fmt: skip


def _figure(text: Any) -> Decimal | None:
    if text is None:
        return None
    try:
        return Decimal(str(text))
    except InvalidOperation:
        raise Refusal("bad_pack", f"“{text}” in the pack is no figure for a goal.") from None


def _remove(key: str, by: Actor, at: datetime) -> bool:
    try:
        delete_goal(goal_id=int(key), by=by, at=at)
    except (ValueError, NotFound):
        return False
    return True


def _words(item: Listed) -> str:
    definition = BY_KEY.get(str(item.get("kpi")))
    if definition is None:
        return str(item.get("kpi"))
    target = _figure(item.get("target"))
    return f"{definition.name}: {in_words(definition.unit, target)}" if target is not None else str(definition.name)


PARTS = (PartKind("goals", _bring, _remove, _words, _by_figure, _full, _here, _change),)
