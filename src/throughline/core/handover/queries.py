"""Reads of hand-overs: what somebody has open, for whom one may act, who is away, what was handed over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from throughline.core import access
from throughline.core.handover.models import Handover
from throughline.core.identity.models import Team, User
from throughline.core.identity.queries import colleagues
from throughline.core.procedures.models import WorkItem
from throughline.core.records import RecordSpec, registry

MANAGE_PEOPLE = "people.manage"
"""The ability to look after everybody's absence."""


@dataclass(frozen=True, slots=True)
class Holding:
    """How many open records of a type somebody has; the earliest next step of them, None where nothing is dated."""

    spec: RecordSpec
    count: int


@dataclass(frozen=True, slots=True)
class Holdings:
    """What somebody has open; ``kept`` goes along only when they leave: people, customers, what never closes."""

    records: list[Holding]
    kept: list[Holding]
    work_items: int
    overdue: int

    @property
    def total(self) -> int:
        """How much there is in all."""
        return self.work_items + sum(holding.count for holding in self.records)


def holdings(*, person: User, at: datetime) -> Holdings:
    """Return what a person has open. One query per record type, and two; the caller has asked ``may_act_for``."""
    found = [Holding(spec, open_records(spec, person).count()) for spec in handed_types(leaving=True)]
    held = [holding for holding in found if holding.count]
    items = WorkItem.objects.filter(assignee=person, status="open", sandbox=False)
    return Holdings(
        [holding for holding in held if holding.spec.open],
        [holding for holding in held if not holding.spec.open],
        items.count(),
        items.filter(due_at__lt=at).count(),
    )


def handed_types(*, leaving: bool) -> list[RecordSpec]:
    """
    Return the record types of which open ones are handed over: those that say what open means. Who leaves hands over
    the others as well: nobody else would look after them.
    """
    return [spec for spec in registry.everything() if spec.open or leaving]


def open_records(spec: RecordSpec, person: User) -> QuerySet[Any]:
    """Return the open records of a type that a person has; all of a type that does not say what open means."""
    return spec.model._default_manager.filter(owner=person, deleted_at=None, sandbox=False, **spec.open)


def may_act_for(*, user: User, person: User) -> bool:
    """Return whether ``user`` may enter the absence of ``person``: oneself, a manager above, who manages people."""
    return user.pk == person.pk or access.allows(user, MANAGE_PEOPLE) or user.pk in _managers_above(person)


def _managers_above(person: User) -> set[int]:
    teams = {team.pk: team for team in Team.objects.all()}
    found: set[int] = set()
    for key in person.teams.values_list("pk", flat=True):
        above: int | None = key
        while above is not None:
            manager = teams[above].manager_id
            if manager is not None:
                found.add(manager)
            above = teams[above].parent_id
    return found


def looked_after_by(*, user: User) -> list[User]:
    """Return the people whose absence ``user`` may enter, oneself first."""
    people = list(colleagues().select_related("substitute").prefetch_related("teams"))
    if not access.allows(user, MANAGE_PEOPLE):
        managed = _teams_below(user)
        people = [each for each in people if each.pk == user.pk or managed & {team.pk for team in each.teams.all()}]
    return sorted(people, key=lambda each: (each.pk != user.pk, each.name))


def _teams_below(user: User) -> set[int]:
    teams = list(Team.objects.all())
    reached = {team.pk for team in teams if team.manager_id == user.pk}
    while grown := {team.pk for team in teams if team.parent_id in reached} - reached:
        reached |= grown
    return reached


def away_now(*, at: datetime) -> list[User]:
    """Return who is away at an instant, by name: everybody may know."""
    away = Q(away_from__lte=at) & (Q(away_until__gt=at) | Q(away_until=None))
    return list(colleagues().filter(away).select_related("substitute"))


def handovers_of(*, person: User, limit: int = 20) -> list[Handover]:
    """Return the hand-overs of a person's work, the latest first. One query."""
    return list(Handover.objects.filter(person=person).select_related("substitute").order_by("-at", "-pk")[:limit])
