"""What the journal tells of people, teams, roles and calendars."""

from __future__ import annotations

from typing import Any

from throughline.core.journal import JournalEvent, event


@event("identity.user_created", "Person added", personal=("name", "email"))
class UserCreated(JournalEvent):
    """A person of the company got an account."""

    name: str
    email: str


@event("identity.user_changed", "Person changed", personal=("changes",))
class UserChanged(JournalEvent):
    """Details of a person were changed: field to new value."""

    changes: dict[str, str | bool | None]


@event("identity.user_deactivated", "Account closed")
class UserDeactivated(JournalEvent):
    """A person can no longer sign in."""


@event("identity.user_reactivated", "Account opened again")
class UserReactivated(JournalEvent):
    """A person can sign in again."""


@event("identity.user_competences", "Competences changed")
class UserCompetences(JournalEvent):
    """What a person knows, and how much of a full load they take (percent)."""

    competences: list[str]
    capacity: int


@event("identity.user_back", "Back from absence")
class UserBack(JournalEvent):
    """A person is there again."""


@event("identity.user_away", "Absence entered")
class UserAway(JournalEvent):
    """A person is away for a while; ``substitute`` is the key of who stands in."""

    away_from: str
    away_until: str
    substitute: int | None = None


@event("identity.team_created", "Team made")
class TeamCreated(JournalEvent):
    """A team was made, below ``parent`` when one is named."""

    key: str
    name: str
    parent: int | None = None
    manager: int | None = None


@event("identity.team_changed", "Team changed")
class TeamChanged(JournalEvent):
    """A team is called, stands below, or is managed as said here."""

    name: str
    parent: int | None = None
    manager: int | None = None


@event("identity.team_joined", "Joined a team")
class TeamJoined(JournalEvent):
    """A person came into a team."""

    team: int
    name: str


@event("identity.team_left", "Left a team")
class TeamLeft(JournalEvent):
    """A person went out of a team."""

    team: int
    name: str


@event("identity.role_created", "Role made")
class RoleCreated(JournalEvent):
    """A role was made."""

    key: str
    name: str


@event("identity.role_changed", "Role changed")
class RoleChanged(JournalEvent):
    """What a role may do was changed: the permissions before and after."""

    before: dict[str, Any]
    after: dict[str, Any]


@event("identity.role_granted", "Role given")
class RoleGranted(JournalEvent):
    """A person was given a role."""

    role: str
    name: str


@event("identity.role_revoked", "Role taken back")
class RoleRevoked(JournalEvent):
    """A person no longer plays a role."""

    role: str
    name: str


@event("identity.calendar_saved", "Business calendar saved")
class CalendarSaved(JournalEvent):
    """Working hours were made or changed."""

    key: str
    zone: str
    hours: dict[str, list[list[str]]]
    holidays: list[str]


@event("identity.key_issued", "API key issued")
class KeyIssued(JournalEvent):
    """A program got a key to act for the person; ``prefix`` is how the key begins."""

    name: str
    prefix: str
    scopes: list[str]
    expires_at: str = ""


@event("identity.key_revoked", "API key revoked")
class KeyRevoked(JournalEvent):
    """A key opens nothing any more."""

    name: str
    prefix: str
