"""What the journal tells of access."""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event


@event("access.roles_shipped", "Shipped roles made")
class RolesShipped(JournalEvent):
    """Roles that come with the product were made, by key."""

    roles: list[str]
