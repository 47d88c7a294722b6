"""What somebody has to do, against what the same person usually gets done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.procedures.models import WorkItem
from throughline.core.procedures.queries.visible import seen_by
from throughline.core.procedures.resting.queries import awake
from throughline.core.records import registry
from throughline.crm.activities.models import Activity, Kind, Status

PACE = timedelta(days=28)
WEEKS = 4
SEE_OTHERS = "workload.see"


@dataclass(frozen=True, slots=True)
class Load:
    """
    What a person has to do. ``steps``: open steps of procedures, ``tasks``: planned tasks; ``late_…``: those past their
    moment. ``done``: steps finished in the last 28 days. ``capacity``: percent of a full load that routing gives.
    """

    person: User
    steps: int
    late_steps: int
    tasks: int
    late_tasks: int
    done: int
    capacity: int

    @property
    def weeks_ahead(self) -> float | None:
        """
        Open steps over the steps that the person finishes in a week: how many weeks of work wait. None without a pace.
        """
        return self.steps / (self.done / WEEKS) if self.done else None


def colleagues(*, user: User) -> list[User]:
    """Return of whom ``user`` may see the load: oneself, and for who sees workload the people of the own teams."""
    mine = Q(pk=user.pk)
    if access.allows(user, SEE_OTHERS):
        mine |= Q(teams__in=access.grants(user).team_ids)
    return list(User.objects.filter(mine, is_active=True).distinct().order_by("name", "pk"))


def loads(*, people: Sequence[User], user: User, at: datetime) -> list[Load]:
    """Return the load of each of these people, as far as ``user`` sees the records. Three queries."""
    types = [spec.type for spec in registry.everything()]
    items = WorkItem.objects.filter(seen_by(user, types), assignee__in=people, sandbox=False)
    counted = items.values("assignee").annotate(
        steps=Count("pk", filter=Q(awake(), status="open")),
        late=Count("pk", filter=Q(awake(), status="open", due_at__lt=at)),
        done=Count("pk", filter=Q(status="done", closed_at__gt=at - PACE, closed_at__lte=at)),
    )
    steps = {row["assignee"]: (row["steps"], row["late"], row["done"]) for row in counted}
    tasks = _tasks(people, user, at)
    made = []
    for person in people:
        waiting, late, done = steps.get(person.pk, (0, 0, 0))
        planned, overdue = tasks.get(person.pk, (0, 0))
        made.append(Load(person, waiting, late, planned, overdue, done, person.capacity))
    return made


def _tasks(people: Sequence[User], user: User, at: datetime) -> dict[int, tuple[int, int]]:
    planned = Activity.objects.filter(
        access.visible(registry.get("activity"), user),
        owner__in=people,
        kind=Kind.TASK,
        status=Status.PLANNED,
        deleted_at=None,
        sandbox=False,
    )
    rows = planned.values("owner").annotate(n=Count("pk"), late=Count("pk", filter=Q(due_at__lt=at)))
    return {row["owner"]: (row["n"], row["late"]) for row in rows}
