"""Tables of deals: pipelines and their stages, products, deals with their lines and people."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from throughline.core.records.models import ALIVE, KeptSum, Record
from throughline.crm.deals import rules
from throughline.crm.leads.models import Lead
from throughline.crm.people.models import Contact, Organization


class Pipeline(models.Model):
    """A way of selling, as an ordered row of stages. ``key`` never changes; a retired one takes no new deals."""

    key = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    currency = models.CharField(max_length=3, default="EUR")
    position = models.IntegerField(default=0)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name


class StageKind(models.TextChoices):
    """What it means for a deal to stand in a stage; see ``rules.StageKind``."""

    OPEN = rules.StageKind.OPEN.value, "Open"
    WON = rules.StageKind.WON.value, "Won"
    LOST = rules.StageKind.LOST.value, "Lost"


class Stage(models.Model):
    """
    One stage of a pipeline. ``key`` begins with the pipeline's (``sales.proposal``) and never changes.

    ``probability`` in percent. ``rots_after_days`` marks deals that stand here for longer. The gate into the stage:
    ``required_fields`` of the deal are filled, ``needs_file`` a file is attached, and ``condition`` holds (FEEL over
    ``deal``); when it does not, ``otherwise`` is said. With ``approval_role`` (key of a role) somebody of that role
    must have granted it (``Approval``). ``tone`` colours it on boards; empty is the tone of its kind.
    """

    key = models.CharField(max_length=120, unique=True)
    pipeline = models.ForeignKey(Pipeline, models.PROTECT, to_field="key", related_name="stages")
    name = models.CharField(max_length=120)
    position = models.IntegerField()
    kind = models.CharField(max_length=8, choices=StageKind.choices, default=StageKind.OPEN)
    probability = models.IntegerField(default=0)
    rots_after_days = models.IntegerField(null=True, blank=True)
    required_fields = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    needs_file = models.BooleanField(default=False)
    condition = models.TextField(blank=True)
    otherwise = models.CharField(max_length=300, blank=True)
    approval_role = models.CharField(max_length=64, blank=True)
    tone = models.CharField(max_length=8, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pipeline__position", "pipeline_id", "position", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(probability__range=(0, 100)), name="stage_probability"),
            models.CheckConstraint(condition=Q(condition="") | ~Q(otherwise=""), name="stage_says_why"),
            models.UniqueConstraint(fields=["pipeline", "name"], name="stage_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Billing(models.TextChoices):
    """How often a product is paid."""

    ONCE = "Once", "Once"
    MONTHLY = "Monthly", "Monthly"
    YEARLY = "Yearly", "Yearly"


class Product(Record):
    """Something that is sold. ``price`` is the list price without tax, ``tax`` its rate in percent."""

    number_prefix: ClassVar[str] = "P"

    name = models.CharField(max_length=300)
    sort_name = models.CharField(max_length=300, db_index=True)
    code = models.CharField(max_length=64, blank=True)
    family = models.CharField(max_length=120, blank=True)
    description = models.TextField(blank=True)
    unit = models.CharField(max_length=32, blank=True)
    price = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    cost = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, default="EUR")
    tax = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal(0))
    billing = models.CharField(max_length=16, choices=Billing.choices, default=Billing.ONCE)
    active = models.BooleanField(default=True)

    class Meta(Record.Meta):
        constraints = [
            *Record.Meta.constraints,
            models.UniqueConstraint(fields=["code"], name="product_code", condition=ALIVE & ~Q(code="")),
        ]

    def __str__(self) -> str:
        return self.name


class PriceBook(Record):
    """
    Prices of products in one currency, for as long as it is valid (both days included; empty is open).

    Of several that hold on a day the one with the lowest ``position`` that has a price counts. ``key`` is how packs
    call it.
    """

    number_prefix: ClassVar[str] = "PB"

    key = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    sort_name = models.CharField(max_length=120, db_index=True)
    currency = models.CharField(max_length=3)
    position = models.IntegerField(default=0)
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)

    class Meta(Record.Meta):
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="price_book_span",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Price(models.Model):
    """What one unit of a product costs without tax, from this quantity on."""

    book = models.ForeignKey(PriceBook, models.CASCADE, related_name="prices")
    product = models.ForeignKey(Product, models.CASCADE, related_name="prices")
    from_quantity = models.DecimalField(max_digits=14, decimal_places=3, default=Decimal(1))
    amount = models.DecimalField(max_digits=18, decimal_places=2)

    class Meta:
        ordering = ["product__sort_name", "from_quantity"]
        constraints = [
            models.UniqueConstraint(fields=["book", "product", "from_quantity"], name="price_once"),
            models.CheckConstraint(condition=Q(amount__gte=0, from_quantity__gt=0), name="price_sensible"),
        ]

    def __str__(self) -> str:
        return f"{self.product}: {self.amount}"


class TaxRate(models.Model):
    """A rate of tax that lines may carry, in percent."""

    name = models.CharField(max_length=120, unique=True)
    percent = models.DecimalField(max_digits=5, decimal_places=2)

    class Meta:
        ordering = ["percent", "name"]
        constraints = [models.CheckConstraint(condition=Q(percent__range=(0, 100)), name="tax_rate_percent")]

    def __str__(self) -> str:
        return self.name


class ExchangeRate(models.Model):
    """How much of the company's currency one unit of another is worth, from a day on."""

    currency = models.CharField(max_length=3)
    valid_from = models.DateField()
    rate = models.DecimalField(max_digits=18, decimal_places=8)

    class Meta:
        ordering = ["currency", "-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["currency", "valid_from"], name="exchange_rate_day"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="exchange_rate_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.rate}"


