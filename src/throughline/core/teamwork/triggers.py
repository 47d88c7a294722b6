"""
Whom the journal makes listen: followers of a record, the new owner, and whoever was handed a step.

Registered as a listener of the journal, so it runs in the transaction of the change, once per batch of entries. It asks
one question when nobody follows what changed. Followers are told only what they may still see.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.journal import Recorded, kinds
from throughline.core.notify.operations import Message, notify_many
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.titles import record_titles
from throughline.core.teamwork.queries import followers, seen

SILENT = frozenset(
    [
        "record.created",
        "lead.captured",
        "lead.scored",
        "contact.added",
        "comment.edited",
        "comment.deleted",
        "comment.restored",
        "case.started",
        "notification.wants_mail",
    ]
)
"""What followers are not told: beginnings, which nobody can follow yet, and what only mends something else."""


_one_message: ContextVar[bool] = ContextVar("one_message", default=False)


@contextmanager
def in_one_message() -> Iterator[None]:
    """Let nobody be told of every single record that becomes theirs: whoever moves many tells them once."""
    token = _one_message.set(True)
    try:
        yield
    finally:
        _one_message.reset(token)


def tell(entries: Sequence[Recorded]) -> None:
    """Tell people what happened to what is theirs or what they follow."""
    concerned = [entry for entry in entries if not entry.sandbox and registry.find(entry.about.type) is not None]
    singly = () if _one_message.get() else concerned
    given = [(entry, person) for entry in singly if (person := _given_to(entry)) is not None]
    following = _following([entry for entry in concerned if entry.event not in SILENT])
    told = {(entry.id, person) for entry, person in given}
    wanted = [*given, *((entry, person) for entry, person in following if (entry.id, person) not in told)]
    if not wanted:
        return
    titles = record_titles([entry.about for entry, _ in wanted])
    by_origin: dict[tuple[Actor, datetime], list[Message]] = {}
    for entry, person in wanted:
        message = _message(entry, person, titles.get(entry.about, str(entry.about)))
        by_origin.setdefault((entry.by, entry.at), []).append(message)
    for (by, at), messages in by_origin.items():
        notify_many(messages=messages, by=by, at=at)


def _given_to(entry: Recorded) -> int | None:
    """
    Return who has been given the record or a step of it by another person.

    What a procedure gives stands in the work list; a message for each of a thousand imported leads would drown the
    others.
    """
    if entry.by.user_id is None:
        return None
    key = {"record.assigned": "owner", "work.assigned": "now"}.get(entry.event)
    person = entry.data.get(key) if key else None
    return int(person) if person is not None and person != entry.by.user_id else None


def _following(entries: Sequence[Recorded]) -> list[tuple[Recorded, int]]:
    known = followers(refs=[entry.about for entry in entries])
    if not known:
        return []
    people = {person for listeners in known.values() for person in listeners}
    allowed = {person.pk: set(seen(refs=_followed_by(person.pk, known), user=person)) for person in _loaded(people)}
    return [
        (entry, person)
        for entry in entries
        for person in known.get(entry.about, ())
        if person != entry.by.user_id and entry.about in allowed.get(person, ())
    ]


def _followed_by(person: int, known: dict[RecordRef, list[int]]) -> list[RecordRef]:
    return [ref for ref, listeners in known.items() if person in listeners]


def _loaded(people: Iterable[int]) -> list[User]:
    return list(User.objects.filter(pk__in=people))


def _message(entry: Recorded, person: int, title: str) -> Message:
    given = _given_to(entry) == person
    if given and entry.event == "work.assigned":
        kind, words = "work", f"{entry.data.get('title', '')}: {title}"
    elif given:
        kind, words = "assigned", f"{title} is yours now"
    else:
        kind, words = "follow", f"{kinds.title(entry.event)}: {title}"
    return Message(
        user_id=person,
        kind=kind,
        title=words,
        body=str(entry.data.get("reason") or ""),
        about=entry.about,
        key=f"entry:{entry.id}",
        place=f"comment-{entry.data['comment']}" if "comment" in entry.data else "",
    )


LISTENERS = (tell,)
"""What wiring.py tells the journal to call."""
