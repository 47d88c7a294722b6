"""Writes of coaching: notes on the work of a person."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.notify.operations import Message, notify_many
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.queries import get_record
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.crm.coaching import events
from throughline.crm.coaching.models import CoachingNote
from throughline.crm.coaching.queries import coaches

LONGEST = 10_000
"""Characters of one note."""


@transaction.atomic
def write_note(*, person_id: int, body: str, by: Actor, at: datetime, deal_id: int | None = None) -> CoachingNote:
    """
    Write down what was talked about with a person, perhaps about one deal. The person is told, and reads it.

    Raises:
        NotFound: there is no such person, or no such deal for whoever writes.
        NotAllowed: the actor does not coach the person.
        Refusal: nothing is said, or too much.
    """
    author, person = access.user_of(by), User.objects.filter(pk=person_id, is_active=True).first()
    if author is None or person is None:
        raise NotFound("There is no such colleague. Choose one of those you coach.")
    if not coaches(author, person):
        raise NotAllowed(f"You do not coach {person.name}. Only whoever leads a team writes notes on its people.")
    text = body.strip()
    if not text:
        raise Refusal("nothing_said", "Write down what you talked about.", "body")
    if len(text) > LONGEST:
        raise Refusal("too_long", f"A note has at most {LONGEST:,} characters. Write two.", "body")
    deal = None if deal_id is None else get_record(spec=registry.get("deal"), record_id=deal_id, user=author)
    note = CoachingNote.objects.create(person=person, author=author, deal=deal, body=text, written_at=at)
    fact = events.NoteWritten(note=note.pk, person=person.pk, deal=None if deal is None else deal.pk)
    journal.record(fact, by=by, at=at, about=RecordRef("user", person.pk))
    told = Message(
        person.pk, "coaching", f"{author.name} wrote a coaching note for you", about=RecordRef("coaching", person.pk)
    )
    notify_many(messages=[told], by=by, at=at)
    return note


@transaction.atomic
def withdraw_note(*, note_id: int, by: Actor, at: datetime) -> CoachingNote:
    """
    Take one's own note back; nobody reads it any more. One that was taken back stays so.

    Raises:
        NotFound: there is none of one's own.
    """
    note = CoachingNote.objects.select_for_update(of=("self",)).filter(pk=note_id, author_id=by.user_id).first()
    if note is None:
        raise NotFound("There is no such note of yours.")
    if note.withdrawn_at is None:
        note.withdrawn_at = at
        note.save(update_fields=["withdrawn_at"])
        fact = events.NoteWithdrawn(note=note.pk, person=note.person_id)
        journal.record(fact, by=by, at=at, about=RecordRef("user", note.person_id))
    return note