class DealKind(models.TextChoices):
    """What kind of business a deal is."""

    NEW = "New", "New business"
    RENEWAL = "Renewal", "Renewal"
    UPSELL = "Upsell", "Upsell"


class LostReason(models.TextChoices):
    """Why a deal was lost; others may be written."""

    PRICE = "Price", "Price"
    TIMING = "Timing", "Timing"
    COMPETITOR = "Competitor", "Competitor"
    FEATURES = "Features", "Features"
    NO_DECISION = "No decision", "No decision"
    NO_BUDGET = "No budget", "No budget"


class ForecastCategory(models.TextChoices):
    """How surely a deal counts in a forecast; see ``rules.ForecastCategory``."""

    PIPELINE = rules.ForecastCategory.PIPELINE.value, "Pipeline"
    BEST_CASE = rules.ForecastCategory.BEST_CASE.value, "Best case"
    COMMIT = rules.ForecastCategory.COMMIT.value, "Commit"
    CLOSED = rules.ForecastCategory.CLOSED.value, "Closed"
    OMITTED = rules.ForecastCategory.OMITTED.value, "Omitted"


class Deal(Record):
    """
    Something that may be sold to somebody.

    ``stage_entered_at`` since when it stands where it stands; ``closed_at`` when it ended. ``probability`` in percent
    and ``category`` follow the stage until somebody says otherwise. ``amount`` follows the lines when there are any.
    """

    number_prefix: ClassVar[str] = "D"

    name = models.CharField(max_length=300)
    sort_name = models.CharField(max_length=300, db_index=True)
    organization = models.ForeignKey(Organization, models.PROTECT, null=True, blank=True, related_name="deals")
    contact = models.ForeignKey(Contact, models.PROTECT, null=True, blank=True, related_name="deals")
    lead = models.ForeignKey(Lead, models.PROTECT, null=True, blank=True, related_name="deals")
    product = models.ForeignKey(Product, models.PROTECT, null=True, blank=True, related_name="deals")
    pipeline = models.ForeignKey(Pipeline, models.PROTECT, to_field="key", related_name="deals")
    stage = models.ForeignKey(Stage, models.PROTECT, to_field="key", related_name="deals")
    stage_entered_at = models.DateTimeField()
    kind = models.CharField(max_length=16, choices=DealKind.choices, default=DealKind.NEW)
    amount = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, default="EUR")
    probability = models.IntegerField(default=0)
    expected_revenue = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    forecast_category = models.CharField(max_length=16, choices=ForecastCategory.choices)
    expected_close_on = models.DateField(null=True, blank=True)
    engaged_on = models.DateField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    won_reason = models.CharField(max_length=300, blank=True)
    lost_reason = models.CharField(max_length=300, blank=True)
    competitors = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    next_step = models.CharField(max_length=300, blank=True)
    next_step_due_at = models.DateTimeField(null=True, blank=True)
    recurring_amount = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    recurring_period = models.CharField(max_length=16, choices=Billing.choices, blank=True)
    description = models.TextField(blank=True)
    quality = models.SmallIntegerField(null=True, blank=True)

    class Meta(Record.Meta):
        indexes = [
            *Record.Meta.indexes,
            models.Index("stage", F("created_at").desc(), F("id").desc(), name="deal_stage", condition=ALIVE),
            models.Index(fields=["pipeline", "expected_close_on"], name="deal_forecast", condition=ALIVE),
            models.Index(fields=["closed_at"], name="deal_closed", condition=ALIVE & ~Q(closed_at=None)),
            models.Index(F("amount").desc(nulls_last=True), F("id").desc(), name="deal_amount", condition=ALIVE),
        ]
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(condition=Q(probability__range=(0, 100)), name="deal_probability"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """Whether it may still be won or lost."""
        return self.closed_at is None


class DealSum(KeptSum):
    """What deals add up to by pipeline, stage and currency: the columns of the board. ``on_day``: when they closed."""

    KEYS: ClassVar[tuple[str, ...]] = ("pipeline_id", "stage_id", "currency", "on_day")
    OF: ClassVar[tuple[str, ...]] = ("amount", "expected_revenue")

    pipeline_id = models.CharField(max_length=60)
    stage_id = models.CharField(max_length=120)
    currency = models.CharField(max_length=3)
    on_day = models.DateField(null=True)
    amount = models.DecimalField(max_digits=30, decimal_places=2)
    amount_filled = models.BigIntegerField()
    expected_revenue = models.DecimalField(max_digits=30, decimal_places=2)
    expected_revenue_filled = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pipeline_id", "stage_id", "currency", "on_day", "owner_id", "team_id"],
                condition=Q(is_merged=True),
                nulls_distinct=False,
                name="deal_sum_merged",
            ),
        ]
        indexes = [
            models.Index(fields=["pipeline_id"], condition=Q(on_day=None), name="deal_sum_whole"),
            models.Index(fields=["currency"], condition=Q(on_day__isnull=False), name="deal_sum_dated"),
            models.Index(fields=["id"], condition=Q(is_merged=False), name="deal_sum_loose"),
        ]


