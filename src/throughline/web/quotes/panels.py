"""What pages of quotes, contracts and invoices show beyond that of any record: lines, sums, what can be done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from throughline.core import access
from throughline.core.files.operations import files_of
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.queries import RecordPage
from throughline.crm.contracts.models import Contract, ContractStatus
from throughline.crm.deals.lines import as_rules
from throughline.crm.invoices.models import Invoice, InvoiceKind, InvoiceStatus
from throughline.crm.invoices.operations import sums_of as invoice_sums
from throughline.crm.quotes.letter import money, plain_number
from throughline.crm.quotes.links import link_of
from throughline.crm.quotes.models import Quote, QuoteStatus
from throughline.crm.quotes.operations import sums_of as quote_sums
from throughline.crm.quotes.review import may_review
from throughline.crm.quotes.rules import Sums
from throughline.web.answers import Asked


def lines_shown(paper: Quote | Invoice) -> list[dict[str, str]]:
    """Return the lines of a paper in words."""
    rows = list(paper.lines.all())
    return [
        {
            "what": row.description,
            "quantity": plain_number(row.quantity),
            "price": money(row.unit_price, paper.currency),
            "discount": f"{plain_number(row.discount)} %" if row.discount else "",
            "tax": f"{plain_number(row.tax)} %",
            "net": money(rule.net, paper.currency),
        }
        for row, rule in zip(rows, as_rules(rows), strict=True)
    ]


def sums_shown(found: Sums, currency: str) -> list[tuple[str, str]]:
    """Return the sums of a paper in words, the total last."""
    told = [(_("Sum of the lines"), money(found.subtotal, currency))]
    if found.discount:
        told += [(_("Discount"), f"−{money(found.discount, currency)}"), (_("Net"), money(found.net, currency))]
    for each in found.taxes:
        told.append((_("Tax %(percent)s %%") % {"percent": plain_number(each.percent)}, money(each.tax, currency)))
    return [*told, (_("Total"), money(found.gross, currency))]


def _priced(request: Asked, found: RecordPage, lines_url: str, **told: Any) -> dict[str, Any]:
    """Return what a paper says of money, for who may read its sum; for others only what is on it."""
    if not _reads_sums(request, found):
        return {
            "lines": [
                {"what": row.description, "quantity": plain_number(row.quantity)} for row in found.record.lines.all()
            ]
        }
    lines = {"lines": lines_shown(found.record), "lines_url": lines_url if found.can.get(access.EDIT) else ""}
    return {**lines, **told, "pdf_url": reverse(f"web:{found.spec.type}_pdf", args=[found.record.pk])}


def _reads_sums(request: Asked, found: RecordPage) -> bool:
    return access.field_rights(request.user, found.spec).reads("gross")


def _address(request: Asked, paper: Quote | Contract) -> str:
    """Return where the person reads mail to whom a paper goes, as far as the reader may know."""
    if paper.contact is None or not access.field_rights(request.user, registry.get("contact")).reads("email"):
        return ""
    return paper.contact.email


def quote_panel(request: Asked, found: RecordPage) -> Mapping[str, Any]:
    """Return the panel of a quote's page."""
    quote: Quote = found.record
    may = bool(found.can.get(access.EDIT))
    is_sent = quote.status == QuoteStatus.SENT.value
    return {
        "template": "quotes/_quote.html",
        "title": _("Offer"),
        **_priced(
            request,
            found,
            reverse("web:quote_lines", args=[quote.pk]) if quote.is_draft else "",
            sums=sums_shown(quote_sums(quote), quote.currency),
        ),
        "deed_url": reverse("web:quote_deed", args=[quote.pk]) if may else "",
        "can_send": quote.is_draft or quote.status == QuoteStatus.APPROVED,
        "can_revise": not quote.is_in_the_house and quote.status != QuoteStatus.ACCEPTED,
        "can_withdraw": is_sent,
        "can_bill": quote.status == QuoteStatus.ACCEPTED,
        "link": link_of(quote) if is_sent and may and _reads_sums(request, found) else "",
        "to": _address(request, quote),
        **_review(request, quote),
        "signed": quote.signed_name if quote.status == QuoteStatus.ACCEPTED else "",
        "signed_at": quote.answered_at,
        "digest": quote.digest,
        "reason": quote.answer_reason,
    }


