"""What the journal tells of invoices, and of their deals too. Amounts are exact, as text."""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event

SUM = ("amount", "gross")
"""The fields that say the same of a deal and of an invoice: who may not read it there is not told it here."""


@event("invoice.lines_changed", "Lines of the invoice changed", told_by={"lines": ("gross",)})
class InvoiceLinesChanged(JournalEvent):
    """What is billed changed. ``lines`` are product key, quantity and price as text, in order."""

    lines: list[list[str]]
    net: str
    gross: str


@event("invoice.issued", "Invoice issued", told_by={"net": SUM, "gross": SUM})
class InvoiceIssued(JournalEvent):
    """The customer owes. ``kind`` is Invoice or Credit note, ``digest`` the SHA-256 of the document."""

    invoice: int
    number: str
    kind: str
    net: str
    gross: str
    currency: str
    due_on: str | None
    digest: str


@event("invoice.paid", "Payment received", told_by={"amount": SUM, "open": SUM})
class InvoicePaid(JournalEvent):
    """Money came in. ``open`` is what is still owed; 0 when it is paid in full."""

    invoice: int
    number: str
    payment: int
    amount: str
    currency: str
    open: str
    in_full: bool


@event("invoice.payment_taken_back", "Payment taken back", told_by={"amount": SUM})
class InvoicePaymentTakenBack(JournalEvent):
    """A payment was recorded in error."""

    invoice: int
    number: str
    payment: int
    amount: str
    currency: str
    reason: str


@event("invoice.credited", "Invoice credited", told_by={"gross": SUM})
class InvoiceCredited(JournalEvent):
    """A credit note takes the invoice back."""

    invoice: int
    number: str
    credit_note: str
    gross: str
    currency: str
    reason: str
