"""Reads of identity: business calendars as values, people by role and team."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from throughline.core.identity.models import BusinessCalendar, Role, Team, User
from throughline.core.rows import fetch_planned
from throughline.flow.calendars import BusinessCalendar as Calendar


def business_calendars() -> dict[str, Calendar]:
    """Return all business calendars by key, as the kernel asks them. One query."""
    return {row.key: calendar_value(row) for row in BusinessCalendar.objects.all()}


def calendar_value(row: BusinessCalendar) -> Calendar:
    """Return a stored calendar as a value."""
    return Calendar.of(zone=row.zone, hours=row.hours, holidays=row.holidays)


def colleagues() -> QuerySet[User]:
    """Return everybody who can sign in, by name."""
    return User.objects.filter(is_active=True).order_by("name", "id")


def names_of_colleagues() -> list[tuple[int, str]]:
    """Return key and name of everybody who can sign in, by name: what menus offer. No users are loaded."""
    return [
        (key, name)
        for key, name in fetch_planned("SELECT id, name FROM identity_user WHERE is_active ORDER BY name, id")
    ]


def names_of_people() -> list[tuple[int, str]]:
    """Return key and name of everybody, those who have left included: for what names them. No users are loaded."""
    return [(key, name) for key, name in fetch_planned("SELECT id, name FROM identity_user")]


def present(people: QuerySet[User], *, at: datetime) -> QuerySet[User]:
    """Return those who are not away at an instant."""
    away = Q(away_from__lte=at) & (Q(away_until__gt=at) | Q(away_until=None))
    return people.exclude(away)


def people_in_role(key: str) -> QuerySet[User]:
    """Return the active people who play a role."""
    return User.objects.filter(roles__key=key, is_active=True).order_by("id")


def people_in_teams(team_ids: Sequence[int]) -> QuerySet[User]:
    """Return the active members of teams, once for each; ``team_memberships__team`` is the team."""
    return User.objects.filter(team_memberships__team__in=team_ids, is_active=True)


def people_in_team(team_id: int) -> QuerySet[User]:
    """Return the active members of a team, without those of the teams below."""
    return User.objects.filter(teams=team_id, is_active=True).order_by("id")


def find_team(key: str) -> Team | None:
    """Return a team by key, or None."""
    return Team.objects.filter(key=key).first()


def find_user(email: str) -> User | None:
    """Return a person by e-mail address, or None."""
    return User.objects.filter(email=email.strip().lower()).first()


def roles(keys: Sequence[str] = ()) -> list[Role]:
    """Return roles, all or those with the given keys, by name."""
    found = Role.objects.filter(key__in=keys) if keys else Role.objects.all()
    return list(found.order_by("name"))


def managers_of(user_ids: Sequence[int]) -> dict[int, int]:
    """
    Return the manager of each person: of the home team, else of the nearest team above that has one.

    A person is never their own manager. Who has none is left out. Two queries.
    """
    teams = {team.pk: team for team in Team.objects.all()}
    homes: dict[int, int] = {}
    memberships = User.teams.through.objects.filter(user__in=user_ids).order_by("id")
    for user_id, team_id in memberships.values_list("user_id", "team_id"):
        homes.setdefault(user_id, team_id)
    found = {user_id: _manager_above(teams, team_id, user_id) for user_id, team_id in homes.items()}
    return {user_id: manager for user_id, manager in found.items() if manager is not None}


def _manager_above(teams: dict[int, Team], team_id: int | None, user_id: int) -> int | None:
    while team_id is not None:
        team = teams[team_id]
        if team.manager_id is not None and team.manager_id != user_id:
            return team.manager_id
        team_id = team.parent_id
    return None


def teams_going_on(keys: Collection[str]) -> dict[str, Team]:
    """Return teams by key; in place of a retired one the team that its work went to. One query, or a few."""
    found = {team.key: team for team in Team.objects.filter(key__in=keys)}
    while retired := {key: team for key, team in found.items() if team.retired_at is not None}:
        into = Team.objects.in_bulk({team.moved["into"] for team in retired.values()})
        found |= {key: into[team.moved["into"]] for key, team in retired.items()}
    return found


def roles_with_people() -> list[tuple[Role, int]]:
    """Return all roles with how many active people play them, in the order they were made. One query."""
    counted = Role.objects.annotate(played_by=Count("people", filter=Q(people__is_active=True)))
    return [(role, role.played_by) for role in counted.order_by("id")]