class Line(models.Model):
    """One line of what is offered, sold or billed, in order of ``position``. ``discount`` and ``tax`` in percent."""

    position = models.IntegerField()
    product = models.ForeignKey(Product, models.PROTECT, null=True, blank=True, related_name="+")
    description = models.CharField(max_length=500)
    quantity = models.DecimalField(max_digits=14, decimal_places=3, default=Decimal(1))
    unit_price = models.DecimalField(max_digits=18, decimal_places=2)
    discount = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal(0))
    tax = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal(0))

    class Meta:
        abstract = True
        ordering = ["position"]

    def __str__(self) -> str:
        return self.description


class DealLine(Line):
    """One line of what a deal is about."""

    deal = models.ForeignKey(Deal, models.CASCADE, related_name="lines")

    class Meta(Line.Meta):
        constraints = [models.UniqueConstraint(fields=["deal", "position"], name="deal_line_position")]


class BuyingRole(models.TextChoices):
    """What part a person plays in the decision to buy."""

    DECISION_MAKER = "Decision Maker", "Decision maker"
    ECONOMIC_BUYER = "Economic Buyer", "Economic buyer"
    EVALUATOR = "Evaluator", "Evaluator"
    INFLUENCER = "Influencer", "Influencer"
    CHAMPION = "Champion", "Champion"


class DealContact(models.Model):
    """A person's part in the decision to buy."""

    deal = models.ForeignKey(Deal, models.CASCADE, related_name="people")
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="deal_roles")
    role = models.CharField(max_length=32, choices=BuyingRole.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["deal", "contact", "role"], name="deal_contact_once")]

    def __str__(self) -> str:
        return f"{self.contact}: {self.get_role_display()}"


class ApprovalStatus(models.TextChoices):
    """What became of the wish to let a deal into a stage."""

    ASKED = "Asked", "Asked"
    GRANTED = "Granted", "Granted"
    REFUSED = "Refused", "Refused"


class Approval(models.Model):
    """
    The question whether a deal may go to a stage, put to everybody of a role, and its answer.

    It holds for the amount at which it was granted, and once: ``used_at`` is when the deal went there.
    """

    deal = models.ForeignKey(Deal, models.CASCADE, related_name="approvals")
    stage = models.ForeignKey(Stage, models.PROTECT, to_field="key", related_name="+")
    role = models.CharField(max_length=64)
    status = models.CharField(max_length=8, choices=ApprovalStatus.choices, default=ApprovalStatus.ASKED)
    amount = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    why = models.CharField(max_length=500, blank=True)
    asked_by = models.CharField(max_length=200)
    asked_by_user = models.BigIntegerField(null=True)
    asked_at = models.DateTimeField()
    decided_by = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["deal", "stage"], name="approval_open_once", condition=Q(status=ApprovalStatus.ASKED)
            ),
            models.CheckConstraint(condition=~Q(status=ApprovalStatus.REFUSED, reason=""), name="approval_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.deal}: {self.stage}"
