"""What the journal tells of web hooks."""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event


@event("hook.allowed", "Web hook allowed")
class HookAllowed(JournalEvent):
    """An administrator let charts call an address."""

    key: str
    url: str
    inside: bool


@event("hook.disallowed", "Web hook disallowed")
class HookDisallowed(JournalEvent):
    """An administrator let charts call an address no more."""

    key: str
    reason: str


@event("hook.secret_renewed", "Secret of a web hook renewed")
class HookSecretRenewed(JournalEvent):
    """An administrator made a new secret; the old one signs nothing any more."""

    key: str
