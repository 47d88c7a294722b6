"""Reads of drafting: what can be taken back or made again."""

from __future__ import annotations

from dataclasses import dataclass

from throughline.core.drafting.models import DraftChange


@dataclass(frozen=True, slots=True)
class Steps:
    """What *undo* and *redo* would do, in words; empty when they would do nothing."""

    undo: str
    redo: str


def undoable(*, key: str, digest: str) -> Steps:
    """Return what can be taken back or made again of a drawing whose digest is ``digest``. Two queries."""
    rows = DraftChange.objects.filter(procedure__key=key).only("what", "before_digest", "after_digest")
    last = rows.filter(undone=False).order_by("-pk").first()
    following = rows.filter(undone=True).order_by("pk").first()
    return Steps(
        undo=last.what if last is not None and last.after_digest == digest else "",
        redo=following.what if following is not None and following.before_digest == digest else "",
    )
