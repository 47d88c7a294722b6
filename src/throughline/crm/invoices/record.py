"""The record type of invoices."""

from __future__ import annotations

from decimal import Decimal

from throughline.core.recordref import RecordRef
from throughline.core.records.spec import Choice, Derived, FieldSpec, FieldType, Hooks, RecordSpec, Section
from throughline.core.records.text import amount_of, joined, told
from throughline.crm.invoices import life
from throughline.crm.invoices.models import Invoice, InvoiceKind, InvoiceStatus

T = FieldType


def below_title(number: str, organization: str | None, gross: Decimal | None, currency: str) -> str:
    """Return what is said below the title."""
    return joined(number, organization, amount_of(gross, currency))


def open_amount(gross: Decimal, paid: Decimal, status: str) -> Decimal:
    """Return what is still to be paid."""
    return gross - paid if status in (InvoiceStatus.ISSUED, InvoiceStatus.PARTLY_PAID) else Decimal(0)


INVOICE = RecordSpec(
    type="invoice",
    label="Invoice",
    plural="Invoices",
    model=Invoice,
    icon="file-text",
    fields=(
        FieldSpec(name="name", label="Subject", sort_path="sort_name", max_length=300),
        FieldSpec(name="invoice_number", label="Invoice number", read_only=True),
        FieldSpec(
            name="kind",
            label="Paper",
            type=T.CHOICE,
            read_only=True,
            choices=Choice.of(InvoiceKind.choices, credit="warn"),
        ),
        FieldSpec(
            name="status",
            label="Status",
            type=T.CHOICE,
            read_only=True,
            choices=Choice.of(InvoiceStatus.choices, issued="info", partly="warn", paid="good", credited="bad"),
        ),
        FieldSpec(name="deal", label="Deal", type=T.RECORD, to="deal", sort_path="deal__sort_name"),
        FieldSpec(name="quote", label="Quote", type=T.RECORD, to="quote", sort_path="quote__sort_name"),
        FieldSpec(
            name="organization",
            label="Organization",
            type=T.RECORD,
            to="organization",
            sort_path="organization__sort_name",
        ),
        FieldSpec(name="contact", label="Contact", type=T.RECORD, to="contact", sort_path="contact__sort_name"),
        FieldSpec(name="credits", label="Takes back", type=T.RECORD, to="invoice", read_only=True),
        FieldSpec(name="reference", label="Customer's reference", max_length=120),
        FieldSpec(name="currency", label="Currency", max_length=3),
        FieldSpec(name="issued_on", label="Issued", type=T.DATE, read_only=True),
        FieldSpec(name="due_days", label="Due after (days)", type=T.INTEGER),
        FieldSpec(name="due_on", label="Due", type=T.DATE, read_only=True),
        FieldSpec(name="subtotal", label="Sum of the lines", type=T.MONEY, read_only=True),
        FieldSpec(name="discount", label="Discount", type=T.MONEY, read_only=True),
        FieldSpec(name="net", label="Net", type=T.MONEY, read_only=True),
        FieldSpec(name="tax", label="Tax", type=T.MONEY, read_only=True),
        FieldSpec(name="gross", label="Total", type=T.MONEY, read_only=True),
        FieldSpec(name="paid", label="Paid", type=T.MONEY, read_only=True),
        FieldSpec(name="terms", label="Terms below the sums", type=T.LONG_TEXT),
        FieldSpec(name="source", label="Source", max_length=64),
    ),
    title=Derived(("name",), str),
    subtitle=Derived(("invoice_number", "organization__name", "gross", "currency"), below_title),
    search_text=Derived(("invoice_number", "reference", "organization__name"), told),
    list_columns=("name", "invoice_number", "organization", "status", "gross", "paid", "due_on", "owner"),
    filters=("status", "kind", "deal", "owner", "team", "gross", "issued_on", "due_on", "tags", "created_at"),
    board_column="status",
    board_sum="gross",
    sections=(
        Section("Invoice", ("name", "invoice_number", "kind", "status", "deal", "quote", "organization", "contact")),
        Section("Sums", ("subtotal", "discount", "net", "tax", "gross", "paid", "currency")),
        Section("Payment", ("issued_on", "due_days", "due_on", "reference", "credits", "terms")),
        Section("Work", ("owner", "team", "tags")),
    ),
    related=("deal", "quote", "organization", "contact", "credits"),
    open={"status__in": (InvoiceStatus.ISSUED, InvoiceStatus.PARTLY_PAID)},
    hooks=Hooks(check=life.check, derive=life.name_invoice, settle=life.settle, changed=life.guard),
    facts={
        "open_amount": Derived(("gross", "paid", "status"), open_amount),
        "contact_name": Derived(("contact__name",), lambda name: name),
        "organization_name": Derived(("organization__name",), lambda name: name),
    },
    timeline=lambda invoice: [RecordRef("invoice", invoice.credits_id)] if invoice.credits_id else [],
)


RECORDS = (INVOICE,)
