"""Table of leads."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper

from throughline.core.records.models import ALIVE, BINNED, Record
from throughline.crm.people.models import Contact, Organization

NEWEST = (F("created_at").desc(), F("id").desc())
SHOWN = ALIVE & Q(sandbox=False)


class LeadStatus(models.TextChoices):
    """Where an enquiry stands. ``Unqualified`` and ``Converted`` are closed."""

    NEW = "New", "New"
    ASSIGNED = "Assigned", "Assigned"
    WORKING = "Working", "Working"
    CONTACTED = "Contacted", "Contacted"
    NURTURING = "Nurturing", "Nurturing"
    QUALIFIED = "Qualified", "Qualified"
    UNQUALIFIED = "Unqualified", "Unqualified"
    CONVERTED = "Converted", "Converted"
    RECYCLED = "Recycled", "Recycled"


class LeadSource(models.TextChoices):
    """By which kind of door an enquiry came."""

    CALL = "Call", "Call"
    EMAIL = "Email", "Email"
    EXISTING_CUSTOMER = "Existing Customer", "Existing customer"
    PARTNER = "Partner", "Partner"
    PUBLIC_RELATIONS = "Public Relations", "Public relations"
    WEB = "Web", "Web"
    CAMPAIGN = "Campaign", "Campaign"
    EVENT = "Event", "Event"
    REFERRAL = "Referral", "Referral"
    AD = "Ad", "Ad"
    OTHER = "Other", "Other"


class Rating(models.TextChoices):
    """How warm an enquiry is."""

    HOT = "Hot", "Hot"
    WARM = "Warm", "Warm"
    COLD = "Cold", "Cold"


class Outcome(models.TextChoices):
    """How a closed enquiry ended."""

    WON = "Won", "Won"
    LOST = "Lost", "Lost"
    NOT_INTERESTED = "Not interested", "Not interested"


class Lead(Record):
    """
    One enquiry.

    ``contact`` is null while the person is unknown. ``source`` is the door (``LeadSource``), ``origin`` where marketing
    says it came from (``organic_search``). ``first_contact_on`` is a historic day that came with the data;
    ``first_response_due_at`` and ``first_responded_at`` are the projection of the procedure's clock. ``flagged_at``
    says since when the first contact counts as missed. ``converted_deal`` is the number of the deal it became, which
    lies above leads and knows its lead.
    """

    number_prefix: ClassVar[str] = "L"

    # As of every record, but without an index of their own: "lead_owner" and "lead_team" begin with them.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    team = models.ForeignKey("identity.Team", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, models.PROTECT, null=True, blank=True, related_name="leads")
    organization_name = models.CharField(max_length=300, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    description = models.TextField(blank=True)
    status = models.CharField(max_length=32, choices=LeadStatus.choices, default=LeadStatus.NEW)
    rating = models.CharField(max_length=16, choices=Rating.choices, blank=True)
    score = models.IntegerField(null=True, blank=True)
    score_reasons = models.JSONField(default=list, blank=True)
    origin = models.CharField(max_length=120, blank=True)
    interest = models.CharField(max_length=200, blank=True)
    region = models.CharField(max_length=120, blank=True)
    country = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=16, blank=True)
    industry = models.CharField(max_length=120, blank=True)
    employees = models.IntegerField(null=True, blank=True)
    annual_revenue = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    campaign = models.CharField(max_length=200, blank=True)
    utm_source = models.CharField(max_length=200, blank=True)
    utm_medium = models.CharField(max_length=200, blank=True)
    utm_campaign = models.CharField(max_length=200, blank=True)
    landing_page = models.CharField(max_length=500, blank=True)
    referrer = models.CharField(max_length=500, blank=True)
    first_contact_on = models.DateField(null=True, blank=True)
    first_response_due_at = models.DateTimeField(null=True, blank=True)
    first_responded_at = models.DateTimeField(null=True, blank=True)
    flagged_at = models.DateTimeField(null=True, blank=True)
    assigned_at = models.DateTimeField(null=True, blank=True)
    assigned_reason = models.CharField(max_length=500, blank=True)
    qualified_at = models.DateTimeField(null=True, blank=True)
    converted_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=32, choices=Outcome.choices, blank=True)
    lost_reason = models.CharField(max_length=300, blank=True)
    quality = models.SmallIntegerField(null=True, blank=True)
    duplicate_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    converted_organization = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    converted_deal = models.CharField(max_length=32, blank=True, default="", db_default="")

    class Meta(Record.Meta):
        indexes = [
            *Record.Meta.indexes,
            models.Index("status", F("created_at").desc(), F("id").desc(), name="lead_status", condition=ALIVE),
            models.Index(F("score").desc(), F("id").desc(), name="lead_score", condition=ALIVE),
            models.Index(fields=["first_response_due_at"], name="lead_response_due", condition=ALIVE),
            models.Index(F("deleted_at").desc(), F("id").desc(), name="lead_binned", condition=BINNED),
            models.Index(fields=["duplicate_of"], name="lead_duplicate_of", condition=Q(duplicate_of__isnull=False)),
            models.Index(Upper("origin"), *NEWEST, name="lead_origin", condition=ALIVE),
            # The newest with a status of each owner and of each team, however many others there are before them.
            models.Index("owner", "status", *NEWEST, name="lead_owner_status", condition=SHOWN),
            # Beside that all that the counts of lists and boards look at, so that they read the index alone.
            models.Index("team", "status", *NEWEST, include=["owner"], name="lead_team_status", condition=SHOWN),
            models.Index(  # by itself again, since an index of what is made of a column is not read alone without it
                Upper("origin"),
                F("status"),
                F("team"),
                F("owner"),
                F("origin"),
                name="lead_origin_counted",
                condition=SHOWN,
            ),
            models.Index(
                fields=["converted_organization"],
                name="lead_became_organization",
                condition=Q(converted_organization__isnull=False),
            ),
            models.Index(Upper("converted_deal"), name="lead_became_deal", condition=~Q(converted_deal="")),
        ]

    @property
    def flagged(self) -> bool:
        """Whether the first contact was missed."""
        return self.flagged_at is not None

    @property
    def is_open(self) -> bool:
        """Whether work on the enquiry goes on."""
        return self.closed_at is None and self.converted_at is None
