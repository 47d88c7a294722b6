"""
Sharing the work of a step out anew: what it would do, doing it, taking it back.

Looked at are the piles of all who are concerned, with everything that waits for them and that the asker may see. How
long a piece takes comes from how fast people did the same step lately: from when they had it, or were done with the
piece before, until they were done; in the working time of the calendar ``default`` if there is one. Where a step was
done too seldom, all steps of its procedure count, and then a named default.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.procedures.calendars import flow_calendars
from throughline.core.procedures.models import WorkItem
from throughline.core.procedures.operations.work import reassign_work_items, release_work_item
from throughline.core.procedures.queries.visible import seen_by
from throughline.core.refusals import Refusal
from throughline.flow.calendars import BusinessCalendar
from throughline.flow.simulate.distributions import Constant, Distribution
from throughline.flow.simulate.fitting import TooFew, fit
from throughline.flow.simulate.piles import Effect, Piece, effect, shared_out

__all__ = ["Preview", "preview", "rebalance", "take_back"]

ASSUMED_SECONDS = 1_800.0
"""So long takes a piece of a step that nobody has done often enough."""
LATELY = 2_000
"""So many of the last pieces of a procedure are looked at."""
MOST = 500
"""More pieces than this are not shared out at once."""

Plan = Mapping[int, int]
"""Who is to have which work item."""


@dataclass(frozen=True, slots=True)
class Preview:
    """
    What a plan would do. ``had``: who has each piece now (None: nobody). ``effect`` is of the pieces that somebody has
    now; None when nobody has any of them. ``assumed``: steps of which nothing is known.
    """

    plan: Plan
    had: Mapping[int, int | None]
    people: Mapping[int, str]
    effect: Effect | None
    measured: int
    assumed: tuple[str, ...]
    in_working_time: bool


def preview(*, work_item_ids: Sequence[int], people_ids: Sequence[int], user: User, at: datetime) -> Preview:
    """
    Return what giving open work items to these people would do: all to the one, or shared out among several so that
    each has about as much to do.

    Raises:
        Refusal: nothing or nobody is chosen, too much is, or none of it is open and to be seen.
    """
    people = {each.pk: each for each in User.objects.filter(pk__in=people_ids, is_active=True)}
    if not work_item_ids or not people:
        raise Refusal("nothing_selected", "Select at least one case, and who shall have it.")
    if len(work_item_ids) > MOST:
        raise Refusal("too_many", f"At most {MOST} pieces of work are shared out at once. Select fewer.")
    chosen = _open(user, pk__in=work_item_ids)
    if not chosen:
        raise Refusal("nothing_open", "None of the selected cases waits there any more.")
    concerned = {each.assignee_id for each in chosen if each.assignee_id is not None} | people.keys()
    others = [each for each in _open(user, assignee__in=concerned) if each.pk not in {item.pk for item in chosen}]
    calendar = flow_calendars().get("default")
    pace = _Pace.of([*chosen, *others], calendar)
    pieces = {each.pk: _piece(each, pace, calendar, at) for each in (*chosen, *others)}
    loads = dict.fromkeys(people, 0.0)
    for each in others:
        if each.assignee_id in loads:
            loads[each.assignee_id] += pieces[each.pk].takes.mean
    plan = shared_out([pieces[each.pk] for each in chosen], loads)
    before = {each.pk: each.assignee_id for each in (*chosen, *others)}
    had = {each.pk: each.assignee_id for each in chosen}
    compared = [pieces[key] for key, who in before.items() if who is not None]
    names = dict(User.objects.filter(pk__in=concerned).values_list("pk", "name"))
    found = effect(compared, before, {**before, **plan}) if compared else None
    return Preview(plan, had, names, found, pace.measured, tuple(sorted(pace.assumed)), calendar is not None)


def _open(user: User, **narrowed: object) -> list[WorkItem]:
    items = WorkItem.objects.filter(status=WorkItem.Status.OPEN, sandbox=False, **narrowed)
    types = list(items.order_by().values_list("record_type", flat=True).distinct())
    seen = items.filter(seen_by(user, types)).select_related("version").order_by("pk")
    return list(seen[: 10 * MOST])


def _piece(item: WorkItem, pace: _Pace, calendar: BusinessCalendar | None, at: datetime) -> Piece:
    due = None if item.due_at is None else _span(calendar, at, item.due_at)
    return Piece(item.pk, pace.takes(item), due, item.priority, (at - item.offered_at).total_seconds())


def _span(calendar: BusinessCalendar | None, start: datetime, end: datetime) -> float:
    span = end - start if calendar is None or end < start else calendar.working_between(start, end)
    return span.total_seconds()


class _Pace:
    """How long pieces of steps take, by what was done lately."""

    def __init__(self, spans: Mapping[tuple[int, str], Sequence[float]]) -> None:
        self.measured = sum(map(len, spans.values()))
        self.assumed: set[str] = set()
        self.by_step = {step: found for step, each in spans.items() if (found := _fitted(each)) is not None}
        whole: defaultdict[int, list[float]] = defaultdict(list)
        for (procedure, _node), each in spans.items():
            whole[procedure] += each
        self.by_procedure = {key: found for key, each in whole.items() if (found := _fitted(each)) is not None}

    @classmethod
    def of(cls, items: Iterable[WorkItem], calendar: BusinessCalendar | None) -> _Pace:
        """Measure the steps of the procedures that these items belong to. One query per procedure."""
        spans: defaultdict[tuple[int, str], list[float]] = defaultdict(list)
        for procedure in sorted({each.version.procedure_id for each in items}):
            done = WorkItem.objects.filter(
                version__procedure=procedure, status=WorkItem.Status.DONE, sandbox=False, closed_at__isnull=False
            ).order_by("-closed_at", "-pk")
            names = ("closed_by_label", "node", "claimed_at", "offered_at", "closed_at")
            before: dict[str, datetime] = {}
            for who, node, claimed, offered, closed in reversed(done.values_list(*names)[:LATELY]):
                began = max(claimed or offered, before.get(who, offered))
                spans[procedure, node].append(max(0.0, _span(calendar, began, closed)))
                before[who] = closed
        return cls(spans)

    def takes(self, item: WorkItem) -> Distribution:
        """Return how long an item takes."""
        procedure = item.version.procedure_id
        found = self.by_step.get((procedure, item.node)) or self.by_procedure.get(procedure)
        if found is None:
            self.assumed.add(item.title)
            return Constant(ASSUMED_SECONDS)
        return found


def _fitted(seconds: Sequence[float]) -> Distribution | None:
    try:
        return fit(seconds).distribution
    except TooFew:
        return None


@transaction.atomic
def rebalance(*, plan: Plan, by: Actor, at: datetime) -> dict[int, tuple[int | None, int]]:
    """
    Give each work item of a plan to its person; those already closed, and those that they have, are left alone.

    Returns who had, and who has, each one that changed hands: what :func:`take_back` wants.

    Raises:
        NotFound: one of the people works here no more.
        NotAllowed: the actor may not give one of the items away; nothing was changed.
    """
    had = _had(plan)
    for person in sorted(set(plan.values())):
        mine = [item for item, who in plan.items() if who == person]
        reassign_work_items(work_item_ids=mine, to_user_id=person, by=by, at=at)
    return {item: (was, plan[item]) for item, was in had.items() if was != plan[item]}


@transaction.atomic
def take_back(*, moved: Mapping[int, tuple[int | None, int]], by: Actor, at: datetime) -> int:
    """
    Give work items back to those who had them, and return how many; what was done or given on since stays.

    Raises:
        NotAllowed: the actor may not give one of the items away; nothing was changed.
    """
    has = _had(moved)
    still = {item: was for item, (was, now) in moved.items() if item in has and has[item] == now}
    count = 0
    for item in sorted(item for item, was in still.items() if was is None):
        release_work_item(work_item_id=item, by=by, at=at)
        count += 1
    here = set(
        User.objects.filter(pk__in=[each for each in still.values() if each is not None], is_active=True).values_list(
            "pk", flat=True
        )
    )
    for person in sorted(here):
        mine = [item for item, was in still.items() if was == person]
        count += reassign_work_items(work_item_ids=mine, to_user_id=person, by=by, at=at)
    return count


def _had(items: Iterable[int]) -> dict[int, int | None]:
    rows = WorkItem.objects.select_for_update().filter(pk__in=list(items), status=WorkItem.Status.OPEN).order_by("pk")
    return dict(rows.values_list("pk", "assignee_id"))