def _review(request: Asked, quote: Quote) -> dict[str, Any]:
    """Return how far the review of a quote is, and what the reader can do about it."""
    is_asked = quote.status == QuoteStatus.REVIEW
    is_approved = quote.status == QuoteStatus.APPROVED
    may_decide = is_asked and may_review(quote, request.user)
    return {
        "can_ask_review": quote.is_draft,
        "in_review": is_asked,
        "asked_by": quote.review_asked_by,
        "asked_at": quote.review_asked_at,
        "approved_by": "" if quote.is_draft else quote.reviewed_by,
        "approved_at": quote.reviewed_at,
        "sent_back": quote.is_draft and quote.review_note,
        "review_note": quote.review_note,
        "can_redraft": is_asked or is_approved,
        "decide_url": reverse("web:quote_deed", args=[quote.pk]) if may_decide else "",
    }


def invoice_panel(request: Asked, found: RecordPage) -> Mapping[str, Any]:
    """Return the panel of an invoice's page."""
    invoice: Invoice = found.record
    may = bool(found.can.get(access.EDIT))
    is_issued = not invoice.is_draft and invoice.kind == InvoiceKind.INVOICE
    is_late = bool(invoice.open_amount and invoice.due_on and invoice.due_on < request.at.date())
    return {
        "template": "quotes/_invoice.html",
        "title": invoice.get_kind_display(),
        **_priced(
            request,
            found,
            reverse("web:invoice_lines", args=[invoice.pk]) if invoice.is_draft else "",
            sums=sums_shown(invoice_sums(invoice), invoice.currency),
            **_payments(invoice),
        ),
        "deed_url": reverse("web:invoice_deed", args=[invoice.pk]) if may else "",
        "can_issue": invoice.is_draft,
        "can_credit": is_issued and invoice.status != InvoiceStatus.CREDITED,
        "late": is_late,
        "due_on": invoice.due_on,
        "today": request.at.date().isoformat(),
    }


def _payments(invoice: Invoice) -> dict[str, Any]:
    return {
        "can_pay": bool(invoice.open_amount),
        "open": money(invoice.open_amount, invoice.currency) if invoice.open_amount else "",
        "open_amount": f"{invoice.open_amount:f}",
        "payments": [
            {
                "key": payment.pk,
                "amount": money(payment.amount, invoice.currency),
                "on": payment.paid_on,
                "how": " ".join(part for part in (payment.method, payment.reference) if part),
                "gone": payment.taken_back_at is not None,
            }
            for payment in invoice.payments.all()
        ],
    }


def contract_panel(request: Asked, found: RecordPage) -> Mapping[str, Any]:
    """Return the panel of a contract's page."""
    contract: Contract = found.record
    may = bool(found.can.get(access.EDIT))
    files = files_of([RecordRef("contract", contract.pk)])
    return {
        "template": "quotes/_contract.html",
        "deed_url": reverse("web:contract_deed", args=[contract.pk]) if may else "",
        "files": [file.name for file in files],
        "is_draft": contract.status == ContractStatus.DRAFT,
        "is_sent": contract.status == ContractStatus.SENT,
        "is_signed": contract.status == ContractStatus.SIGNED,
        "can_renew": contract.status == ContractStatus.SIGNED and contract.end_on is not None,
        "start_on": contract.start_on,
        "end_on": contract.end_on,
        "notice_on": contract.notice_on,
        "auto_renew": contract.auto_renew,
        "subscription_url": _subscription_url(contract) if may else "",
        "to": _address(request, contract),
    }


def _subscription_url(contract: Contract) -> str:
    base = reverse("web:record_new", args=["subscriptions"])
    number = registry.get("contract").model.number_prefix
    return f"{base}?contract={number}-{contract.pk}" if contract.status == ContractStatus.SIGNED else ""
