"""Writes of invoices beside the generic ones: draft, fill in, issue, record payments, credit."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from throughline.core import access
from throughline.core.actor import Actor
from throughline.core.files.operations import store_file
from throughline.core.recordref import RecordRef
from throughline.core.records import operations, registry, search
from throughline.core.records.discretion import require_field
from throughline.core.records.operations import Change, create_record
from throughline.core.refusals import Conflict, NotFound, Refusal
from throughline.crm.deals.lines import NewLine, as_rules, copied, settle_lines
from throughline.crm.deals.models import Deal, StageKind
from throughline.crm.deals.telling import write_paper
from throughline.crm.invoices import events
from throughline.crm.invoices.models import SERIES, Invoice, InvoiceKind, InvoiceLine, InvoiceStatus, Payment
from throughline.crm.invoices.numbering import next_number, written
from throughline.crm.quotes.letter import customer, day, letter
from throughline.crm.quotes.models import Quote, QuoteStatus
from throughline.crm.quotes.paper import PDF, render
from throughline.crm.quotes.rules import Sums, sums

# -- Drafting ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def draft_invoice(
    *, by: Actor, at: datetime, deal_id: int | None = None, quote_id: int | None = None, cause: int | None = None
) -> Invoice:
    """
    Draft the invoice of an accepted quote, or of a won deal (of the quote that was accepted, if there is one).

    Raises:
        NotFound, NotAllowed: the actor may not see them, or may not make invoices.
        Refusal: the quote was not accepted, the deal is not won, or there is an invoice of it already.
    """
    deal = _won(deal_id, by) if deal_id is not None else None
    quote = _accepted(quote_id, by) if quote_id is not None else _quote_of(deal)
    origin: Deal | Quote | None = quote or deal
    if origin is None:
        raise Refusal("no_origin", "Say of which deal or quote the invoice is.", "deal")
    _refuse_second(quote, deal)
    values: dict[str, Any] = {
        "name": origin.name,
        "deal": quote.deal_id if quote else origin.pk,
        "quote": quote.pk if quote else None,
        "organization": origin.organization_id,
        "contact": origin.contact_id,
        "owner": origin.owner_id,
        "team": origin.team_id,
        "currency": origin.currency,
    }
    given = {field: value for field, value in values.items() if value is not None}
    invoice: Invoice = create_record(
        spec=registry.get("invoice"), values=given, by=by, at=at, cause=cause, sandbox=origin.sandbox
    )
    if quote is not None:
        invoice.discount_percent, invoice.discount_amount = quote.discount_percent, quote.discount_amount
    rows = [InvoiceLine(invoice=invoice, **fields) for fields in _lines_of(origin)]
    if rows:
        _put_lines(invoice, rows, by, at)
    return invoice


def _won(deal_id: int, by: Actor) -> Deal:
    deal: Deal = operations.locked(registry.get("deal"), [deal_id], by=by, action=access.VIEW)[deal_id]
    if deal.stage.kind != StageKind.WON:
        raise Refusal("not_won", f"{deal.name} is not won yet. An invoice follows a won deal or an accepted quote.")
    return deal


def _accepted(quote_id: int, by: Actor) -> Quote:
    quote: Quote = operations.locked(registry.get("quote"), [quote_id], by=by, action=access.VIEW)[quote_id]
    if quote.status != QuoteStatus.ACCEPTED:
        raise Refusal("not_accepted", f"{quote.number} was not accepted. An invoice follows a yes.")
    return quote


def _quote_of(deal: Deal | None) -> Quote | None:
    if deal is None:
        return None
    accepted: Quote | None = deal.quotes.filter(status=QuoteStatus.ACCEPTED, deleted_at=None).order_by("-pk").first()
    return accepted


def _refuse_second(quote: Quote | None, deal: Deal | None) -> None:
    rows = Invoice.objects.filter(kind=InvoiceKind.INVOICE, deleted_at=None).exclude(status=InvoiceStatus.CREDITED)
    known = rows.filter(quote=quote).first() if quote else rows.filter(deal=deal, quote=None).first()
    if known is not None:
        raise Refusal("invoiced_before", f"There is an invoice already: {known.number}. Credit it before another one.")


def _lines_of(origin: Deal | Quote) -> list[dict[str, Any]]:
    """Return the lines to bill; a deal without lines is billed as one, of its amount."""
    found = copied(origin.lines.all())
    if found or isinstance(origin, Quote) or origin.amount is None:
        return found
    return [{"position": 1, "description": origin.name[:500], "unit_price": origin.amount}]


@transaction.atomic
def set_invoice_lines(
    *,
    invoice_id: int,
    lines: Sequence[NewLine],
    by: Actor,
    at: datetime,
    discount_percent: Decimal = Decimal(0),
    discount_amount: Decimal = Decimal(0),
    version: int | None = None,
) -> Invoice:
    """
    Put these lines in place of a draft's, with a discount on the whole; its sums follow.

    Raises:
        NotFound, NotAllowed: as for any change.
        Conflict: somebody else changed it since ``version``.
        Refusal: it was issued, or a line or the discount makes no sense.
    """
    require_field(by, registry.get("invoice"), "gross")
    invoice = _draft(invoice_id, by)
    if version is not None and version != invoice.version:
        raise Conflict("Somebody changed this invoice meanwhile. Look at it and save again.")
    invoice.discount_percent, invoice.discount_amount = discount_percent, discount_amount
    settled = settle_lines(lines, currency=invoice.currency, by=by, on=at.date())
    _put_lines(invoice, [InvoiceLine(invoice=invoice, **fields) for fields in settled], by, at)
    return invoice


def _locked(invoice_id: int, by: Actor) -> Invoice:
    found: Invoice = operations.locked(registry.get("invoice"), [invoice_id], by=by, action=access.EDIT)[invoice_id]
    return found


def _draft(invoice_id: int, by: Actor) -> Invoice:
    invoice = _locked(invoice_id, by)
    if not invoice.is_draft:
        raise Refusal("is_issued", f"{invoice.number} was issued and never changes. Credit it and issue another one.")
    return invoice


SUMS = {"subtotal", "discount", "net", "tax", "gross", "discount_percent", "discount_amount"}


def _put_lines(invoice: Invoice, rows: Sequence[InvoiceLine], by: Actor, at: datetime) -> None:
    found = _summed(invoice, rows)
    InvoiceLine.objects.filter(invoice=invoice).delete()
    InvoiceLine.objects.bulk_create(rows)
    invoice.subtotal, invoice.discount, invoice.net = found.subtotal, found.discount, found.net
    invoice.tax, invoice.gross = found.tax, found.gross
    told = events.InvoiceLinesChanged(
        lines=[[str(row.product_id or ""), f"{row.quantity:f}", f"{row.unit_price:f}"] for row in rows],
        net=f"{invoice.net:f}",
        gross=f"{invoice.gross:f}",
    )
    operations.write_changes(spec=registry.get("invoice"), changes=[Change(invoice, set(SUMS), [told])], by=by, at=at)


def _summed(invoice: Invoice, rows: Sequence[InvoiceLine]) -> Sums:
    try:
        return sums(as_rules(rows), percent=invoice.discount_percent, amount=invoice.discount_amount)
    except ValueError as wrong:
        raise Refusal("no_discount", str(wrong), "discount_amount") from wrong


def sums_of(invoice: Invoice) -> Sums:
    """Return the sums of a stored invoice by rate of tax. One query."""
    return _summed(invoice, list(invoice.lines.all()))


# -- Issuing -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def issue_invoice(*, invoice_id: int, by: Actor, at: datetime, cause: int | None = None) -> Invoice:
    """
    Issue a draft: it gets the next number of its series, a day on which it is due, and its document.

    Raises:
        NotFound, NotAllowed: as for any change.
        Refusal: it was issued before, has no customer, or nothing is owed.
    """
    invoice = _draft(invoice_id, by)
    if invoice.organization is None and invoice.contact is None:
        raise Refusal("no_customer", "Say who owes: choose an organization or a contact.", "organization")
    if invoice.gross <= 0:
        raise Refusal("nothing_owed", "Nothing is owed yet. Add a line first.", "lines")
    _issue(invoice, by, at, cause)
    return invoice


def _issue(invoice: Invoice, by: Actor, at: datetime, cause: int | None) -> None:
    invoice.status = InvoiceStatus.ISSUED
    invoice.issued_on = at.date()
    invoice.due_on = at.date() + timedelta(days=invoice.due_days) if invoice.kind == InvoiceKind.INVOICE else None
    invoice.series, invoice.year = SERIES[InvoiceKind(invoice.kind)], at.year
    invoice.serial = next_number(invoice.series, invoice.year)
    invoice.invoice_number = written(invoice.series, invoice.year, invoice.serial)
    content = io.BytesIO(paper_of(invoice, at))
    about = RecordRef("invoice", invoice.pk)
    name = f"{invoice.invoice_number}.pdf"
    blob = store_file(content=content, name=name, media_type=PDF, by=by, at=at, about=about)
    invoice.document, invoice.digest = blob.pk, bytes(blob.sha256).hex()
    told = events.InvoiceIssued(
        invoice=invoice.pk,
        number=invoice.number,
        kind=invoice.kind,
        net=f"{invoice.net:f}",
        gross=f"{invoice.gross:f}",
        currency=invoice.currency,
        due_on=invoice.due_on.isoformat() if invoice.due_on else None,
        digest=invoice.digest,
    )
    columns = {
        "status", "issued_on", "due_on", "series", "year", "serial", "invoice_number", "document", "digest",
    }  # fmt: skip
    write_paper("invoice", Change(invoice, columns, [told], cause), by=by, at=at)


def paper_of(invoice: Invoice, at: datetime) -> bytes:
    """Return the invoice or credit note as a PDF."""
    lines = list(invoice.lines.all())
    facts = [(_("Number"), invoice.number), (_("Date"), day(invoice.issued_on or at.date()))]
    if invoice.due_on:
        facts.append((_("To be paid by"), day(invoice.due_on)))
    if invoice.credits:
        facts.append((_("Takes back"), invoice.credits.number))
    if invoice.reference:
        facts.append((_("Your reference"), invoice.reference))
    is_credit = invoice.kind == InvoiceKind.CREDIT_NOTE
    titled = _("Credit note %(number)s") if is_credit else _("Invoice %(number)s")
    data = letter(
        title=titled % {"number": invoice.number},
        facts=[*facts, (_("Subject"), invoice.name)],
        lines=lines,
        sums=_summed(invoice, lines),
        total=_("Credited") if is_credit else _("To be paid"),
        currency=invoice.currency,
        addressed=customer(invoice.organization, invoice.contact),
        terms=invoice.terms,
    )
    return render("business.typ", data)


# -- Paying ------------------------------------------------------------------------------------------------------------


@transaction.atomic
def record_payment(
    *,
    invoice_id: int,
    amount: Decimal,
    paid_on: date,
    by: Actor,
    at: datetime,
    method: str = "",
    reference: str = "",
) -> Payment:
    """
    Record that money came in for an invoice, all of what is open or a part.

    Raises:
        NotFound, NotAllowed: as for any change.
        Refusal: nothing is open, or less than was paid; or there cannot be such a payment.
    """
    invoice = _locked(invoice_id, by)
    if not invoice.open_amount:
        raise Refusal("nothing_open", f"Nothing is open of {invoice.number}.", "amount")
    if amount <= 0 or amount != amount.quantize(Decimal("0.01")):
        raise Refusal("no_amount", "A payment is above 0 and has no parts of a cent.", "amount")
    if amount > invoice.open_amount:
        still = f"{invoice.open_amount:,.2f} {invoice.currency}"
        raise Refusal("too_much", f"Only {still} are open of {invoice.number}.", "amount")
    if paid_on > at.date():
        raise Refusal("not_yet", "A payment cannot have come in tomorrow.", "paid_on")
    payment = Payment.objects.create(
        invoice=invoice,
        amount=amount,
        paid_on=paid_on,
        method=method.strip()[:64],
        reference=reference.strip()[:120],
        recorded_at=at,
        recorded_by=by.label,
    )
    invoice.paid += amount
    invoice.status = InvoiceStatus.PAID if invoice.paid == invoice.gross else InvoiceStatus.PARTLY_PAID
    told = events.InvoicePaid(
        invoice=invoice.pk,
        number=invoice.number,
        payment=payment.pk,
        amount=f"{amount:f}",
        currency=invoice.currency,
        open=f"{invoice.open_amount:f}",
        in_full=invoice.status == InvoiceStatus.PAID,
    )
    write_paper("invoice", Change(invoice, {"paid", "status"}, [told]), by=by, at=at)
    return payment


@transaction.atomic
def take_back_payment(*, payment_id: int, reason: str, by: Actor, at: datetime) -> Payment:
    """
    Take back a payment that was recorded in error; its amount is open again.

    Raises:
        NotFound, NotAllowed: there is no such payment, or as for any change of its invoice.
        Refusal: it was taken back before, its invoice was credited, or there is no reason.
    """
    payment = Payment.objects.filter(pk=payment_id).first()
    if payment is None:
        raise NotFound("There is no such payment. Look at the invoice.")
    invoice = _locked(payment.invoice_id, by)
    payment.refresh_from_db()
    if payment.taken_back_at is not None:
        raise Refusal("taken_back_before", "This payment was taken back already.")
    if invoice.status == InvoiceStatus.CREDITED:
        raise Refusal("is_credited", f"{invoice.number} was credited. Its payments stay as they are.")
    if not reason.strip():
        raise Refusal("reason_needed", "Say why.", "reason")
    payment.taken_back_at, payment.taken_back_by = at, by.label
    payment.save(update_fields=["taken_back_at", "taken_back_by"])
    invoice.paid -= payment.amount
    invoice.status = InvoiceStatus.PARTLY_PAID if invoice.paid else InvoiceStatus.ISSUED
    told = events.InvoicePaymentTakenBack(
        invoice=invoice.pk,
        number=invoice.number,
        payment=payment.pk,
        amount=f"{payment.amount:f}",
        currency=invoice.currency,
        reason=reason.strip(),
    )
    write_paper("invoice", Change(invoice, {"paid", "status"}, [told]), by=by, at=at)
    return payment


# -- Crediting ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def credit_invoice(*, invoice_id: int, reason: str, by: Actor, at: datetime) -> Invoice:
    """
    Take an issued invoice back by a credit note of the same lines, and return the note; what was paid is owed back.

    Raises:
        NotFound, NotAllowed: as for any change.
        Refusal: it was never issued, is a credit note, was credited before, or there is no reason.
    """
    invoice = _locked(invoice_id, by)
    if invoice.kind != InvoiceKind.INVOICE or invoice.is_draft:
        raise Refusal("nothing_to_credit", f"{invoice.number} is no issued invoice. There is nothing to credit.")
    if invoice.status == InvoiceStatus.CREDITED:
        raise Refusal("is_credited", f"{invoice.number} was credited already.")
    if not reason.strip():
        raise Refusal("reason_needed", "Say why.", "reason")
    note = Invoice(
        kind=InvoiceKind.CREDIT_NOTE,
        credits=invoice,
        created_at=at,
        created_by=by.label,
        updated_at=at,
        updated_by=by.label,
        terms=reason.strip(),
        **{field: getattr(invoice, field) for field in _CARRIED},
    )
    note.save(force_insert=True)
    search.feed(registry.get("invoice"), [note])
    InvoiceLine.objects.bulk_create(InvoiceLine(invoice=note, **fields) for fields in copied(invoice.lines.all()))
    _issue(note, by, at, None)
    invoice.status = InvoiceStatus.CREDITED
    told = events.InvoiceCredited(
        invoice=invoice.pk,
        number=invoice.number,
        credit_note=note.number,
        gross=f"{invoice.gross:f}",
        currency=invoice.currency,
        reason=reason.strip(),
    )
    write_paper("invoice", Change(invoice, {"status"}, [told]), by=by, at=at)
    return note


_CARRIED = (
    "name", "sort_name", "deal", "quote", "organization", "contact", "owner", "team", "currency", "reference",
    "discount_percent", "discount_amount", "subtotal", "discount", "net", "tax", "gross", "sandbox",
)  # fmt: skip
