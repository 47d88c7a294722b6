"""What the journal tells of access."""

from __future__ import annotations

from typing import Any

from throughline.core.journal import JournalEvent, event


@event("access.roles_shipped", "Shipped roles made")
class RolesShipped(JournalEvent):
    """Roles that come with the product were made, by key."""

    roles: list[str]


@event("access.shared", "Shared")
class RecordShared(JournalEvent):
    """A record was shared with a colleague or a team, by key, to see or to change it."""

    user: int | None
    team: int | None
    may_edit: bool
    reason: str


@event("access.sharing_ended", "Shared no more")
class SharingEnded(JournalEvent):
    """A record is shared with a colleague or a team no more."""

    user: int | None
    team: int | None


@event("access.territory_saved", "Territory saved")
class TerritorySaved(JournalEvent):
    """A territory was made or changed, as older entries tell it; ``members`` are keys of people."""

    key: str
    name: str
    members: list[int]


@event("access.territory_defined", "Territory defined")
class TerritoryDefined(JournalEvent):
    """A territory was made or changed: its rule by field, and its people by key."""

    key: str
    name: str
    record_type: str
    where: dict[str, list[Any]]
    may_edit: bool
    members: list[int]


@event("access.territory_retired", "Territory retired")
class TerritoryRetired(JournalEvent):
    """A territory opens records to nobody any more."""

    key: str
    name: str


@event("access.territory_restored", "Territory in use again")
class TerritoryRestored(JournalEvent):
    """A retired territory opens records to its people again."""

    key: str
    name: str


@event("access.role_saved", "Role saved")
class RoleSaved(JournalEvent):
    """What a role may see and do was changed; ``before`` and ``after`` are permissions as they are stored."""

    key: str
    name: str
    before: dict[str, Any]
    after: dict[str, Any]
