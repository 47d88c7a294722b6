"""Tables of people: contacts, the organizations they belong to, and what they said about being contacted."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from throughline.core.records.models import ALIVE, BINNED, Record
from throughline.crm.people import consent


class OrganizationKind(models.TextChoices):
    """What an organization is to us."""

    PROSPECT = "Prospect", "Prospect"
    CUSTOMER = "Customer", "Customer"
    PARTNER = "Partner", "Partner"
    RESELLER = "Reseller", "Reseller"
    SUPPLIER = "Supplier", "Supplier"
    COMPETITOR = "Competitor", "Competitor"


class LifecycleStage(models.TextChoices):
    """How far the relationship with a person has come."""

    STRANGER = "Stranger", "Stranger"
    SUBSCRIBER = "Subscriber", "Subscriber"
    LEAD = "Lead", "Lead"
    MQL = "MQL", "Marketing qualified"
    SQL = "SQL", "Sales qualified"
    OPPORTUNITY = "Opportunity", "Opportunity"
    CUSTOMER = "Customer", "Customer"
    LOYAL = "Loyal", "Loyal customer"
    ADVOCATE = "Advocate", "Advocate"
    FORMER = "Former", "Former"


class JourneyStage(models.TextChoices):
    """How far a person has come on the way to buying."""

    AWARENESS = "Awareness", "Awareness"
    CONSIDERATION = "Consideration", "Consideration"
    DECISION = "Decision", "Decision"


class Channel(models.TextChoices):
    """The way a person likes to be reached."""

    EMAIL = "Email", "Email"
    PHONE = "Phone", "Phone"
    CHAT = "Chat", "Chat"
    POST = "Post", "Post"


class Organization(Record):
    """
    A company or other body. ``sort_name`` is the name in the order it is listed: lower case, without accents.

    ``renamed`` is set while a change of the name is written.
    """

    number_prefix: ClassVar[str] = "O"
    renamed = False

    name = models.CharField(max_length=300)
    sort_name = models.CharField(max_length=300, db_index=True)
    legal_name = models.CharField(max_length=300, blank=True)
    domain = models.CharField(max_length=255, blank=True)
    website = models.CharField(max_length=500, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    type = models.CharField(max_length=32, choices=OrganizationKind.choices, default=OrganizationKind.PROSPECT)
    industry = models.CharField(max_length=120, blank=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="subsidiaries")
    billing_address = models.JSONField(default=dict, blank=True)
    shipping_address = models.JSONField(default=dict, blank=True)
    country = models.CharField(max_length=120, blank=True)
    tax_id = models.CharField(max_length=64, blank=True)
    registration_no = models.CharField(max_length=64, blank=True)
    employees = models.IntegerField(null=True, blank=True)
    revenue = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    health_score = models.IntegerField(null=True, blank=True)
    renewal_on = models.DateField(null=True, blank=True)
    tier = models.CharField(max_length=32, blank=True)
    quality = models.SmallIntegerField(null=True, blank=True)

    class Meta(Record.Meta):
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["domain"], name="organization_domain", condition=ALIVE & ~Q(domain="")),
        ]

    def __str__(self) -> str:
        return self.name


class Contact(Record):
    """
    A person. ``name`` is how the person is addressed in full; ``email`` and the phones are in normal form (``rules``).

    ``lifecycle_stage`` says how far the relationship has come, ``journey_stage`` how far the person has on the way to
    buying, each with since when and why; the journal has what was before (``contact.stage_moved``).
    Several contacts may share an address (an office, a family), so it is no unique key; matching takes the oldest.
    ``organization`` is the main one, with ``job_title`` there; ``also_at`` names the further ones as lists, search and
    charts read them (``Affiliation`` has them whole). While a change is written, ``main_moved`` tells of another main
    organization and ``named_further`` of further ones that came with a new person.
    """

    number_prefix: ClassVar[str] = "C"
    main_moved = False
    named_further: tuple[str, ...] = ()

    # As of every record, but without an index of their own: "contact_owner" and "contact_team" begin with them.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    team = models.ForeignKey("identity.Team", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    salutation = models.CharField(max_length=32, blank=True)
    first_name = models.CharField(max_length=120, blank=True)
    middle_name = models.CharField(max_length=120, blank=True)
    last_name = models.CharField(max_length=120, blank=True)
    name = models.CharField(max_length=300)
    sort_name = models.CharField(max_length=300)
    email = models.CharField(max_length=254, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    mobile = models.CharField(max_length=40, blank=True)
    job_title = models.CharField(max_length=200, blank=True)
    department = models.CharField(max_length=120, blank=True)
    organization = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="contacts", db_index=False
    )
    also_at = ArrayField(models.TextField(), default=list, blank=True)
    reports_to = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    website = models.CharField(max_length=500, blank=True)
    address = models.JSONField(default=dict, blank=True)
    city = models.CharField(max_length=120, blank=True)
    country = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=16, blank=True)
    time_zone = models.CharField(max_length=64, blank=True)
    birthday_on = models.DateField(null=True, blank=True)
    lifecycle_stage = models.CharField(max_length=32, choices=LifecycleStage.choices, default=LifecycleStage.LEAD)
    stage_since = models.DateTimeField(null=True, blank=True)
    stage_reason = models.CharField(max_length=300, blank=True)
    journey_stage = models.CharField(max_length=32, choices=JourneyStage.choices, blank=True)
    journey_since = models.DateTimeField(null=True, blank=True)
    journey_reason = models.CharField(max_length=300, blank=True)
    preferred_channel = models.CharField(max_length=32, choices=Channel.choices, blank=True)
    do_not_call = models.BooleanField(default=False)
    email_opt_out = models.BooleanField(default=False)
    advocate_score = models.IntegerField(null=True, blank=True)
    nps_last = models.IntegerField(null=True, blank=True)
    quality = models.SmallIntegerField(null=True, blank=True)

    class Meta(Record.Meta):
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["email", "id"], name="contact_email", condition=ALIVE & ~Q(email="")),
            models.Index(fields=["phone", "id"], name="contact_phone", condition=ALIVE & ~Q(phone="")),
            models.Index(fields=["mobile", "id"], name="contact_mobile", condition=ALIVE & ~Q(mobile="")),
            models.Index(fields=["sort_name"], name="contact_sort_name"),
            models.Index(F("deleted_at").desc(), F("id").desc(), name="contact_binned", condition=BINNED),
            models.Index(fields=["organization"], name="contact_organization", condition=Q(organization__isnull=False)),
            models.Index(fields=["reports_to"], name="contact_reports_to", condition=Q(reports_to__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name


class Affiliation(models.Model):
    """
    A further organization that a person belongs to beside the main one, what they are there, and for how long.

    Both days are included; empty is open. The main organization stands on the contact itself: a row for it, left behind
    by a change of the main one, counts for nothing until that changes again.
    """

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="affiliations")
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="affiliations")
    role = models.CharField(max_length=200, blank=True)
    since_on = models.DateField(null=True, blank=True)
    until_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contact", "organization"], name="affiliation_once"),
            models.CheckConstraint(
                condition=Q(since_on=None) | Q(until_on=None) | Q(until_on__gte=F("since_on")),
                name="affiliation_ends_later",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization} ({self.role})" if self.role else str(self.organization)


class Purpose(models.TextChoices):
    """What a person is contacted for."""

    ENQUIRY = "Enquiry", "Answering an enquiry"
    NEWSLETTER = "Newsletter", "Newsletter"
    OFFERS = "Offers", "Offers"
    SURVEYS = "Surveys", "Surveys"
    TRACKING = "Tracking", "Tracking of visits and clicks"


class ConsentStatus(models.TextChoices):
    """What a person said, or what became of it."""

    GRANTED = consent.GRANTED, "Granted"
    DENIED = consent.DENIED, "Denied"
    WITHDRAWN = consent.WITHDRAWN, "Withdrawn"
    EXPIRED = consent.EXPIRED, "Expired"


class LawfulBasis(models.TextChoices):
    """Why contacting the person is lawful (GDPR, article 6)."""

    CONSENT = "Consent", "Consent"
    CONTRACT = "Contract", "Contract"
    LEGAL_OBLIGATION = "Legal obligation", "Legal obligation"
    VITAL_INTEREST = "Vital interest", "Vital interest"
    PUBLIC_TASK = "Public task", "Public task"
    LEGITIMATE_INTEREST = "Legitimate interest", "Legitimate interest"


class Consent(models.Model):
    """
    One word of a person about being contacted (``consent.Word``); rows are added and never changed.

    It goes with its contact: when the person is erased, so is what they said. The journal keeps that it was said.
    """

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=32, choices=Purpose.choices)
    channel = models.CharField(max_length=32, choices=Channel.choices)
    status = models.CharField(max_length=16, choices=ConsentStatus.choices)
    lawful_basis = models.CharField(max_length=32, choices=LawfulBasis.choices, default=LawfulBasis.CONSENT)
    source = models.CharField(max_length=64, blank=True)
    text = models.TextField(blank=True)
    text_version = models.CharField(max_length=16, blank=True)
    captured_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    proof = models.JSONField(default=dict, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["contact", "-captured_at", "-id"], name="consent_latest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at=None) | Q(expires_at__gt=models.F("captured_at")), name="consent_expires_later"
            ),
            models.CheckConstraint(
                condition=~Q(status=ConsentStatus.GRANTED, lawful_basis=LawfulBasis.CONSENT, text=""),
                name="consent_has_text",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}, {self.get_channel_display()}: {self.get_status_display()}"
