"""Tables of quotes: what is offered, its lines, and how it was answered."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q

from throughline.core.records.models import ALIVE, Record
from throughline.crm.deals.models import Deal, Line
from throughline.crm.people.models import Contact, Organization


class QuoteStatus(models.TextChoices):
    """How far a quote has come."""

    DRAFT = "Draft", "Draft"
    REVIEW = "In review", "In review"
    APPROVED = "Approved", "Approved"
    SENT = "Sent", "Sent"
    ACCEPTED = "Accepted", "Accepted"
    REJECTED = "Rejected", "Rejected"
    EXPIRED = "Expired", "Expired"
    WITHDRAWN = "Withdrawn", "Withdrawn"
    REPLACED = "Replaced", "Replaced"


IN_THE_HOUSE = (QuoteStatus.DRAFT, QuoteStatus.REVIEW, QuoteStatus.APPROVED)
"""Statuses of what no customer has yet."""


class Quote(Record):
    """
    What is offered to a customer.

    ``root`` is the first quote of a row of revisions (None for the first itself). The sums follow the lines. While a
    colleague looks it over (``review_…``, ``reviewed_…``) nothing changes, nor from sending on: ``document`` is the key
    of the file that was sent, ``digest`` its SHA-256. ``link_no`` counts links; only the latest one opens the page.
    ``signed_name`` is what the customer typed to accept.
    """

    number_prefix: ClassVar[str] = "Q"

    name = models.CharField(max_length=300)
    sort_name = models.CharField(max_length=300, db_index=True)
    deal = models.ForeignKey(Deal, models.PROTECT, null=True, blank=True, related_name="quotes")
    organization = models.ForeignKey(Organization, models.PROTECT, null=True, blank=True, related_name="quotes")
    contact = models.ForeignKey(Contact, models.PROTECT, null=True, blank=True, related_name="quotes")
    root = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="revisions")
    revision = models.IntegerField(default=1)
    status = models.CharField(max_length=16, choices=QuoteStatus.choices, default=QuoteStatus.DRAFT)
    currency = models.CharField(max_length=3, default="EUR")
    valid_until = models.DateField(null=True, blank=True)
    discount_percent = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal(0))
    discount_amount = models.DecimalField(max_digits=18, decimal_places=2, default=Decimal(0))
    intro = models.TextField(blank=True)
    terms = models.TextField(blank=True)
    subtotal = models.DecimalField(max_digits=18, decimal_places=2, default=Decimal(0))
    discount = models.DecimalField(max_digits=18, decimal_places=2, default=Decimal(0))
    net = models.DecimalField(max_digits=18, decimal_places=2, default=Decimal(0))
    tax = models.DecimalField(max_digits=18, decimal_places=2, default=Decimal(0))
    gross = models.DecimalField(max_digits=18, decimal_places=2, default=Decimal(0))
    link_no = models.IntegerField(default=0)
    document = models.BigIntegerField(null=True, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    review_asked_at = models.DateTimeField(null=True, blank=True)
    review_asked_by = models.CharField(max_length=200, blank=True, default="")
    review_asked_by_user = models.BigIntegerField(null=True, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.CharField(max_length=200, blank=True, default="")
    review_note = models.CharField(max_length=500, blank=True, default="")
    sent_at = models.DateTimeField(null=True, blank=True)
    sent_to = models.CharField(max_length=254, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    signed_name = models.CharField(max_length=200, blank=True)
    answer_reason = models.CharField(max_length=500, blank=True)

    class Meta(Record.Meta):
        constraints = [
            *Record.Meta.constraints,
            models.UniqueConstraint(fields=["root", "revision"], name="quote_revision", condition=~Q(root=None)),
            models.UniqueConstraint(
                fields=["root"], name="quote_one_draft", condition=ALIVE & Q(status__in=IN_THE_HOUSE) & ~Q(root=None)
            ),
            models.CheckConstraint(
                condition=Q(status__in=IN_THE_HOUSE) | Q(status=QuoteStatus.WITHDRAWN) | ~Q(digest=""),
                name="quote_sent_as_document",
            ),
            models.CheckConstraint(
                condition=~Q(status=QuoteStatus.ACCEPTED) | ~Q(signed_name=""), name="quote_accepted_by_name"
            ),
            models.CheckConstraint(
                condition=~Q(status=QuoteStatus.APPROVED) | Q(reviewed_at__isnull=False), name="quote_approved_by_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def number(self) -> str:
        """How people name it; revisions of one quote share the number: ``Q-7/2``."""
        first = f"{self.number_prefix}-{self.root_id or self.pk}"
        return first if self.revision == 1 else f"{first}/{self.revision}"

    @property
    def is_draft(self) -> bool:
        """Whether it may still be changed."""
        return self.status == QuoteStatus.DRAFT

    @property
    def is_in_the_house(self) -> bool:
        """Whether no customer has had it yet."""
        return self.status in IN_THE_HOUSE


class QuoteLine(Line):
    """One line of a quote."""

    quote = models.ForeignKey(Quote, models.CASCADE, related_name="lines")

    class Meta(Line.Meta):
        constraints = [models.UniqueConstraint(fields=["quote", "position"], name="quote_line_position")]
