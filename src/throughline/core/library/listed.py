"""What has changed of what a pack lists besides procedures and tables; each item is taken or kept as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from throughline.core.library import parts
from throughline.core.library.parts import Listed, PartKind
from throughline.packs import Pack
from throughline.packs.model import LISTED


@dataclass(frozen=True, slots=True)
class ListedPull:
    """
    What pulling would do to one listed item: ``theirs`` is what the pack says now, in full; ``ours`` what stands here
    (None: nothing). ``is_clash``: both have changed it, or it was taken away here.
    """

    kind: str
    key: str
    words: str
    theirs: Listed
    ours: Listed | None
    is_clash: bool

    @property
    def unit(self) -> str:
        """By what it is decided on: ``products:DAY``."""
        return f"{self.kind}:{self.key}"

    @property
    def is_new(self) -> bool:
        """Whether nothing of it stands here."""
        return self.ours is None


def listed_pulls(before: Pack, now: Pack) -> Iterator[ListedPull]:
    """Give what pulling a pack would do to what it lists; ``before`` is the version that was installed or pulled."""
    for name in LISTED:
        items = now.listed.get(name, ())
        kind = parts.get(name, now.name) if items else None
        if kind is None:
            continue
        known = {kind.named(item): kind.form(item) for item in before.listed.get(name, ())}
        for item in items:
            base = known.get(kind.named(item))
            found = _pull(kind, item, base)
            if found is not None:
                yield found


def _pull(kind: PartKind, item: Listed, base: Listed | None) -> ListedPull | None:
    theirs, ours = kind.form(item), kind.here(item)
    if theirs in (base, ours):
        return None
    return ListedPull(kind.name, kind.named(item), kind.words(item), theirs, ours, is_clash=ours != base)
