"""
Writes about who works here: people with accounts, their roles and teams. For those who may change roles.

Whoever gives roles and puts people into teams decides what they see, so all of it asks for the same ability; and never
may it come to pass that nobody is left who has it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.text import slugify

from throughline.core.access import rules
from throughline.core.access.abilities import MANAGE_ROLES
from throughline.core.actor import Actor
from throughline.core.identity import operations as identity
from throughline.core.identity.models import Role, Team, User
from throughline.core.keys import free_key
from throughline.core.refusals import NotFound, Refusal

LONGEST = 200


@transaction.atomic
def invite(
    *,
    email: str,
    name: str,
    role_keys: Collection[str],
    team_ids: Sequence[int],
    by: Actor,
    at: datetime,
    time_zone: str = "UTC",
) -> User:
    """
    Give somebody an account with roles and teams, the first being the home team. A password is chosen by a link.

    Raises:
        NotAllowed: the actor may not change roles.
        Refusal: the address is none or has an account, the name is missing, or the time zone is unknown.
    """
    _require(by)
    try:
        validate_email(email.strip())
    except ValidationError as wrong:
        raise Refusal(
            "no_address", "Give the address that they sign in with, such as maya@example.com.", "email"
        ) from wrong
    return identity.create_user(
        email=email, name=_named(name), teams=_teams(team_ids), roles=_roles(role_keys), time_zone=time_zone,
        by=by, at=at,
    )  # fmt: skip


@transaction.atomic
def change_person(
    *,
    user_id: int,
    name: str,
    time_zone: str,
    role_keys: Collection[str],
    team_ids: Collection[int],
    by: Actor,
    at: datetime,
) -> User:
    """
    Change what somebody is called, which roles they play and in which teams they work. What is equal leaves no trace.

    Raises:
        NotFound, NotAllowed: there is no such person, or the actor may not change roles.
        Refusal: the name is missing, the zone is unknown, or nobody would be left who may change roles.
    """
    _require(by)
    person = get_person(user_id)
    changes = {"name": _named(name), "time_zone": time_zone}
    moved = {field: value for field, value in changes.items() if getattr(person, field) != value}
    if "name" in moved:
        moved["initials"] = identity.initials_of(moved["name"])
    if moved:
        identity.change_user(user=person, changes=moved, by=by, at=at)
    _play(person, _roles(role_keys), by, at)
    _work_in(person, _teams(team_ids), by, at)
    return person


def _play(person: User, wanted: Sequence[Role], by: Actor, at: datetime) -> None:
    held = {role.pk: role for role in person.roles.all()}
    for role in wanted:
        if role.pk not in held:
            identity.grant_role(user=person, role=role, by=by, at=at)
    for key in held.keys() - {role.pk for role in wanted}:
        identity.revoke_role(user=person, role=held[key], by=by, at=at)
    _somebody_is_left()


def _work_in(person: User, wanted: Sequence[Team], by: Actor, at: datetime) -> None:
    held = {team.pk: team for team in person.teams.all()}
    for key in held.keys() - {team.pk for team in wanted}:
        identity.leave_team(user=person, team=held[key], by=by, at=at)
    for team in wanted:
        if team.pk not in held:
            identity.join_team(user=person, team=team, by=by, at=at)


@transaction.atomic
def give_role(*, user_id: int, role_id: int, by: Actor, at: datetime) -> User:
    """
    Let somebody play one more role. Playing it already changes nothing.

    Raises:
        NotFound, NotAllowed: there is no such person, their account is closed, or the actor may not change roles.
    """
    _require(by)
    person = get_person(user_id)
    if not person.is_active:
        raise NotFound(f"The account of {person.name} is closed. Open it first.")
    identity.grant_role(user=person, role=Role.objects.get(pk=role_id), by=by, at=at)
    return person


@transaction.atomic
def take_role(*, user_id: int, role_id: int, by: Actor, at: datetime) -> User:
    """
    Let somebody play a role no more. Not playing it changes nothing.

    Raises:
        NotFound, NotAllowed: there is no such person, or the actor may not change roles.
        Refusal: nobody would be left who may change roles.
    """
    _require(by)
    person = get_person(user_id)
    identity.revoke_role(user=person, role=Role.objects.get(pk=role_id), by=by, at=at)
    _somebody_is_left()
    return person


@transaction.atomic
def close_account(*, user_id: int, by: Actor, at: datetime) -> User:
    """
    Let somebody sign in no more. What they have open stays with them until it is handed over.

    Raises:
        NotFound, NotAllowed: there is no such person, or the actor may not change roles.
        Refusal: it is the actor's own, or nobody would be left who may change roles.
    """
    _require(by)
    person, user = get_person(user_id), rules.user_of(by)
    if user is not None and user.pk == person.pk:
        raise Refusal("own_account", "You cannot close your own account. Ask another administrator.")
    identity.deactivate_user(user=person, by=by, at=at)
    _somebody_is_left()
    return person


@transaction.atomic
def open_account(*, user_id: int, by: Actor, at: datetime) -> User:
    """
    Let somebody sign in again.

    Raises:
        NotFound, NotAllowed: there is no such person, or the actor may not change roles.
    """
    _require(by)
    person = get_person(user_id)
    identity.reactivate_user(user=person, by=by, at=at)
    return person


@transaction.atomic
def save_team(
    *, name: str, parent_id: int | None, manager_id: int | None, by: Actor, at: datetime, team_id: int | None = None
) -> Team:
    """
    Make a team, or change the one with ``team_id``: its name, the team above, and who manages it.

    Raises:
        NotFound, NotAllowed: there is no such team, or the actor may not change roles.
        Refusal: the name is missing or taken, or the team would stand below itself.
    """
    _require(by)
    called = _named(name)
    team = None if team_id is None else get_team(team_id)
    if team is not None and team.retired_at is not None:
        raise Refusal("team_retired", f"{team.name} is retired. Bring it back first.")
    parent = None if parent_id is None else get_team(parent_id)
    manager = None if manager_id is None else get_person(manager_id)
    if Team.objects.filter(name__iexact=called).exclude(pk=team_id or 0).exists():
        raise Refusal("team_taken", f"There is already a team called {called}. Choose another name.", "name")
    if team is None:
        return identity.create_team(
            key=free_key(Team, slugify(called) or "team"), name=called, parent=parent, manager=manager, by=by, at=at
        )
    if parent is not None and team.pk in teams_above(parent):
        raise Refusal("team_in_itself", f"{called} cannot stand below itself. Choose another team above it.", "parent")
    return identity.change_team(team=team, name=called, parent=parent, manager=manager, by=by, at=at)


@transaction.atomic
def make_role(*, name: str, like: str, by: Actor, at: datetime) -> Role:
    """
    Make a role that begins with what another may, named by its key.

    Raises:
        NotAllowed: the actor may not change roles.
        Refusal: the name is missing or taken, or there is no role like that.
    """
    _require(by)
    called = _named(name)
    origin = Role.objects.filter(key=like).first()
    if origin is None:
        raise Refusal("no_such_role", "Choose the role that it begins with.", "like")
    key = slugify(called)[:64] or "role"
    if Role.objects.filter(key=key).exists() or Role.objects.filter(name__iexact=called).exists():
        raise Refusal("role_taken", f"There is already a role called {called}. Choose another name.", "name")
    return identity.create_role(key=key, name=called, permissions=origin.permissions, by=by, at=at)


def get_person(user_id: int) -> User:
    """
    Return somebody who works or worked here.

    Raises:
        NotFound: there is nobody.
    """
    person = User.objects.filter(pk=user_id).first()
    if person is None:
        raise NotFound("There is nobody of that name here. Look at the list of people.")
    return person


def get_team(team_id: int) -> Team:
    """
    Return a team.

    Raises:
        NotFound: there is none.
    """
    team = Team.objects.filter(pk=team_id).first()
    if team is None:
        raise NotFound("There is no such team. Look at the list of teams.")
    return team


def _require(by: Actor) -> None:
    user = rules.user_of(by)
    if user is not None:
        rules.require_ability(
            user, MANAGE_ROLES, otherwise="Your roles do not let you look after people and teams. Ask an administrator."
        )


def _somebody_is_left() -> None:
    if not rules.people_with(MANAGE_ROLES):
        raise Refusal("locked_out", "Nobody would be left who may change roles. Leave the ability to one person.")


def _named(name: str) -> str:
    called = " ".join(name.split())[:LONGEST]
    if not called:
        raise Refusal("nameless", "Give a name.", "name")
    return called


def _roles(keys: Collection[str]) -> list[Role]:
    return list(Role.objects.filter(key__in=keys).order_by("id"))


def _teams(ids: Collection[int]) -> list[Team]:
    found = {team.pk: team for team in Team.objects.filter(pk__in=ids, retired_at=None)}
    return [found[key] for key in ids if key in found]


def teams_above(team: Team) -> set[int]:
    """Return the keys of a team and of all teams above it."""
    parents = dict(Team.objects.values_list("pk", "parent_id"))
    found: set[int] = set()
    here: int | None = team.pk
    while here is not None and here not in found:
        found.add(here)
        here = parents[here]
    return found
