"""
A quote that a colleague looks over before it leaves the house: asked, approved, sent back with a reason, taken back.

From asking on nothing in it changes, so what was approved is what is sent. Who asks does not approve. That a quote
must be approved first is said by a validation rule, such as
``quote.status != "Sent" or quote.reviewed_at != null``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import transaction

from throughline.core import access
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.notify.operations import Message, notify_many
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.operations import Change
from throughline.core.refusals import NotAllowed, Refusal
from throughline.crm.deals.telling import write_paper
from throughline.crm.quotes import events
from throughline.crm.quotes.models import Quote, QuoteStatus
from throughline.crm.quotes.operations import ask_what_it_needs, locked_quote

YOU_ARE_ASKED = "You are asked to look it over."
REVIEW = {
    "status", "review_asked_at", "review_asked_by", "review_asked_by_user", "reviewed_at", "reviewed_by", "review_note",
}  # fmt: skip


@transaction.atomic
def ask_review(*, quote_id: int, by: Actor, at: datetime, why: str = "", cause: int | None = None) -> Quote:
    """
    Ask colleagues to look over a draft. Who may review and sees the quote is told; when nobody sees it, all who may.

    Raises:
        NotFound, NotAllowed: as for any change.
        Refusal: it is no draft, something is missing that it needs to be sent, or there is nobody to ask.
    """
    quote = locked_quote(quote_id, by)
    if not quote.is_draft:
        raise Refusal("not_a_draft", f"{quote.number} is {_status(quote)}. Only a draft is looked over.")
    ask_what_it_needs(quote, at)
    people = _asked(quote, by)
    if not people:
        raise Refusal("nobody_to_ask", "Nobody else may review quotes. Tell an administrator.")
    quote.status, quote.review_note = QuoteStatus.REVIEW, why.strip()[:500]
    quote.review_asked_at, quote.review_asked_by, quote.review_asked_by_user = at, by.label, by.user_id
    quote.reviewed_at, quote.reviewed_by = None, ""
    told = events.QuoteReviewAsked(quote=quote.pk, number=quote.number, revision=quote.revision, why=quote.review_note)
    write_paper("quote", Change(quote, set(REVIEW), [told], cause), by=by, at=at)
    if not quote.sandbox:
        about = RecordRef("quote", quote.pk)
        access.take_part_many(parts=[access.Part(person.pk, about, YOU_ARE_ASKED) for person in people], at=at)
    _tell(people, quote, f"Please look over {quote.number}: {quote.name}", by, at)
    return quote


def _status(quote: Quote) -> str:
    return str(quote.get_status_display()).lower()


def _asked(quote: Quote, by: Actor) -> list[User]:
    spec = registry.get("quote")
    others = [person for person in access.people_with(access.REVIEW_QUOTES) if person.pk != by.user_id]
    return [person for person in others if access.can(person, access.VIEW, spec, quote)] or others


def _tell(people: Sequence[User], quote: Quote, title: str, by: Actor, at: datetime) -> None:
    about, key = RecordRef("quote", quote.pk), f"review:{quote.pk}:{quote.version}"
    messages = [
        Message(person.pk, "approval", title, quote.review_note, about, key, sandbox=quote.sandbox) for person in people
    ]
    notify_many(messages=messages, by=by, at=at)


@transaction.atomic
def decide_review(*, quote_id: int, approved: bool, by: Actor, at: datetime, reason: str = "") -> Quote:
    """
    Approve a quote that is in review, or send it back to its maker with a reason. Whoever asked is told.

    Raises:
        NotFound: there is no such quote, or the actor may not see it.
        NotAllowed: the actor may not review quotes, or has asked for this review.
        Refusal: it is not in review, or nobody knows why it is sent back.
    """
    quote = locked_quote(quote_id, by, access.VIEW)
    user = access.user_of(by)
    if user is not None and not may_review(quote, user):
        raise NotAllowed("Only a colleague who may review quotes, and has not asked for it, can answer this.")
    if quote.status != QuoteStatus.REVIEW:
        raise Refusal("not_in_review", f"{quote.number} is {_status(quote)}. There is nothing to look over.")
    if not approved and not reason.strip():
        raise Refusal("reason_needed", "Say what is to be changed.", "reason")
    quote.status = QuoteStatus.APPROVED if approved else QuoteStatus.DRAFT
    quote.review_note = reason.strip()[:500]
    quote.reviewed_at, quote.reviewed_by = (at, by.label) if approved else (None, "")
    told = (events.QuoteApproved if approved else events.QuoteSentBack)(
        quote=quote.pk, number=quote.number, revision=quote.revision, reason=quote.review_note
    )
    write_paper("quote", Change(quote, set(REVIEW), [told]), by=by, at=at)
    asker = User.objects.filter(pk__in=[quote.review_asked_by_user], is_active=True)
    said = "was approved. Send it." if approved else "was sent back to you."
    _tell(list(asker), quote, f"{quote.number} {said}", by, at)
    return quote


def may_review(quote: Quote, user: User) -> bool:
    """Return whether a person may approve a quote in review: has the ability, and is not who asks."""
    return quote.review_asked_by_user != user.pk and access.allows(user, access.REVIEW_QUOTES)


@transaction.atomic
def redraft_quote(*, quote_id: int, by: Actor, at: datetime) -> Quote:
    """
    Make a draft of a quote in review, or of an approved one, so that it can be changed. An approval is gone with it.

    Raises:
        NotFound, NotAllowed: as for any change.
        Refusal: it is neither.
    """
    quote = locked_quote(quote_id, by)
    if quote.status not in (QuoteStatus.REVIEW, QuoteStatus.APPROVED):
        raise Refusal("not_in_review", f"{quote.number} is {_status(quote)}. There is nothing to take back.")
    quote.status, quote.review_note = QuoteStatus.DRAFT, ""
    quote.reviewed_at, quote.reviewed_by = None, ""
    told = events.QuoteRedrafted(quote=quote.pk, number=quote.number, revision=quote.revision)
    write_paper("quote", Change(quote, set(REVIEW), [told]), by=by, at=at)
    return quote


def waiting_for(user: User) -> Iterator[Quote]:
    """Give the quotes that a person may approve or send back, the longest waiting first."""
    if not access.allows(user, access.REVIEW_QUOTES):
        return
    spec = registry.get("quote")
    rows = Quote.objects.filter(access.visible(spec, user), status=QuoteStatus.REVIEW, deleted_at=None, sandbox=False)
    for quote in rows.select_related("deal", "organization").order_by("review_asked_at", "pk"):
        if may_review(quote, user):
            yield quote
