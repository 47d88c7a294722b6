"""
Goals: setting them, how far they are, and telling their owners when a figure leaves its band.

A goal is measured with its owner's rights, so a message never tells more than the owner could see on the page. What
is measured to be told, without anybody at the page, is read behind the second wall.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Q

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.notify.operations import Message, notify_many
from throughline.core.recordref import RecordRef
from throughline.core.records.walls import walled
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.insight.kpis.definitions import BY_KEY
from throughline.insight.kpis.events import GoalBackInBand, GoalDeleted, GoalLeftBand, GoalSaved
from throughline.insight.kpis.measuring import Figure, Question, Window, available, find, measure
from throughline.insight.kpis.models import Goal, GoalState
from throughline.insight.kpis.wording import in_words

OFTEN = timedelta(minutes=10)
"""So often is a goal looked at."""
EXACT = Decimal("0.000001")


@transaction.atomic
def save_goal(
    *,
    kpi: str,
    period: str,
    owner_id: int,
    target: Decimal | None = None,
    low: Decimal | None = None,
    high: Decimal | None = None,
    where: Mapping[str, str] | None = None,
    goal_id: int | None = None,
    by: Actor,
    at: datetime,
) -> Goal:
    """
    Set a goal for a key figure, or change one (``goal_id``).

    Raises:
        NotAllowed: the person sees no reports, or gives the goal to somebody else without managing reports of a team.
        NotFound: there is no such figure for the owner, or no such goal.
        Refusal: neither target nor band is given, the band is upside down, or the period means no days.
    """
    asker, owner = access.user_of(by), User.objects.filter(pk=owner_id, is_active=True).first()
    if asker is None or owner is None:
        raise NotFound("Choose somebody who is still here as the owner.")
    if owner != asker and not access.allows(asker, "workload.see"):
        raise NotAllowed("You can set goals for yourself. Ask your manager to set one for others.")
    find(kpi, asker)
    if kpi not in {each.key for each in available(owner)}:
        raise NotFound(f"{owner.name} does not see this key figure, so nobody could be told about it.")
    if target is None and low is None and high is None:
        raise Refusal("no_goal", "Give a target, or a band that the figure is to stay in.", "target")
    if low is not None and high is not None and low > high:
        raise Refusal("band_upside_down", "The lower end of the band lies above its upper end.", "low")
    Window.named(period, user=owner, at=at)
    values = {
        "kpi": kpi, "period": period, "where": dict(where or {}), "owner": owner, "target": target, "low": low,
        "high": high, "state": GoalState.UNKNOWN, "looked_at": None, "left_at": None, "set_at": at,
        "set_by_label": by.label,
    }  # fmt: skip
    if goal_id is None:
        goal = Goal.objects.create(**values)
    else:
        goal = _held(goal_id, asker)
        for name, value in values.items():
            setattr(goal, name, value)
        goal.save()
    saved = GoalSaved(
        goal=goal.pk, kpi=kpi, period=period, owner=owner.pk, target=_text(target), low=_text(low), high=_text(high)
    )
    journal.record(saved, by=by, at=at, about=RecordRef("goal", goal.pk))
    return goal


@transaction.atomic
def delete_goal(*, goal_id: int, by: Actor, at: datetime) -> None:
    """
    Give a goal up.

    Raises:
        NotFound: it is gone, or not the asker's to change.
    """
    asker = access.user_of(by)
    if asker is None:
        raise NotFound("There is no such goal any more.")
    goal = _held(goal_id, asker)
    journal.record(GoalDeleted(goal=goal.pk, kpi=goal.kpi), by=by, at=at, about=RecordRef("goal", goal.pk))
    goal.delete()


def _held(goal_id: int, asker: User) -> Goal:
    goal = Goal.objects.select_for_update().filter(pk=goal_id).first()
    if goal is None or (goal.owner_id != asker.pk and not access.allows(asker, "workload.see")):
        raise NotFound("There is no such goal any more, or it is somebody else's.")
    return goal


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


@dataclass(frozen=True, slots=True)
class Progress:
    """A goal with its figure of now: ``reached`` from 0 to 1 on the way to the target, None without a target."""

    goal: Goal
    name: str
    figure: Figure
    reached: float | None
    in_band: bool | None


def progress_of(goal: Goal, *, at: datetime) -> Progress:
    """Return how far a goal is, measured with its owner's rights."""
    kpi = BY_KEY[goal.kpi]
    if kpi not in available(goal.owner):
        return Progress(goal, kpi.name, Figure(None), None, None)
    window = Window.named(goal.period, user=goal.owner, at=at)
    figure = measure(Question(kpi, goal.owner, window, goal.where))
    return Progress(goal, kpi.name, figure, _reached(figure, goal, kpi.better), _in_band(figure, goal))


