"""Tables of invoices: what is owed, its lines, what was paid, and the last number of each series."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from throughline.core.records.models import ALIVE, Record
from throughline.crm.deals.models import Deal, Line
from throughline.crm.people.models import Contact, Organization
from throughline.crm.quotes.models import Quote


class InvoiceKind(models.TextChoices):
    """What the paper says."""

    INVOICE = "Invoice", "Invoice"
    CREDIT_NOTE = "Credit note", "Credit note"


class InvoiceStatus(models.TextChoices):
    """How far an invoice has come."""

    DRAFT = "Draft", "Draft"
    ISSUED = "Issued", "Issued"
    PARTLY_PAID = "Partly paid", "Partly paid"
    PAID = "Paid", "Paid"
    CREDITED = "Credited", "Credited"


SERIES = {InvoiceKind.INVOICE: "INV", InvoiceKind.CREDIT_NOTE: "CN"}


class NumberSeries(models.Model):
    """The last number that a series has given in a year; see ``numbering``."""

    series = models.CharField(max_length=16)
    year = models.IntegerField()
    last = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["series", "year"], name="number_series_year")]

    def __str__(self) -> str:
        return f"{self.series} {self.year}"


class Invoice(Record):
    """
    What a customer owes, or with a credit note does not owe any more (its sums are above 0 too).

    ``serial`` counts within ``series`` and ``year`` without gaps, from issuing on; then nothing changes but what is
    paid. ``due_days`` after issuing it is due. ``credits`` is the invoice that a credit note takes back.
    """

    number_prefix: ClassVar[str] = "R"

    name = models.CharField(max_length=300)
    sort_name = models.CharField(max_length=300, db_index=True)
    kind = models.CharField(max_length=16, choices=InvoiceKind.choices, default=InvoiceKind.INVOICE)
    deal = models.ForeignKey(Deal, models.PROTECT, null=True, blank=True, related_name="invoices")
    quote = models.ForeignKey(Quote, models.PROTECT, null=True, blank=True, related_name="invoices")
    organization = models.ForeignKey(Organization, models.PROTECT, null=True, blank=True, related_name="invoices")
    contact = models.ForeignKey(Contact, models.PROTECT, null=True, blank=True, related_name="invoices")
    credits = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="credit_notes")
    status = models.CharField(max_length=16, choices=InvoiceStatus.choices, default=InvoiceStatus.DRAFT)
    series = models.CharField(max_length=16, blank=True)
    year = models.IntegerField(null=True, blank=True)
    serial = models.IntegerField(null=True, blank=True)
    invoice_number = models.CharField(max_length=32, blank=True)
    reference = models.CharField(max_length=120, blank=True)
    currency = models.CharField(max_length=3, default="EUR")
    issued_on = models.DateField(null=True, blank=True)
    due_days = models.IntegerField(default=14)
    due_on = models.DateField(null=True, blank=True)
    discount_percent = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal(0))
    discount_amount = models.DecimalField(max_digits=18, decimal_places=2, default=Decimal(0))
    subtotal = models.DecimalField(max_digits=18, decimal_places=2, default=Decimal(0))
    discount = models.DecimalField(max_digits=18, decimal_places=2, default=Decimal(0))
    net = models.DecimalField(max_digits=18, decimal_places=2, default=Decimal(0))
    tax = models.DecimalField(max_digits=18, decimal_places=2, default=Decimal(0))
    gross = models.DecimalField(max_digits=18, decimal_places=2, default=Decimal(0))
    paid = models.DecimalField(max_digits=18, decimal_places=2, default=Decimal(0))
    terms = models.TextField(blank=True)
    document = models.BigIntegerField(null=True, blank=True)
    digest = models.CharField(max_length=64, blank=True)

    class Meta(Record.Meta):
        indexes = [
            *Record.Meta.indexes,
            models.Index(
                fields=["due_on"], name="invoice_due", condition=ALIVE & Q(status__in=["Issued", "Partly paid"])
            ),
        ]
        constraints = [
            *Record.Meta.constraints,
            models.UniqueConstraint(
                fields=["series", "year", "serial"], name="invoice_serial", condition=~Q(serial=None)
            ),
            models.UniqueConstraint(
                fields=["quote"],
                name="invoice_once_per_quote",
                condition=ALIVE & Q(kind="Invoice") & ~Q(status="Credited") & ~Q(quote=None),
            ),
            models.UniqueConstraint(
                fields=["credits"], name="invoice_credited_once", condition=ALIVE & ~Q(credits=None)
            ),
            models.CheckConstraint(
                condition=Q(status="Draft", serial=None) | (~Q(status="Draft") & ~Q(serial=None)),
                name="invoice_issued_has_number",
            ),
            models.CheckConstraint(condition=Q(paid__gte=0, paid__lte=F("gross")), name="invoice_paid"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def number(self) -> str:
        """How people name it: its invoice number from issuing on, before that its key."""
        return self.invoice_number or super().number

    @property
    def is_draft(self) -> bool:
        """Whether it may still be changed."""
        return self.status == InvoiceStatus.DRAFT

    @property
    def open_amount(self) -> Decimal:
        """What is still to be paid."""
        owed = self.status in (InvoiceStatus.ISSUED, InvoiceStatus.PARTLY_PAID) and self.kind == InvoiceKind.INVOICE
        return self.gross - self.paid if owed else Decimal("0.00")


class InvoiceLine(Line):
    """One line of an invoice."""

    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="lines")

    class Meta(Line.Meta):
        constraints = [models.UniqueConstraint(fields=["invoice", "position"], name="invoice_line_position")]


class Payment(models.Model):
    """Money that came in for an invoice. One that was recorded in error is taken back and stays readable."""

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="payments")
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    paid_on = models.DateField()
    method = models.CharField(max_length=64, blank=True)
    reference = models.CharField(max_length=120, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=200)
    taken_back_at = models.DateTimeField(null=True, blank=True)
    taken_back_by = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["paid_on", "id"]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="payment_positive")]

    def __str__(self) -> str:
        return f"{self.invoice}: {self.amount}"
