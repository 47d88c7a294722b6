"""Writes of people beside what any record offers: their stages, and what they said about being contacted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.operations import Change, Edit, locked, update_records, write_changes
from throughline.core.refusals import Refusal
from throughline.crm.people import consent, events
from throughline.crm.people.consent import Word
from throughline.crm.people.models import Channel, Consent, Contact, LawfulBasis, Purpose
from throughline.crm.people.relationship import TRACKS

CHOICES: Mapping[str, Sequence[str]] = {
    "purpose": Purpose.values,
    "channel": Channel.values,
    "status": consent.SAID,
    "lawful_basis": LawfulBasis.values,
}


@transaction.atomic
def move_stage(
    *,
    contact_id: int,
    stage: str,
    by: Actor,
    at: datetime,
    reason: str = "",
    track: str = "relationship",
    back: bool = True,
    cause: int | None = None,
) -> Contact:
    """
    Move a person to another stage of the relationship, or of the way to buying (``track``), for a reason.

    Without ``back`` a stage before the present one changes nothing, as the present one never does.

    Raises:
        NotFound, NotAllowed: the actor may not change the contact.
        Refusal: there is no such track or stage, or a person gives no reason.
    """
    way = TRACKS.get(track)
    if way is None:
        raise Refusal("unknown_track", f"Choose one of: {', '.join(TRACKS)}.", "track")
    spec = registry.get("contact")
    contact: Contact = locked(spec, [contact_id], by=by, action=access.EDIT)[contact_id]
    if spec.field(way.field).choice(stage) is None:
        raise Refusal("unknown_stage", "Choose one of the stages in the list.", "stage")
    if by.user_id is not None and not reason.strip():
        raise Refusal("reason_needed", "Say why: the next colleague will be asked.", "reason")
    former = getattr(contact, way.field)
    if stage == former or (not back and way.is_back(former, stage)):
        return contact
    setattr(contact, way.field, stage)
    setattr(contact, way.since, at)
    setattr(contact, way.reason, reason.strip()[:300])
    told = events.ContactStageMoved(track=track, former=former, stage=stage, reason=reason.strip()[:300])
    change = Change(contact, {way.field, way.since, way.reason}, [told], cause)
    write_changes(spec=spec, changes=[change], by=by, at=at)
    return contact


@transaction.atomic
def record_consent(*, contact_id: int, word: Word, by: Actor, at: datetime, cause: int | None = None) -> Consent:
    """
    Keep what a person said about being contacted; see ``record_consents``.

    Raises:
        NotFound, NotAllowed: the actor may not change the contact.
        Refusal: the word cannot be kept; nothing was changed.
    """
    locked(registry.get("contact"), [contact_id], by=by, action=access.EDIT)
    return record_consents(said=[(contact_id, word)], by=by, at=at, cause=cause)[0]


@transaction.atomic
def record_consents(
    *, said: Sequence[tuple[int, Word]], by: Actor, at: datetime, cause: int | None = None, sandbox: bool = False
) -> list[Consent]:
    """
    Keep what people said about being contacted, set-wise, and return it in order.

    ``said``: keys of contacts with their words. The caller has checked that the actor may change them. “No e-mail” of a
    contact follows what is said about e-mail: it is set when the last yes is taken back, and gone with the next yes.

    Raises:
        NotFound, NotAllowed: the actor may not change “No e-mail” of a contact for which it must follow.
        Refusal: a value is unknown, a yes has no text, an instant cannot be, or what is withdrawn was never given;
            nothing was changed.
    """
    for _, word in said:
        _check(word, at)
    _refuse_empty_withdrawals(said)
    kept = Consent.objects.bulk_create(_row(contact_id, word, by, at) for contact_id, word in said)
    facts = [
        journal.Fact(EVENTS[row.status](row), RecordRef("contact", row.contact_id), cause, sandbox) for row in kept
    ]
    journal.record_many(facts, by=by, at=at)
    _follow_mail([row for row in kept if row.channel == Channel.EMAIL], by, at, cause)
    return kept


def _follow_mail(kept: Sequence[Consent], by: Actor, at: datetime, cause: int | None) -> None:
    """Let “No e-mail” follow the words about e-mail; what was denied only was never allowed, and changes nothing."""
    told = {row.contact_id for row in kept if row.status != consent.DENIED}
    if not told:
        return
    rows = Consent.objects.filter(contact_id__in=told, channel=Channel.EMAIL).order_by("-captured_at", "-id")
    willing = {row.contact_id for row in consent.standing(rows) if consent.status_at(row, at) == consent.GRANTED}
    flags = Contact.objects.filter(pk__in=told).values_list("pk", "email_opt_out").order_by("pk")
    edits = [
        Edit(contact_id, {"email_opt_out": not opted_out}, cause=cause)
        for contact_id, opted_out in flags
        if opted_out == (contact_id in willing)
    ]
    update_records(spec=registry.get("contact"), edits=edits, by=by, at=at)


def _check(word: Word, at: datetime) -> None:
    for name, values in CHOICES.items():
        if (given := getattr(word, name)) not in values:
            raise Refusal(
                f"unknown_{name}", f'"{given}" is no {name.replace("_", " ")}. Use {", ".join(values)}.', name
            )
    captured_at = word.captured_at or at
    if captured_at > at:
        raise Refusal("said_later", "Nobody can have said this in the future. Correct the instant.", "captured_at")
    if word.expires_at is not None and word.expires_at <= captured_at:
        raise Refusal("expires_first", "A consent ends after it was given. Correct the instant.", "expires_at")
    if (word.status, word.lawful_basis) == (consent.GRANTED, LawfulBasis.CONSENT) and not word.text.strip():
        raise Refusal("text_missing", "Keep the text that the person agreed to: without it nothing is proved.", "text")


def _refuse_empty_withdrawals(said: Sequence[tuple[int, Word]]) -> None:
    """Raise when something is taken back that does not stand; one query, none when nothing is taken back."""
    wanted = [(contact_id, word) for contact_id, word in said if word.status == consent.WITHDRAWN]
    if not wanted:
        return
    rows = Consent.objects.filter(contact_id__in={contact_id for contact_id, _ in wanted})
    given = {
        (kept.contact_id, kept.purpose, kept.channel)
        for kept in consent.standing(rows.order_by("-captured_at", "-id"))
        if kept.status == consent.GRANTED
    }
    for contact_id, word in wanted:
        if (contact_id, word.purpose, word.channel) not in given:
            raise Refusal(
                "nothing_to_withdraw", "There is no consent to take back. Record a refusal instead.", "status"
            )


def _row(contact_id: int, word: Word, by: Actor, at: datetime) -> Consent:
    return Consent(
        contact_id=contact_id,
        purpose=word.purpose,
        channel=word.channel,
        status=word.status,
        lawful_basis=word.lawful_basis,
        source=word.source,
        text=word.text,
        text_version=consent.text_version(word.text),
        captured_at=word.captured_at or at,
        expires_at=word.expires_at,
        proof=dict(word.proof),
        recorded_at=at,
        recorded_by=by.label,
    )


def _granted(row: Consent) -> journal.JournalEvent:
    return events.ConsentGranted(
        consent=row.pk,
        purpose=row.purpose,
        channel=row.channel,
        lawful_basis=row.lawful_basis,
        source=row.source,
        text_version=row.text_version,
        captured_at=row.captured_at.isoformat(),
        expires_at=row.expires_at.isoformat() if row.expires_at else None,
        proof=row.proof,
    )


def _refused(kind: type[events.ConsentDenied | events.ConsentWithdrawn]) -> Callable[[Consent], journal.JournalEvent]:
    def told(row: Consent) -> journal.JournalEvent:
        return kind(
            consent=row.pk,
            purpose=row.purpose,
            channel=row.channel,
            source=row.source,
            captured_at=row.captured_at.isoformat(),
            proof=row.proof,
        )

    return told


EVENTS: Mapping[str, Callable[[Consent], journal.JournalEvent]] = {
    consent.GRANTED: _granted,
    consent.DENIED: _refused(events.ConsentDenied),
    consent.WITHDRAWN: _refused(events.ConsentWithdrawn),
}
"""Status of a word → what the journal tells of it."""