def _reached(figure: Figure, goal: Goal, better: str) -> float | None:
    if goal.target is None or figure.value is None:
        return None
    value, target = float(figure.value), float(goal.target)
    if better == "up":
        return max(0.0, min(1.0, value / target)) if target > 0 else float(value >= target)
    return 1.0 if value <= target else max(0.0, target / value)


def _in_band(figure: Figure, goal: Goal) -> bool | None:
    if figure.value is None or (goal.low is None and goal.high is None):
        return None
    value = Decimal(str(figure.value))
    return (goal.low is None or value >= goal.low) and (goal.high is None or value <= goal.high)


def goals_of(*, user: User, kpi: str = "") -> list[Goal]:
    """Return a person's goals; for who sees workload, those of the people of their teams too."""
    held = access.grants(user)
    mine = Q(owner=user)
    if access.allows(user, "workload.see"):
        mine |= Q(owner__teams__in=held.team_ids)
    found = Goal.objects.filter(mine, **({"kpi": kpi} if kpi else {}))
    return list(found.select_related("owner").distinct())


MOST_AT_ONCE = 50


def watch_goals(*, at: datetime) -> int:
    """
    Look at the goals that were not looked at for a while, and tell their owners of bands left; return how many were.

    Each goal is locked while it is looked at, so that one worker does it.
    """
    left = 0
    for _ in range(MOST_AT_ONCE):
        with transaction.atomic():
            due = Goal.objects.select_for_update(skip_locked=True, of=("self",)).select_related("owner")
            goal = due.filter(Q(looked_at=None) | Q(looked_at__lte=at - OFTEN)).order_by("looked_at", "pk").first()
            if goal is None:
                return left
            left += _look(goal, at)
    return left


def _look(goal: Goal, at: datetime) -> int:
    """Look at one goal; return whether its figure has just left the band."""
    with walled(goal.owner):
        found = progress_of(goal, at=at)
    former = goal.state
    states = {True: GoalState.IN_BAND, False: GoalState.OUT_OF_BAND, None: GoalState.UNKNOWN}
    goal.state, goal.looked_at = states[found.in_band], at
    value = found.figure.value
    goal.value = None if value is None else Decimal(str(value)).quantize(EXACT)
    has_left = goal.state == GoalState.OUT_OF_BAND and former != GoalState.OUT_OF_BAND
    if has_left:
        goal.left_at = at
        _tell(goal, found, at)
    elif goal.state == GoalState.IN_BAND and former == GoalState.OUT_OF_BAND:
        goal.left_at = None
        back = GoalBackInBand(goal=goal.pk, kpi=goal.kpi, value=str(goal.value))
        journal.record(back, by=Actor.system(), at=at, about=RecordRef("goal", goal.pk))
    goal.save(update_fields=["state", "looked_at", "value", "left_at"])
    return int(has_left)


def _tell(goal: Goal, found: Progress, at: datetime) -> None:
    kpi, by = BY_KEY[goal.kpi], Actor.system()
    event = GoalLeftBand(goal=goal.pk, kpi=goal.kpi, value=str(goal.value), low=_text(goal.low), high=_text(goal.high))
    journal.record(event, by=by, at=at, about=RecordRef("goal", goal.pk))
    band = " to ".join(in_words(kpi.unit, each) if each is not None else "…" for each in (goal.low, goal.high))
    message = Message(
        user_id=goal.owner_id,
        kind="goal.left_band",
        title=f"{kpi.name} is {in_words(kpi.unit, found.figure.value)}, outside of {band}",
        body="Open the key figure to see since when, where cases were lost, and which records stand behind it.",
        about=RecordRef("goal", goal.pk),
        key=f"goal:{goal.pk}:{at.isoformat()}",
        place=goal.kpi,
    )
    notify_many(messages=[message], by=by, at=at)
