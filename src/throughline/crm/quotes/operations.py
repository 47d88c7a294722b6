"""Writes of quotes beside the generic ones: draft, fill in, send, revise, take back, and what the customer answers."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.files.operations import store_file
from throughline.core.recordref import RecordRef
from throughline.core.records import operations, registry, search
from throughline.core.records.discretion import require_field
from throughline.core.records.operations import Change, create_record
from throughline.core.refusals import Conflict, Refusal
from throughline.crm.deals.lines import NewLine, as_rules, copied, settle_lines
from throughline.crm.deals.models import Deal
from throughline.crm.deals.telling import write_paper
from throughline.crm.quotes import events, links
from throughline.crm.quotes.letter import customer, day, letter
from throughline.crm.quotes.life import drafted, require_draft
from throughline.crm.quotes.models import IN_THE_HOUSE, Quote, QuoteLine, QuoteStatus
from throughline.crm.quotes.paper import PDF, render
from throughline.crm.quotes.rules import Sums, sums

VALID = timedelta(days=30)
"""How long a quote holds unless somebody says otherwise."""


# -- Drafting ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def draft_quote(*, deal_id: int, by: Actor, at: datetime, name: str = "", cause: int | None = None) -> Quote:
    """
    Draft a quote of a deal with its customer and lines, valid for 30 days, and return it.

    Raises:
        NotFound, NotAllowed: the actor may not see the deal, or may not make quotes.
    """
    deal: Deal = operations.locked(registry.get("deal"), [deal_id], by=by, action=access.VIEW)[deal_id]
    values: dict[str, Any] = {
        "name": name or deal.name,
        "deal": deal.pk,
        "organization": deal.organization_id,
        "contact": deal.contact_id,
        "owner": deal.owner_id,
        "team": deal.team_id,
        "currency": deal.currency,
        "valid_until": at.date() + VALID,
    }
    given = {field: value for field, value in values.items() if value is not None}
    quote: Quote = create_record(
        spec=registry.get("quote"), values=given, by=by, at=at, cause=cause, sandbox=deal.sandbox
    )
    rows = [QuoteLine(quote=quote, **fields) for fields in copied(deal.lines.all())]
    if rows:
        _put_lines(quote, rows, by, at)
    return quote


@transaction.atomic
def set_quote_lines(
    *,
    quote_id: int,
    lines: Sequence[NewLine],
    by: Actor,
    at: datetime,
    discount_percent: Decimal = Decimal(0),
    discount_amount: Decimal = Decimal(0),
    version: int | None = None,
) -> Quote:
    """
    Put these lines in place of a draft's, with a discount on the whole; its sums follow.

    Raises:
        NotFound, NotAllowed: as for any change.
        Conflict: somebody else changed it since ``version``.
        Refusal: it is no draft any more, or a line or the discount makes no sense.
    """
    require_field(by, registry.get("quote"), "gross")
    quote = _draft(quote_id, by)
    if version is not None and version != quote.version:
        raise Conflict("Somebody changed this quote meanwhile. Look at it and save again.")
    quote.discount_percent, quote.discount_amount = discount_percent, discount_amount
    settled = settle_lines(lines, currency=quote.currency, by=by, on=at.date())
    _put_lines(quote, [QuoteLine(quote=quote, **fields) for fields in settled], by, at)
    return quote


def _draft(quote_id: int, by: Actor) -> Quote:
    quote = locked_quote(quote_id, by)
    require_draft(quote)
    return quote


def locked_quote(quote_id: int, by: Actor, action: str = access.EDIT) -> Quote:
    """
    Lock a quote for a change.

    Raises:
        NotFound, NotAllowed: as for any change; ``action`` is what the actor must be allowed.
    """
    quote: Quote = operations.locked(registry.get("quote"), [quote_id], by=by, action=action)[quote_id]
    return quote


SUMS = {"subtotal", "discount", "net", "tax", "gross", "discount_percent", "discount_amount"}


def _put_lines(quote: Quote, rows: Sequence[QuoteLine], by: Actor, at: datetime) -> None:
    found = _summed(quote, rows)
    QuoteLine.objects.filter(quote=quote).delete()
    QuoteLine.objects.bulk_create(rows)
    quote.subtotal, quote.discount, quote.net = found.subtotal, found.discount, found.net
    quote.tax, quote.gross = found.tax, found.gross
    told = events.QuoteLinesChanged(
        lines=[[str(row.product_id or ""), f"{row.quantity:f}", f"{row.unit_price:f}"] for row in rows],
        net=f"{quote.net:f}",
        gross=f"{quote.gross:f}",
    )
    operations.write_changes(spec=registry.get("quote"), changes=[Change(quote, set(SUMS), [told])], by=by, at=at)


def _summed(quote: Quote, rows: Sequence[QuoteLine]) -> Sums:
    try:
        return sums(as_rules(rows), percent=quote.discount_percent, amount=quote.discount_amount)
    except ValueError as wrong:
        raise Refusal("no_discount", str(wrong), "discount_amount") from wrong


def sums_of(quote: Quote) -> Sums:
    """Return the sums of a stored quote by rate of tax. One query."""
    return _summed(quote, list(quote.lines.all()))


# -- Sending -----------------------------------------------------------------------------------------------------------


def paper_of(quote: Quote, at: datetime) -> bytes:
    """Return the quote as a PDF, dated with the day it was or would be sent."""
    lines = list(quote.lines.all())
    facts = [(_("Number"), quote.number), (_("Date"), day((quote.sent_at or at).date()))]
    if quote.valid_until:
        facts.append((_("Valid until"), day(quote.valid_until)))
    data = letter(
        title=_("Quote %(number)s") % {"number": quote.number},
        facts=[*facts, (_("Subject"), quote.name)],
        lines=lines,
        sums=_summed(quote, lines),
        total=_("Total"),
        currency=quote.currency,
        addressed=customer(quote.organization, quote.contact),
        intro=quote.intro,
        terms=quote.terms,
    )
    return render("business.typ", data)


def ask_what_it_needs(quote: Quote, at: datetime) -> date:
    """
    Go on only when a quote has all that an offer needs; return until when it holds.

    Raises:
        Refusal: it has no lines, no customer or no day until which it holds, or that day has passed.
    """
    if not quote.lines.exists():
        raise Refusal("no_lines", "A quote without lines offers nothing. Add one first.", "lines")
    if quote.organization is None and quote.contact is None:
        raise Refusal("no_customer", "Say to whom it is offered: choose an organization or a contact.", "organization")
    if quote.valid_until is None:
        raise Refusal("no_end", "Say until when the quote holds.", "valid_until")
    if links.is_over(quote, at):
        raise Refusal("is_over", "The day until which the quote holds has passed. Choose a later one.", "valid_until")
    return quote.valid_until


@transaction.atomic
def send_quote(*, quote_id: int, by: Actor, at: datetime, to: str = "", cause: int | None = None) -> Quote:
    """
    Let a draft or an approved quote leave the house: its document is kept with its digest, a link opens it, and nothing
    changes any more.

    ``to`` is whom the link is for, the contact's address unless said. Who mails it is a procedure's matter
    (``quote.sent``). Earlier revisions that nobody has answered are replaced by it.

    Raises:
        NotFound, NotAllowed: as for any change.
        Refusal: it is in review or has left already, has no lines, no customer or no day until which it holds, or that
            day has passed.
    """
    quote = locked_quote(quote_id, by)
    if quote.status == QuoteStatus.REVIEW:
        raise Refusal("in_review", f"{quote.number} is in review. Wait for the answer, or take it back.")
    if quote.status != QuoteStatus.APPROVED:
        require_draft(quote)
    valid_until = ask_what_it_needs(quote, at)
    _replace_others(quote, by, at, cause)
    quote.status, quote.sent_at, quote.link_no = QuoteStatus.SENT, at, quote.link_no + 1
    quote.sent_to = to.strip() or (quote.contact.email if quote.contact else "")
    content = io.BytesIO(paper_of(quote, at))
    blob = store_file(
        content=content, name=f"{quote.number.replace('/', '-')}.pdf", media_type=PDF, by=by, at=at,
        about=RecordRef("quote", quote.pk),
    )  # fmt: skip
    quote.document, quote.digest = blob.pk, bytes(blob.sha256).hex()
    told = events.QuoteSent(
        quote=quote.pk,
        number=quote.number,
        revision=quote.revision,
        net=f"{quote.net:f}",
        gross=f"{quote.gross:f}",
        currency=quote.currency,
        valid_until=valid_until.isoformat(),
        digest=quote.digest,
        to=quote.sent_to,
    )
    columns = {"status", "sent_at", "sent_to", "link_no", "document", "digest"}
    write_paper("quote", Change(quote, columns, [told], cause), by=by, at=at)
    return quote


def _replace_others(quote: Quote, by: Actor, at: datetime, cause: int | None) -> None:
    if quote.root_id is None:
        return
    rows = Quote.objects.filter(status=QuoteStatus.SENT, deleted_at=None).select_for_update()
    for other in rows.filter(pk=quote.root_id) | rows.filter(root_id=quote.root_id):
        other.status = QuoteStatus.REPLACED
        reason = _("Replaced by %(number)s") % {"number": quote.number}
        told = events.QuoteWithdrawn(quote=other.pk, number=other.number, revision=other.revision, reason=reason)
        write_paper("quote", Change(other, {"status"}, [told], cause), by=by, at=at)


@transaction.atomic
def revise_quote(*, quote_id: int, by: Actor, at: datetime) -> Quote:
    """
    Draft the next revision of a quote that has left the house, and return it. The former stays open until it is sent.

    Raises:
        NotFound, NotAllowed: as for any change.
        Refusal: it is still a draft, was accepted, or a revision is being drafted already.
    """
    quote = locked_quote(quote_id, by)
    if quote.is_in_the_house:
        told = "still a draft. Change it." if quote.is_draft else "in review. Take it back and change it."
        raise Refusal("is_a_draft", f"{quote.number} is {told}")
    if quote.status == QuoteStatus.ACCEPTED:
        raise Refusal("is_accepted", f"{quote.number} was accepted. Draft another quote of the deal.")
    root = quote.root_id or quote.pk
    family = Quote.objects.filter(root_id=root, deleted_at=None)
    if family.filter(status__in=IN_THE_HOUSE).exists():
        raise Refusal("revised_before", "A revision is being drafted already. Open it on the deal's page.")
    made = Quote(
        root_id=root,
        revision=max([1, *Quote.objects.filter(root_id=root).values_list("revision", flat=True)]) + 1,
        created_at=at,
        created_by=by.label,
        updated_at=at,
        updated_by=by.label,
        valid_until=at.date() + VALID,
        **{field: getattr(quote, field) for field in _CARRIED},
    )
    made.save(force_insert=True)
    search.feed(registry.get("quote"), [made])
    rows = [QuoteLine(quote=made, **fields) for fields in copied(quote.lines.all())]
    journal.record(drafted(made), by=by, at=at, about=RecordRef("quote", made.pk), sandbox=made.sandbox)
    _put_lines(made, rows, by, at)
    return made


_CARRIED = (
    "name", "sort_name", "deal_id", "organization_id", "contact_id", "owner_id", "team_id", "currency", "intro",
    "terms", "discount_percent", "discount_amount", "tags", "sandbox",
)  # fmt: skip


@transaction.atomic
def withdraw_quote(*, quote_id: int, by: Actor, at: datetime, reason: str = "") -> Quote:
    """
    Take an offer back that nobody has answered; its link leads nowhere from now on.

    Raises:
        NotFound, NotAllowed: as for any change.
        Refusal: it was answered, or is over.
    """
    quote = locked_quote(quote_id, by)
    if quote.status != QuoteStatus.SENT and not quote.is_in_the_house:
        status = quote.get_status_display().lower()
        raise Refusal("is_over", f"{quote.number} is {status}. There is nothing to take back.")
    quote.status, quote.answer_reason = QuoteStatus.WITHDRAWN, reason.strip()[:500]
    told = events.QuoteWithdrawn(quote=quote.pk, number=quote.number, revision=quote.revision, reason=reason.strip())
    write_paper("quote", Change(quote, {"status", "answer_reason"}, [told]), by=by, at=at)
    return quote


@transaction.atomic
def expire_quote(*, quote_id: int, by: Actor, at: datetime, cause: int | None = None) -> Quote:
    """
    Close a sent quote whose last day has passed. One that was answered or still holds stays as it is.

    Raises:
        NotFound, NotAllowed: as for any change.
    """
    quote = locked_quote(quote_id, by)
    if quote.status == QuoteStatus.SENT and links.is_over(quote, at):
        quote.status = QuoteStatus.EXPIRED
        told = events.QuoteExpired(quote=quote.pk, number=quote.number, revision=quote.revision)
        write_paper("quote", Change(quote, {"status"}, [told], cause), by=by, at=at)
    return quote


# -- Answering ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def accept_quote(*, token: str, name: str, agreed: bool, digest: str, by: Actor, at: datetime) -> Quote:
    """
    Accept the quote of a link: with a name typed, a box ticked, and the digest of the document that was shown.

    Raises:
        NotFound: the link leads nowhere.
        Refusal: name or tick is missing, another document was shown, or the quote has ended.
    """
    quote = _answerable(token, at)
    typed = " ".join(name.split())[:200]
    if len(typed) < 2:
        raise Refusal("no_name", _("Type your full name to sign."), "name")
    if not agreed:
        raise Refusal("not_agreed", _("Tick the box to say that you accept."), "agreed")
    if digest != quote.digest:
        raise Refusal("another_document", _("The quote has changed since you opened it. Read it again."))
    quote.status, quote.answered_at, quote.signed_name = QuoteStatus.ACCEPTED, at, typed
    told = events.QuoteAccepted(
        quote=quote.pk,
        number=quote.number,
        revision=quote.revision,
        net=f"{quote.net:f}",
        gross=f"{quote.gross:f}",
        currency=quote.currency,
        digest=quote.digest,
        name=typed,
    )
    write_paper("quote", Change(quote, {"status", "answered_at", "signed_name"}, [told]), by=by, at=at)
    return quote


@transaction.atomic
def reject_quote(*, token: str, reason: str, by: Actor, at: datetime) -> Quote:
    """
    Reject the quote of a link, with a reason.

    Raises:
        NotFound: the link leads nowhere.
        Refusal: there is no reason, or the quote has ended.
    """
    quote = _answerable(token, at)
    if not reason.strip():
        raise Refusal("reason_needed", _("Say in a few words why."), "reason")
    quote.status, quote.answered_at, quote.answer_reason = QuoteStatus.REJECTED, at, reason.strip()[:500]
    told = events.QuoteRejected(
        quote=quote.pk, number=quote.number, revision=quote.revision, reason=quote.answer_reason
    )
    write_paper("quote", Change(quote, {"status", "answered_at", "answer_reason"}, [told]), by=by, at=at)
    return quote


def _answerable(token: str, at: datetime) -> Quote:
    """Return the quote of a link, locked; two answers at once are one after the other."""
    found = links.quote_of(token)
    quote: Quote = operations.locked(registry.get("quote"), [found.pk], by=Actor.system(), action=access.VIEW)[found.pk]
    if quote.link_no != found.link_no or quote.status not in links.SEEN:
        raise Refusal("is_gone", links.GONE)
    if quote.status in (QuoteStatus.ACCEPTED, QuoteStatus.REJECTED):
        raise Refusal("answered_before", _("This quote has been answered already."))
    if quote.status != QuoteStatus.SENT or links.is_over(quote, at):
        raise Refusal("is_over", _("This quote does not hold any more. Ask for a new one."))
    return quote
