"""What the journal tells of teamwork. What was said is personal: it may name anybody."""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event


@event("comment.added", "Comment")
class CommentAdded(JournalEvent):
    """A colleague said something about the record; the words lie with the comment."""

    comment: int
    mentioned: list[int] = []
    answers: int | None = None


@event("comment.edited", "Comment changed", personal=("before", "after"))
class CommentEdited(JournalEvent):
    """The author changed the words."""

    comment: int
    before: str
    after: str


@event("comment.deleted", "Comment deleted", personal=("body",))
class CommentDeleted(JournalEvent):
    """The author took a comment back."""

    comment: int
    body: str


@event("comment.restored", "Comment restored")
class CommentRestored(JournalEvent):
    """The author brought a comment back."""

    comment: int
