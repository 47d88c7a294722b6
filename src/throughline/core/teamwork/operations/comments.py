"""Comments: said, changed and taken back by their author, who may speak to whoever sees the record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.notify.operations import Message, notify_many
from throughline.core.recordref import RecordRef
from throughline.core.records import RecordSpec, registry
from throughline.core.records.queries import get_record
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.core.teamwork import events, mentions
from throughline.core.teamwork.models import Comment
from throughline.core.teamwork.queries import colleagues, key_of

LONGEST = 20_000
"""Characters of one comment."""
QUOTED = 300
"""So much of it stands in the message to those who are spoken to."""


@transaction.atomic
def add_comment(*, record: RecordRef, body: str, by: Actor, at: datetime, answers: int | None = None) -> Comment:
    """
    Say something about a record to colleagues. Those who are mentioned, and whoever is answered, are told.

    Raises:
        NotFound: the person may not see the record, or the comment that is answered is gone.
        Refusal: nothing is said, or somebody is mentioned who may not see the record.
    """
    spec, loaded, author = _may_see(record, by)
    text = _text(body)
    spoken_to = _spoken_to(text, spec, loaded)
    answered = None if answers is None else _comment(answers, record)
    comment = Comment.objects.create(
        record_type=record.type,
        record_id=record.id,
        author=author,
        body=text,
        mentioned=[user.pk for user in spoken_to],
        answers=answered,
        created_at=at,
    )
    event = events.CommentAdded(comment=comment.pk, mentioned=comment.mentioned, answers=answers)
    journal.record(event, by=by, at=at, about=record, sandbox=loaded.sandbox)
    _tell(comment, spoken_to, spec.title(loaded), by, at)
    return comment


@transaction.atomic
def edit_comment(*, comment_id: int, body: str, by: Actor, at: datetime) -> Comment:
    """
    Change the words of one's own comment; who is newly mentioned is told. Equal words change nothing.

    Raises:
        NotFound, NotAllowed: it is gone, or somebody else's.
        Refusal: as for a new comment.
    """
    comment, spec, loaded = _own(comment_id, by)
    text = _text(body)
    if text == comment.body:
        return comment
    spoken_to = _spoken_to(text, spec, loaded)
    event = events.CommentEdited(comment=comment.pk, before=comment.body, after=text)
    comment.body, comment.mentioned, comment.edited_at = text, [user.pk for user in spoken_to], at
    comment.save(update_fields=["body", "mentioned", "edited_at"])
    journal.record(event, by=by, at=at, about=comment.record, sandbox=loaded.sandbox)
    _tell(comment, spoken_to, spec.title(loaded), by, at)
    return comment


@transaction.atomic
def delete_comment(*, comment_id: int, by: Actor, at: datetime) -> Comment:
    """
    Take one's own comment back; ``restore_comment`` brings it back again.

    Raises:
        NotFound, NotAllowed: it is gone, or somebody else's.
    """
    comment, _, loaded = _own(comment_id, by)
    comment.deleted_at = at
    comment.save(update_fields=["deleted_at"])
    event = events.CommentDeleted(comment=comment.pk, body=comment.body)
    journal.record(event, by=by, at=at, about=comment.record, sandbox=loaded.sandbox)
    return comment


@transaction.atomic
def restore_comment(*, comment_id: int, by: Actor, at: datetime) -> Comment:
    """
    Bring one's own comment back.

    Raises:
        NotFound, NotAllowed: it was not taken back, or is somebody else's.
    """
    comment, _, loaded = _own(comment_id, by, deleted=True)
    comment.deleted_at = None
    comment.save(update_fields=["deleted_at"])
    event = events.CommentRestored(comment=comment.pk)
    journal.record(event, by=by, at=at, about=comment.record, sandbox=loaded.sandbox)
    return comment


# -- Who and what ------------------------------------------------------------------------------------------------------


def _may_see(record: RecordRef, by: Actor) -> tuple[RecordSpec, Any, User]:
    user, spec = access.user_of(by), registry.find(record.type)
    if user is None:
        raise Refusal("nobody", "Only people comment. Log a note instead.")
    if spec is None:
        raise NotFound("There is no such record. Look in the list.")
    return spec, get_record(spec=spec, user=user, record_id=record.id), user


def _text(body: str) -> str:
    text = body.strip()
    if not text:
        raise Refusal("empty_comment", "Write a few words first.", "body")
    if len(text) > LONGEST:
        raise Refusal("long_comment", f"A comment has at most {LONGEST} characters. Attach a file instead.", "body")
    return text


def _spoken_to(text: str, spec: RecordSpec, record: Any) -> list[User]:
    try:
        keys = mentions.mentioned(text, colleagues())
    except mentions.AmbiguousMention as several:
        choices = " or ".join(f"@{email}" for email in several.emails)
        raise Refusal(
            "which_one", f"Several colleagues are called {several.name}. Write {choices}.", "body"
        ) from several
    people = User.objects.in_bulk(keys)
    unseeing = [people[key].name for key in keys if not access.can(people[key], access.VIEW, spec, record)]
    if unseeing:
        names = " and ".join(unseeing)
        raise Refusal(
            "may_not_see",
            f"{names} may not see this {spec.label.lower()}, so nothing was sent. Leave the name out, or share it"
            " first.",
            "body",
        )
    return [people[key] for key in keys]


def _comment(comment_id: int, record: RecordRef | None, *, deleted: bool = False) -> Comment:
    rows = Comment.objects.filter(pk=comment_id, deleted_at__isnull=not deleted).select_related("author")
    found = rows.select_for_update(of=("self",)).first()
    if found is None or (record is not None and found.record != record):
        raise NotFound("This comment is gone. Look at the timeline again.")
    return found


def _own(comment_id: int, by: Actor, *, deleted: bool = False) -> tuple[Comment, RecordSpec, Any]:
    comment = _comment(comment_id, None, deleted=deleted)
    spec, loaded, user = _may_see(comment.record, by)
    if comment.author_id != user.pk:
        raise NotAllowed(f"Only {comment.author.name} can change this comment. Answer it instead.")
    return comment, spec, loaded


def _tell(comment: Comment, spoken_to: Sequence[User], title: str, by: Actor, at: datetime) -> None:
    told = {user.pk: ("mention", f"{by.label} mentioned you: {title}") for user in spoken_to}
    if comment.answers is not None:
        told.setdefault(comment.answers.author_id, ("reply", f"{by.label} answered you: {title}"))
    told.pop(comment.author_id, None)
    messages = [
        Message(
            user_id=key,
            kind=kind,
            title=words,
            body=comment.body[:QUOTED],
            about=comment.record,
            place=f"comment-{comment.pk}",
            key=key_of(comment.pk),
        )
        for key, (kind, words) in told.items()
    ]
    notify_many(messages=messages, by=by, at=at)
