"""Tables of contracts: what was agreed, and what is paid again and again."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from throughline.core.records.models import ALIVE, Record
from throughline.crm.contracts.rules import Period
from throughline.crm.deals.models import Deal, Product
from throughline.crm.people.models import Contact, Organization
from throughline.crm.quotes.models import Quote


class ContractStatus(models.TextChoices):
    """How far a contract has come."""

    DRAFT = "Draft", "Draft"
    SENT = "Sent", "Sent"
    SIGNED = "Signed", "Signed"
    ENDED = "Ended", "Ended"


class Contract(Record):
    """
    What was agreed with a customer.

    It runs from ``start_on`` to ``end_on`` (included); without an end it runs on. ``term_months`` is how long one
    renewal lasts, ``notice_on`` the last day for notice, ``notice_days`` before the end. ``signed_name``: who signed.
    """

    number_prefix: ClassVar[str] = "K"

    name = models.CharField(max_length=300)
    sort_name = models.CharField(max_length=300, db_index=True)
    deal = models.ForeignKey(Deal, models.PROTECT, null=True, blank=True, related_name="contracts")
    quote = models.ForeignKey(Quote, models.PROTECT, null=True, blank=True, related_name="contracts")
    organization = models.ForeignKey(Organization, models.PROTECT, null=True, blank=True, related_name="contracts")
    contact = models.ForeignKey(Contact, models.PROTECT, null=True, blank=True, related_name="contracts")
    status = models.CharField(max_length=16, choices=ContractStatus.choices, default=ContractStatus.DRAFT)
    value = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, default="EUR")
    start_on = models.DateField(null=True, blank=True)
    end_on = models.DateField(null=True, blank=True)
    term_months = models.IntegerField(default=12)
    auto_renew = models.BooleanField(default=False)
    notice_days = models.IntegerField(default=30)
    notice_on = models.DateField(null=True, blank=True)
    renewals = models.IntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    sent_to = models.CharField(max_length=254, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_name = models.CharField(max_length=200, blank=True)
    end_reason = models.CharField(max_length=500, blank=True)
    description = models.TextField(blank=True)

    class Meta(Record.Meta):
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["notice_on"], name="contract_notice", condition=ALIVE & Q(status="Signed")),
        ]
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                condition=Q(end_on=None) | Q(start_on=None) | Q(end_on__gte=F("start_on")), name="contract_days"
            ),
            models.CheckConstraint(condition=Q(term_months__gte=1, notice_days__gte=0), name="contract_terms"),
        ]

    def __str__(self) -> str:
        return self.name


class SubscriptionStatus(models.TextChoices):
    """Whether it is still paid."""

    ACTIVE = "Active", "Active"
    ENDED = "Ended", "Ended"


class Subscription(Record):
    """Something that is paid again and again: ``amount`` each ``period``, from ``start_on`` to ``end_on``."""

    number_prefix: ClassVar[str] = "S"

    name = models.CharField(max_length=300)
    sort_name = models.CharField(max_length=300, db_index=True)
    contract = models.ForeignKey(Contract, models.PROTECT, null=True, blank=True, related_name="subscriptions")
    organization = models.ForeignKey(Organization, models.PROTECT, null=True, blank=True, related_name="subscriptions")
    product = models.ForeignKey(Product, models.PROTECT, null=True, blank=True, related_name="subscriptions")
    status = models.CharField(max_length=16, choices=SubscriptionStatus.choices, default=SubscriptionStatus.ACTIVE)
    amount = models.DecimalField(max_digits=18, decimal_places=2, default=Decimal(0))
    currency = models.CharField(max_length=3, default="EUR")
    period = models.CharField(
        max_length=16, choices=[(each.value, each.value) for each in Period], default=Period.MONTHLY.value
    )
    monthly = models.DecimalField(max_digits=18, decimal_places=2, default=Decimal(0))
    start_on = models.DateField(null=True, blank=True)
    end_on = models.DateField(null=True, blank=True)
    end_reason = models.CharField(max_length=500, blank=True)

    class Meta(Record.Meta):
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                condition=Q(end_on=None) | Q(start_on=None) | Q(end_on__gte=F("start_on")), name="subscription_days"
            ),
        ]

    def __str__(self) -> str:
        return self.name
