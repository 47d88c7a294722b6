"""Writes of identity. Who may call them is decided by the ability ``people.manage`` at the shells' door and here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction

from throughline.core import journal
from throughline.core.actor import Actor
from throughline.core.identity import events
from throughline.core.identity.models import BusinessCalendar, Role, RoleMembership, Team, TeamMembership, User
from throughline.core.recordref import RecordRef
from throughline.core.refusals import Refusal
from throughline.flow.calendars import BusinessCalendar as Calendar


@transaction.atomic
def create_user(
    *,
    email: str,
    name: str,
    by: Actor,
    at: datetime,
    password: str | None = None,
    teams: Sequence[Team] = (),
    roles: Sequence[Role] = (),
    locale: str = "en",
    time_zone: str = "UTC",
) -> User:
    """
    Give a person an account, teams and roles. Without a password nobody can sign in until one is set by mail.

    Raises:
        Refusal: the address has an account already, or the time zone is unknown.
    """
    address = email.strip().lower()
    if User.objects.filter(email=address).exists():
        raise Refusal("email_taken", f"{address} already has an account. Open it instead.", "email")
    _known_zone(time_zone)
    user = User.objects.create_user(
        address, password, name=name, initials=initials_of(name), locale=locale, time_zone=time_zone, joined_at=at
    )
    journal.record(events.UserCreated(name=name, email=address), by=by, at=at, about=_ref(user))
    for team in teams:
        join_team(user=user, team=team, by=by, at=at)
    for role in roles:
        grant_role(user=user, role=role, by=by, at=at)
    return user


def initials_of(name: str) -> str:
    """Return up to two letters for a name: of the first and the last word (``Maya Lin`` → ``ML``)."""
    words = name.split()
    return "".join(word[0] for word in (words if len(words) < 2 else (words[0], words[-1]))).upper()


_EDITABLE = frozenset({"name", "initials", "locale", "time_zone"})


@transaction.atomic
def change_user(*, user: User, changes: Mapping[str, str], by: Actor, at: datetime) -> User:
    """
    Change name, initials, language or time zone of a person.

    Raises:
        Refusal: the time zone is unknown.
    """
    unknown = changes.keys() - _EDITABLE
    if unknown:
        raise ValueError(f"Expected changes to some of {sorted(_EDITABLE)}, but there are {sorted(unknown)}.")
    if "time_zone" in changes:
        _known_zone(changes["time_zone"])
    for name, value in changes.items():
        setattr(user, name, value)
    user.save(update_fields=list(changes))
    journal.record(events.UserChanged(changes=dict(changes)), by=by, at=at, about=_ref(user))
    return user


@transaction.atomic
def deactivate_user(*, user: User, by: Actor, at: datetime) -> None:
    """Close an account. Work and running clocks stay with the person until they are handed over."""
    _set_active(user, False, events.UserDeactivated(), by, at)


@transaction.atomic
def reactivate_user(*, user: User, by: Actor, at: datetime) -> None:
    """Open a closed account again."""
    _set_active(user, True, events.UserReactivated(), by, at)


def _set_active(user: User, active: bool, event: journal.JournalEvent, by: Actor, at: datetime) -> None:
    if user.is_active is active:
        return
    user.is_active = active
    user.save(update_fields=["is_active"])
    journal.record(event, by=by, at=at, about=_ref(user))


@transaction.atomic
def enter_absence(
    *, user: User, away_from: datetime, away_until: datetime, by: Actor, at: datetime, substitute: User | None = None
) -> None:
    """
    Say when a person is away and who stands in; routing leaves them out meanwhile.

    Raises:
        Refusal: the end is not after the beginning, or the person would stand in for themselves.
    """
    if away_until <= away_from:
        raise Refusal("absence_ends_early", "The absence ends before it begins. Choose a later end.", "away_until")
    if substitute is not None and substitute.pk == user.pk:
        raise Refusal(
            "own_substitute", f"{user.name} cannot stand in for {user.name}. Choose somebody else.", "substitute"
        )
    user.away_from, user.away_until, user.substitute = away_from, away_until, substitute
    user.save(update_fields=["away_from", "away_until", "substitute"])
    event = events.UserAway(
        away_from=away_from.isoformat(),
        away_until=away_until.isoformat(),
        substitute=substitute.pk if substitute else None,
    )
    journal.record(event, by=by, at=at, about=_ref(user))


FULLEST = 200
"""Percent of a usual load that somebody takes at most."""


@transaction.atomic
def set_competences(*, user: User, competences: Sequence[str], capacity: int, by: Actor, at: datetime) -> None:
    """
    Say what a person knows and how much of a full load they take, for routing. What is equal leaves no trace.

    Raises:
        Refusal: the capacity does not lie between 0 and ``FULLEST`` percent.
    """
    if not 0 <= capacity <= FULLEST:
        raise Refusal("no_capacity", f"A share of a full load lies between 0 and {FULLEST} percent.", "capacity")
    known = sorted({" ".join(each.split()).lower()[:64] for each in competences} - {""})
    if (known, capacity) == (user.competences, user.capacity):
        return
    user.competences, user.capacity = known, capacity
    user.save(update_fields=["competences", "capacity"])
    event = events.UserCompetences(competences=known, capacity=capacity)
    journal.record(event, by=by, at=at, about=_ref(user))


@transaction.atomic
def end_absence(*, user: User, by: Actor, at: datetime) -> None:
    """Say that a person is there again, and needs nobody to stand in; who was not away stays as they are."""
    if user.away_from is None:
        return
    user.away_from = user.away_until = user.substitute = None
    user.save(update_fields=["away_from", "away_until", "substitute"])
    journal.record(events.UserBack(), by=by, at=at, about=_ref(user))


@transaction.atomic
def create_team(
    *, key: str, name: str, by: Actor, at: datetime, parent: Team | None = None, manager: User | None = None
) -> Team:
    """
    Make a team, below ``parent`` when one is given.

    Raises:
        Refusal: the key is taken.
    """
    if Team.objects.filter(key=key).exists():
        raise Refusal("team_taken", f'There is already a team with the key "{key}". Choose another.', "key")
    team = Team.objects.create(key=key, name=name, parent=parent, manager=manager)
    event = events.TeamCreated(
        key=key, name=name, parent=parent.pk if parent else None, manager=manager.pk if manager else None
    )
    journal.record(event, by=by, at=at, about=RecordRef("team", team.pk))
    return team


@transaction.atomic
def change_team(*, team: Team, name: str, parent: Team | None, manager: User | None, by: Actor, at: datetime) -> Team:
    """Rename a team, put it below another one, or name who manages it. What is equal leaves no trace."""
    before = (team.name, team.parent_id, team.manager_id)
    team.name, team.parent, team.manager = name, parent, manager
    if before == (team.name, team.parent_id, team.manager_id):
        return team
    team.save(update_fields=["name", "parent", "manager"])
    event = events.TeamChanged(name=name, parent=team.parent_id, manager=team.manager_id)
    journal.record(event, by=by, at=at, about=RecordRef("team", team.pk))
    return team


@transaction.atomic
def join_team(*, user: User, team: Team, by: Actor, at: datetime) -> None:
    """Bring a person into a team; being in it already changes nothing."""
    _, new = TeamMembership.objects.get_or_create(user=user, team=team)
    if new:
        journal.record(events.TeamJoined(team=team.pk, name=team.name), by=by, at=at, about=_ref(user))


@transaction.atomic
def leave_team(*, user: User, team: Team, by: Actor, at: datetime) -> None:
    """Take a person out of a team; not being in it changes nothing."""
    gone, _ = TeamMembership.objects.filter(user=user, team=team).delete()
    if gone:
        journal.record(events.TeamLeft(team=team.pk, name=team.name), by=by, at=at, about=_ref(user))


@transaction.atomic
def create_role(*, key: str, name: str, permissions: Mapping[str, object], by: Actor, at: datetime) -> Role:
    """
    Make a role. Its permissions have the form of ``access.Permissions``, which the roles page has checked.

    Raises:
        Refusal: the key is taken.
    """
    if Role.objects.filter(key=key).exists():
        raise Refusal("role_taken", f'There is already a role with the key "{key}". Choose another.', "key")
    role = Role.objects.create(key=key, name=name, permissions=dict(permissions))
    journal.record(events.RoleCreated(key=key, name=name), by=by, at=at, about=RecordRef("role", role.pk))
    return role


@transaction.atomic
def change_role(*, role: Role, permissions: Mapping[str, object], by: Actor, at: datetime) -> Role:
    """Change what a role may do; the journal keeps both states."""
    before, role.permissions = dict(role.permissions), dict(permissions)
    role.save(update_fields=["permissions"])
    event = events.RoleChanged(before=before, after=dict(permissions))
    journal.record(event, by=by, at=at, about=RecordRef("role", role.pk))
    return role


@transaction.atomic
def grant_role(*, user: User, role: Role, by: Actor, at: datetime) -> None:
    """Give a person a role; having it already changes nothing."""
    _, new = RoleMembership.objects.get_or_create(user=user, role=role)
    if new:
        journal.record(events.RoleGranted(role=role.key, name=role.name), by=by, at=at, about=_ref(user))


@transaction.atomic
def revoke_role(*, user: User, role: Role, by: Actor, at: datetime) -> None:
    """
    Take a role back; not having it changes nothing.

    Raises:
        Refusal: it is the last administrator, and nobody could give the role again.
    """
    held = RoleMembership.objects.filter(role=role)
    if role.key == "administrator" and not held.exclude(user=user).filter(user__is_active=True).exists():
        raise Refusal("last_administrator", f"{user.name} is the last administrator. Name another one first.")
    gone, _ = held.filter(user=user).delete()
    if gone:
        journal.record(events.RoleRevoked(role=role.key, name=role.name), by=by, at=at, about=_ref(user))


@transaction.atomic
def save_calendar(
    *,
    key: str,
    name: str,
    zone: str,
    hours: Mapping[str, Sequence[Sequence[str]]],
    holidays: Sequence[str],
    by: Actor,
    at: datetime,
) -> BusinessCalendar:
    """
    Make a business calendar, or change the one with this key.

    Raises:
        Refusal: the zone, a weekday, a time or a day off cannot be read, or hours overlap.
    """
    spans = {day: [list(span) for span in hours[day]] for day in hours}
    days = sorted(holidays)
    try:
        Calendar.of(zone=zone, hours=spans, holidays=days)
    except ValueError as wrong:
        raise Refusal("unreadable_calendar", f"The calendar cannot be kept: {wrong}", "hours") from wrong
    calendar, _ = BusinessCalendar.objects.update_or_create(
        key=key, defaults={"name": name, "zone": zone, "hours": spans, "holidays": days}
    )
    event = events.CalendarSaved(key=key, zone=zone, hours=spans, holidays=days)
    journal.record(event, by=by, at=at, about=RecordRef("calendar", calendar.pk))
    return calendar


def _known_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as unknown:
        raise Refusal(
            "unknown_zone", f'There is no time zone "{name}". Choose one such as Europe/Berlin.', "time_zone"
        ) from unknown


def _ref(user: User) -> RecordRef:
    return RecordRef("user", user.pk)
