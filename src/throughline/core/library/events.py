"""What the journal tells of packs."""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event


@event("pack.brought", "Pack brought")
class PackBrought(JournalEvent):
    """A pack was put on the shelf as a file."""

    key: str
    name: str
    version: str
    digest: str


@event("pack.discarded", "Pack taken off the shelf")
class PackDiscarded(JournalEvent):
    """A pack that had been brought was taken off the shelf."""

    key: str
    version: str


@event("pack.installed", "Pack installed")
class PackInstalled(JournalEvent):
    """A pack works here: its parts by kind, and which of its procedures wait for something."""

    key: str
    name: str
    version: str
    digest: str
    parts: dict[str, list[str]]
    waiting: list[str]


@event("pack.pulled", "Changes of a pack pulled")
class PackPulled(JournalEvent):
    """A later version of a pack was merged with what is here: which parts changed, which conflicts were decided how."""

    key: str
    former: str
    version: str
    digest: str
    changed: list[str]
    conflicts: dict[str, str]


@event("pack.removed", "Pack removed")
class PackRemoved(JournalEvent):
    """A pack was taken out: which parts went, which stay because they are in use."""

    key: str
    version: str
    gone: list[str]
    stays: list[str]


@event("pack.pull_taken_back", "Pull of a pack taken back")
class PullTakenBack(JournalEvent):
    """What a pull had changed stands again as before; ``version`` is the one before it."""

    key: str
    version: str
    taken_back: str
