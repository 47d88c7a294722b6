"""Sharing work fairly: who of a team has the least of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db.models import Count

from throughline.core.identity import queries as identity
from throughline.core.identity.models import Team
from throughline.core.records.spec import RecordSpec


def open_counts(spec: RecordSpec, user_ids: Iterable[int]) -> dict[int, int]:
    """Return how many open records of a type people own, by key. One query."""
    ids = list(user_ids)
    found = spec.model._default_manager.filter(owner__in=ids, deleted_at=None, sandbox=False, **spec.open)
    counted = dict(found.order_by().values_list("owner").annotate(Count("pk")))
    return {key: counted.get(key, 0) for key in ids}


def least_loaded(*, spec: RecordSpec, team_ids: Sequence[int], at: datetime, role: str = "") -> list[int | None]:
    """
    Return an owner for each wished team: the present member with the fewest open records, counting those given out
    here.

    Members of equal load take turns in the order they joined the company. None where nobody is there. ``role`` narrows
    to people who play it. The teams are locked until the transaction ends, so that two routings do not see the same
    load.
    """
    teams = sorted(set(team_ids))
    list(Team.objects.select_for_update(no_key=True).filter(pk__in=teams).order_by("pk").values("pk"))
    members = {team: _members(team, role, at) for team in teams}
    loads = open_counts(spec, {person for people in members.values() for person in people})
    chosen = []
    for team in team_ids:
        person = _lightest(members[team], loads)
        if person is not None:
            loads[person] += 1
        chosen.append(person)
    return chosen


def _members(team_id: int, role: str, at: datetime) -> list[int]:
    people = identity.present(identity.people_in_team(team_id), at=at)
    if role:
        people = people.filter(roles__key=role)
    return list(people.values_list("pk", flat=True))


def _lightest(people: Sequence[int], loads: Mapping[int, int]) -> int | None:
    return min(people, key=lambda person: (loads[person], person), default=None)
