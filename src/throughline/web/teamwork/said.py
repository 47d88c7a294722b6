"""Comments as the timeline tells them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from throughline.core.records import registry
from throughline.core.teamwork import mentions, queries
from throughline.core.teamwork.models import Comment
from throughline.web.answers import Asked
from throughline.web.parts import Said, TimelineItem, Words
from throughline.web.records.present import slug


def told_comments(request: Asked, ids: Sequence[int]) -> dict[int, TimelineItem]:
    """Return comments by key as lines of a timeline; the caller has checked that their record is seen."""
    found = queries.comments(ids=ids, user=request.user)
    here = queries.colleagues() if any(said.comment.mentioned for said in found.values()) else []
    return {key: _item(said, here) for key, said in found.items()}


def told_comment(request: Asked, comment_id: int) -> TimelineItem:
    """Return one comment as a line of a timeline."""
    return told_comments(request, [comment_id])[comment_id]


def _item(said: queries.Said, here: Sequence[mentions.Colleague]) -> TimelineItem:
    comment = said.comment
    spec = registry.get(comment.record_type)
    mine = [comment.pk] if said.mine else []
    shown = Said(
        id=comment.pk,
        words=_words(comment, here),
        answers=comment.answers.author.name if comment.answers is not None else "",
        edited=comment.edited_at is not None,
        seen=_seen(said.seen),
        answer_url=reverse("web:composer", args=[slug(spec), comment.record_id]) + f"?answer={comment.pk}",
        edit_url=reverse("web:comment", args=mine) if mine else "",
        delete_url=reverse("web:comment_bin", args=mine) if mine else "",
    )
    return TimelineItem("message-square", comment.author.name, "", comment.created_at, "news", said=shown)


def _words(comment: Comment, here: Sequence[mentions.Colleague]) -> tuple[Words, ...]:
    try:
        found = mentions.parts(comment.body, here)
    except mentions.AmbiguousMention:  # somebody of the same name came later
        return (Words(comment.body),)
    return tuple(Words(part.text, part.key in comment.mentioned) for part in found)


def _seen(seen: Sequence[tuple[str, datetime | None]]) -> str:
    if not seen:
        return ""
    names = ", ".join(name for name, at in seen if at is not None)
    waiting = ", ".join(name for name, at in seen if at is None)
    if not waiting:
        return _("Seen by %(names)s") % {"names": names}
    if not names:
        return _("Not seen yet by %(names)s") % {"names": waiting}
    return _("Seen by %(names)s; not yet by %(waiting)s") % {"names": names, "waiting": waiting}
