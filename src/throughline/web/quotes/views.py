"""Pages of quotes, contracts and invoices: the builder, the document, and what can be done with each."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.files.models import Blob
from throughline.core.files.operations import read_file
from throughline.core.records import registry
from throughline.core.records.discretion import require_field
from throughline.core.records.queries import get_record
from throughline.core.refusals import Conflict, NotAllowed, NotFound, Refusal
from throughline.crm.contracts import operations as contracts
from throughline.crm.deals.lines import as_rules
from throughline.crm.invoices import operations as invoices
from throughline.crm.invoices.models import Invoice
from throughline.crm.quotes import operations as quotes
from throughline.crm.quotes import review
from throughline.crm.quotes.letter import plain_number
from throughline.crm.quotes.models import Quote
from throughline.crm.quotes.paper import PDF
from throughline.web.answers import Asked, done, signed_in
from throughline.web.deals.reading import (
    day,
    number,
    product_options,
    read_lines,
    rows_of,
    sent_rows,
    tax_options,
    with_spare,
)
from throughline.web.quotes.panels import sums_shown
from throughline.web.records.present import url_of

Deed = Callable[[Asked, int], tuple[str, int, str]]
"""Does something with a paper and returns type and key of where to go on, and what is said there."""


# -- The builder -------------------------------------------------------------------------------------------------------


@signed_in
def quote_lines(request: Asked, record_id: int) -> HttpResponse:
    """Show the lines of a draft of a quote with its sums, or change them."""
    quote: Quote = get_record(spec=registry.get("quote"), user=request.user, record_id=record_id)
    return _builder(request, quote, "quote", quotes.set_quote_lines, quotes.sums_of)


@signed_in
def invoice_lines(request: Asked, record_id: int) -> HttpResponse:
    """Show the lines of a draft of an invoice with its sums, or change them."""
    invoice: Invoice = get_record(spec=registry.get("invoice"), user=request.user, record_id=record_id)
    return _builder(request, invoice, "invoice", invoices.set_invoice_lines, invoices.sums_of)


def _builder(
    request: Asked, paper: Any, kind: str, save: Callable[..., Any], sums_of: Callable[[Any], Any]
) -> HttpResponse:
    spec = registry.get(kind)
    access.require(request.by, access.EDIT, spec, paper)
    require_field(request.by, spec, "gross")
    url = url_of(spec, paper.pk)
    if not paper.is_draft:
        told = _("%(number)s is no draft any more and cannot be changed.")
        raise Refusal("not_a_draft", told % {"number": paper.number})
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            _save(request, paper, kind, save)
        except (NotFound, NotAllowed):
            raise
        except Refusal as told:
            refusal = told
        else:
            more = request.POST.get("do") == "more"
            to = reverse(f"web:{kind}_lines", args=[paper.pk]) if more else url
            return done(request, to, _("Saved."))
    lines = list(paper.lines.all())
    rows = rows_of(lines, [each.net for each in as_rules(lines)])
    sent = request.POST
    context = {
        "title": _("Lines of %(number)s") % {"number": paper.number},
        "parent": {"label": paper.name, "url": url},
        "intro": _("A price that is left out comes from the price books. Sums follow when you save."),
        "rows": with_spare(sent_rows(sent)) if refusal else rows,
        "products": product_options(request.user),
        "taxes": tax_options(),
        "currency": paper.currency,
        "version": paper.version,
        "has_discount": True,
        "discount_percent": sent.get("discount_percent", plain_number(paper.discount_percent)),
        "discount_amount": sent.get("discount_amount", plain_number(paper.discount_amount)),
        "error": refusal.message if refusal else "",
        "sums": sums_shown(sums_of(paper), paper.currency),
    }
    return render(request, "deals/lines.html", context, status=refusal.status if refusal else 200)


def _save(request: Asked, paper: Any, kind: str, save: Callable[..., Any]) -> None:
    given = request.POST
    version = given.get("version", "")
    save(
        **{f"{kind}_id": paper.pk},
        lines=read_lines(given),
        discount_percent=number(given.get("discount_percent", ""), _("Discount (%)"), default=Decimal(0)),
        discount_amount=number(given.get("discount_amount", ""), _("Discount"), default=Decimal(0)),
        version=int(version) if version.isdecimal() else None,
        by=request.by,
        at=request.at,
    )


# -- The document ------------------------------------------------------------------------------------------------------


@signed_in
def quote_pdf(request: Asked, record_id: int) -> HttpResponse:
    """Give the document of a quote: the one that was sent, or how it would be sent now."""
    quote: Quote = get_record(spec=registry.get("quote"), user=request.user, record_id=record_id)
    require_field(request.by, registry.get("quote"), "gross")
    return pdf(kept(quote.document) or quotes.paper_of(quote, request.at), quote.number)


@signed_in
def invoice_pdf(request: Asked, record_id: int) -> HttpResponse:
    """Give the document of an invoice: the one that was issued, or how it would be issued now."""
    invoice: Invoice = get_record(spec=registry.get("invoice"), user=request.user, record_id=record_id)
    require_field(request.by, registry.get("invoice"), "gross")
    return pdf(kept(invoice.document) or invoices.paper_of(invoice, request.at), invoice.number)


def kept(key: int | None) -> bytes:
    """Return the content of a kept document, nothing without one."""
    blob = Blob.objects.filter(pk=key).first() if key is not None else None
    return b"".join(read_file(blob)) if blob is not None else b""


def pdf(content: bytes, name: str) -> HttpResponse:
    """Answer with a PDF that opens in the browser and is never read as anything else."""
    answer = HttpResponse(content, content_type=PDF)
    answer["Content-Disposition"] = f'inline; filename="{name.replace("/", "-")}.pdf"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


# -- Deeds -------------------------------------------------------------------------------------------------------------


@require_POST
@signed_in
def do_quote(request: Asked, record_id: int) -> HttpResponse:
    """Send, review, revise, withdraw or bill a quote."""
    return _do(request, record_id, "quote", QUOTE_DEEDS)


@require_POST
@signed_in
def do_contract(request: Asked, record_id: int) -> HttpResponse:
    """Send, sign, renew or end a contract."""
    return _do(request, record_id, "contract", CONTRACT_DEEDS)


@require_POST
@signed_in
def do_invoice(request: Asked, record_id: int) -> HttpResponse:
    """Issue, pay or credit an invoice."""
    return _do(request, record_id, "invoice", INVOICE_DEEDS)


def _do(request: Asked, record_id: int, kind: str, deeds: dict[str, Deed]) -> HttpResponse:
    record = get_record(spec=registry.get(kind), user=request.user, record_id=record_id)
    deed = deeds.get(request.POST.get("do", ""))
    if deed is None:
        raise NotFound(_("This cannot be done here. Look at the record's page."))
    try:
        to, key, said = deed(request, record_id)
    except (NotFound, NotAllowed, Conflict):
        raise
    except Refusal as refusal:
        context = {"sentence": refusal.message, "back_url": url_of(registry.get(kind), record_id), "title": str(record)}
        return render(request, "quotes/refused.html", context, status=422)
    return done(request, url_of(registry.get(to), key), said)


def _text(request: Asked, name: str) -> str:
    return request.POST.get(name, "").strip()


def _send_quote(request: Asked, key: int) -> tuple[str, int, str]:
    quotes.send_quote(quote_id=key, to=_text(request, "to"), by=request.by, at=request.at)
    return "quote", key, _("Sent. The link below opens it for the customer.")


def _review_quote(request: Asked, key: int) -> tuple[str, int, str]:
    review.ask_review(quote_id=key, why=_text(request, "why"), by=request.by, at=request.at)
    return "quote", key, _("Asked. You are told as soon as somebody answers.")


def _approve_quote(request: Asked, key: int) -> tuple[str, int, str]:
    review.decide_review(quote_id=key, approved=True, reason=_text(request, "reason"), by=request.by, at=request.at)
    return "quote", key, _("Approved. Whoever asked is told.")


def _send_back_quote(request: Asked, key: int) -> tuple[str, int, str]:
    review.decide_review(quote_id=key, approved=False, reason=_text(request, "reason"), by=request.by, at=request.at)
    return "quote", key, _("Sent back. Whoever asked is told.")


def _redraft_quote(request: Asked, key: int) -> tuple[str, int, str]:
    review.redraft_quote(quote_id=key, by=request.by, at=request.at)
    return "quote", key, _("It is a draft again.")


def _revise_quote(request: Asked, key: int) -> tuple[str, int, str]:
    made = quotes.revise_quote(quote_id=key, by=request.by, at=request.at)
    return "quote", made.pk, _("%(number)s was drafted.") % {"number": made.number}


def _withdraw_quote(request: Asked, key: int) -> tuple[str, int, str]:
    quotes.withdraw_quote(quote_id=key, reason=_text(request, "reason"), by=request.by, at=request.at)
    return "quote", key, _("Withdrawn. The link leads nowhere from now on.")


def _bill_quote(request: Asked, key: int) -> tuple[str, int, str]:
    made = invoices.draft_invoice(quote_id=key, by=request.by, at=request.at)
    return "invoice", made.pk, _("%(number)s was drafted.") % {"number": made.number}


def _send_contract(request: Asked, key: int) -> tuple[str, int, str]:
    contracts.send_contract(contract_id=key, to=_text(request, "to"), by=request.by, at=request.at)
    return "contract", key, _("Sent.")


def _sign_contract(request: Asked, key: int) -> tuple[str, int, str]:
    start_on = day(_text(request, "start_on"), _("Runs from"))
    contracts.sign_contract(
        contract_id=key, name=_text(request, "name"), start_on=start_on, by=request.by, at=request.at
    )
    return "contract", key, _("Signed.")


def _renew_contract(request: Asked, key: int) -> tuple[str, int, str]:
    contracts.renew_contract(contract_id=key, by=request.by, at=request.at)
    return "contract", key, _("Renewed.")


def _end_contract(request: Asked, key: int) -> tuple[str, int, str]:
    end_on = day(_text(request, "end_on"), _("Last day"))
    contracts.end_contract(
        contract_id=key, reason=_text(request, "reason"), end_on=end_on, by=request.by, at=request.at
    )
    return "contract", key, _("Ended.")


def _issue(request: Asked, key: int) -> tuple[str, int, str]:
    issued = invoices.issue_invoice(invoice_id=key, by=request.by, at=request.at)
    return "invoice", key, _("Issued as %(number)s.") % {"number": issued.number}


def _pay(request: Asked, key: int) -> tuple[str, int, str]:
    invoices.record_payment(
        invoice_id=key,
        amount=number(_text(request, "amount"), _("Amount")),
        paid_on=day(_text(request, "paid_on"), _("Received")) or request.at.date(),
        method=_text(request, "method"),
        reference=_text(request, "reference"),
        by=request.by,
        at=request.at,
    )
    return "invoice", key, _("Payment recorded.")


def _unpay(request: Asked, key: int) -> tuple[str, int, str]:
    payment = _text(request, "payment")
    invoices.take_back_payment(
        payment_id=int(payment) if payment.isdecimal() else 0,
        reason=_text(request, "reason"),
        by=request.by,
        at=request.at,
    )
    return "invoice", key, _("Taken back. The amount is open again.")


def _credit(request: Asked, key: int) -> tuple[str, int, str]:
    note = invoices.credit_invoice(invoice_id=key, reason=_text(request, "reason"), by=request.by, at=request.at)
    return "invoice", note.pk, _("Credited by %(number)s.") % {"number": note.number}


QUOTE_DEEDS: dict[str, Deed] = {
    "send": _send_quote,
    "review": _review_quote,
    "approve": _approve_quote,
    "send_back": _send_back_quote,
    "redraft": _redraft_quote,
    "revise": _revise_quote,
    "withdraw": _withdraw_quote,
    "bill": _bill_quote,
}
CONTRACT_DEEDS: dict[str, Deed] = {
    "send": _send_contract,
    "sign": _sign_contract,
    "renew": _renew_contract,
    "end": _end_contract,
}
INVOICE_DEEDS: dict[str, Deed] = {"issue": _issue, "pay": _pay, "unpay": _unpay, "credit": _credit}
