"""The record type of leads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from throughline.core.recordref import RecordRef
from throughline.core.records.quality.fields import QUALITY
from throughline.core.records.spec import (
    Choice,
    Derived,
    FieldSpec,
    FieldType,
    Hooks,
    OperationSpec,
    RecordSpec,
    Section,
)
from throughline.core.records.text import joined, told
from throughline.core.refusals import Refusal
from throughline.crm.leads import likeness
from throughline.crm.leads.capture import PERSON, capture_lead, capture_leads
from throughline.crm.leads.models import Lead, LeadSource, LeadStatus, Outcome, Rating
from throughline.crm.leads.quality import LEAD as LEAD_QUALITY

T = FieldType


def called(person: str | None, organization: str, subject: str, key: int) -> str:
    """Return how a lead is called: its person, else its organization, its subject, its number."""
    return person or organization or subject or f"Lead {Lead.number_prefix}-{key}"


TITLE = Derived(("contact__name", "organization_name", "subject", "id"), called)


def check_lead(lead: Lead) -> None:
    """
    Refuse a lead that repeats itself.

    Raises:
        Refusal: as said.
    """
    if lead.pk is not None and lead.duplicate_of_id == lead.pk:
        raise Refusal(
            "own_duplicate", "An enquiry cannot be a duplicate of itself. Choose the other one.", "duplicate_of"
        )


def assigned(lead: Lead, reason: str, at: datetime) -> Sequence[str]:
    """Let an assignment say since when and why, and move a new lead on."""
    lead.assigned_at, lead.assigned_reason = at, reason[:500]
    if lead.status == LeadStatus.NEW and lead.owner_id is not None:
        lead.status = LeadStatus.ASSIGNED
    return ("assigned_at", "assigned_reason", "status")


FACTS = {
    "flagged": Derived(("flagged_at",), lambda flagged_at: flagged_at is not None),
    "open": Derived(("closed_at", "converted_at"), lambda closed_at, converted_at: (closed_at or converted_at) is None),
    "lead_source": Derived(("source",), lambda source: source or None),
    "product_interest": Derived(("interest",), lambda interest: interest or None),
    "name": TITLE,
}
"""What charts know of a lead beside its fields: two states, and the names other systems use for some fields."""


STATUS = Choice.of(
    LeadStatus.choices,
    new="info", assigned="info", working="info", contacted="info", nurturing="warn",
    qualified="good", converted="good", unqualified="bad",
)  # fmt: skip

LEAD = RecordSpec(
    type="lead",
    label="Lead",
    plural="Leads",
    model=Lead,
    icon="sparkles",
    fields=(
        FieldSpec(
            name="name",
            label="Name",
            path="contact__name",
            sort_path="contact__sort_name",
            personal=True,
            aliases=("full_name", "contact_name", "contact"),
            max_length=300,
        ),
        FieldSpec(name="salutation", label="Salutation", path="contact__salutation", max_length=32),
        FieldSpec(
            name="first_name",
            label="First name",
            path="contact__first_name",
            personal=True,
            max_length=120,
            aliases=("firstname", "given_name"),
        ),
        FieldSpec(name="middle_name", label="Middle name", path="contact__middle_name", personal=True, max_length=120),
        FieldSpec(
            name="last_name",
            label="Last name",
            path="contact__last_name",
            personal=True,
            max_length=120,
            aliases=("lastname", "surname", "family_name"),
        ),
        FieldSpec(
            name="email",
            label="E-mail",
            type=T.EMAIL,
            path="contact__email",
            personal=True,
            max_length=254,
            aliases=("e_mail", "mail", "email_address"),
        ),
        FieldSpec(
            name="phone",
            label="Phone",
            type=T.PHONE,
            path="contact__phone",
            personal=True,
            max_length=40,
            aliases=("telephone", "tel", "phone_number"),
        ),
        FieldSpec(
            name="mobile",
            label="Mobile",
            type=T.PHONE,
            path="contact__mobile",
            personal=True,
            max_length=40,
            aliases=("mobile_phone", "cell"),
        ),
        FieldSpec(
            name="job_title", label="Job title", path="contact__job_title", max_length=200, aliases=("position",)
        ),
        FieldSpec(
            name="website",
            label="Web site",
            type=T.URL,
            path="contact__website",
            max_length=500,
            aliases=("homepage", "web_site"),
        ),
        FieldSpec(
            name="address",
            label="Address",
            type=T.ADDRESS,
            path="contact__address",
            personal=True,
            aliases=("street", "street_address"),
        ),
        FieldSpec(name="city", label="City", path="contact__city", max_length=120, aliases=("town",)),
        FieldSpec(
            name="do_not_call",
            label="Do not call",
            type=T.BOOLEAN,
            path="contact__do_not_call",
            aliases=("no_calls",),
        ),
        FieldSpec(
            name="email_opt_out",
            label="No e-mail",
            type=T.BOOLEAN,
            path="contact__email_opt_out",
            aliases=("do_not_email", "no_email", "unsubscribed"),
        ),
        FieldSpec(
            name="contact",
            label="Contact",
            type=T.RECORD,
            to="contact",
            sort_path="contact__sort_name",
            aliases=("converted_contact",),
        ),
        FieldSpec(
            name="organization_name",
            label="Organization",
            max_length=300,
            aliases=("organization", "company", "account", "company_name"),
        ),
        FieldSpec(name="subject", label="Subject", max_length=300, aliases=("title", "lead_name")),
        FieldSpec(
            name="description",
            label="Description",
            type=T.LONG_TEXT,
            personal=True,
            aliases=("message", "notes", "comment"),
        ),
        FieldSpec(name="status", label="Status", type=T.CHOICE, choices=STATUS, aliases=("lead_status",)),
        FieldSpec(
            name="rating",
            label="Rating",
            type=T.CHOICE,
            choices=Choice.of(Rating.choices, hot="bad", warm="warn", cold="info"),
        ),
        FieldSpec(name="score", label="Score", type=T.INTEGER, read_only=True),
        FieldSpec(name="score_reasons", label="Why this score", type=T.LIST, read_only=True),
        FieldSpec(
            name="source",
            label="Source",
            type=T.CHOICE,
            choices=Choice.of(LeadSource.choices),
            open_choices=True,
            max_length=64,
            aliases=("lead_source",),
        ),
        FieldSpec(name="origin", label="Origin", max_length=120, aliases=("channel",)),
        FieldSpec(
            name="interest", label="Interest", max_length=200, aliases=("product_interest", "product", "interested_in")
        ),
        FieldSpec(name="region", label="Region", max_length=120, aliases=("territory", "state")),
        FieldSpec(name="country", label="Country", max_length=120),
        FieldSpec(name="language", label="Language", max_length=16),
        FieldSpec(name="industry", label="Industry", max_length=120, aliases=("sector", "business_segment")),
        FieldSpec(name="employees", label="Employees", type=T.INTEGER, aliases=("no_of_employees",)),
        FieldSpec(name="annual_revenue", label="Annual revenue", type=T.MONEY, aliases=("revenue",)),
        FieldSpec(name="campaign", label="Campaign", max_length=200),
        FieldSpec(name="utm_source", label="UTM source", max_length=200),
        FieldSpec(name="utm_medium", label="UTM medium", max_length=200),
        FieldSpec(name="utm_campaign", label="UTM campaign", max_length=200),
        FieldSpec(
            name="landing_page",
            label="Landing page",
            type=T.URL,
            max_length=500,
            aliases=("landing_page_id", "landing_url"),
        ),
        FieldSpec(name="referrer", label="Referrer", type=T.URL, max_length=500, aliases=("referer",)),
        FieldSpec(name="first_contact_on", label="First contact", type=T.DATE, aliases=("first_contact_date",)),
        FieldSpec(name="first_response_due_at", label="First contact due", type=T.DATETIME, read_only=True),
        FieldSpec(name="first_responded_at", label="First contact made", type=T.DATETIME, read_only=True),
        FieldSpec(name="flagged_at", label="First contact missed", type=T.DATETIME, read_only=True),
        FieldSpec(name="assigned_at", label="Assigned", type=T.DATETIME, read_only=True),
        FieldSpec(name="assigned_reason", label="Why assigned so", read_only=True),
        FieldSpec(name="qualified_at", label="Qualified", type=T.DATETIME, read_only=True),
        FieldSpec(name="converted_at", label="Converted", type=T.DATETIME, read_only=True),
        FieldSpec(
            name="converted_organization",
            label="Organization it became",
            type=T.RECORD,
            to="organization",
            sort_path="converted_organization__sort_name",
            read_only=True,
        ),
        FieldSpec(
            name="converted_deal",
            label="Deal it became",
            read_only=True,
            max_length=32,
            help="The number of the deal; work goes on there.",
        ),
        FieldSpec(name="closed_at", label="Closed", type=T.DATETIME, read_only=True),
        FieldSpec(
            name="outcome",
            label="Outcome",
            type=T.CHOICE,
            read_only=True,
            choices=Choice.of(Outcome.choices, won="good", lost="bad"),
        ),
        FieldSpec(name="lost_reason", label="Why lost", read_only=True),
        FieldSpec(
            name="duplicate_of",
            label="Duplicate of",
            type=T.RECORD,
            to="lead",
            help="The enquiry that this one repeats; figures count that one only.",
        ),
        QUALITY,
    ),
    title=TITLE,
    subtitle=Derived(("interest", "organization_name", "region", "status"), joined),
    search_text=Derived(
        (
            *("contact__email", "contact__phone", "contact__mobile"),
            *("organization_name", "subject", "interest", "external_id"),
        ),
        told,
    ),
    list_columns=("name", "organization_name", "status", "score", "interest", "region", "owner", "created_at"),
    filters=(
        "status",
        "owner",
        "team",
        "source",
        "origin",
        "region",
        "interest",
        "rating",
        "score",
        "tags",
        "created_at",
    ),
    newest_within=("status",),
    board_column="status",
    sections=(
        Section("Enquiry", ("subject", "description", "interest", "region", "status", "rating", "score")),
        Section(
            "Person",
            (
                "contact",
                "salutation",
                "name",
                "email",
                "phone",
                "mobile",
                "job_title",
                "organization_name",
                "website",
                "address",
                "city",
                "do_not_call",
                "email_opt_out",
            ),
        ),
        Section(
            "Where from",
            (
                "source",
                "origin",
                "campaign",
                "landing_page",
                "referrer",
                "utm_source",
                "utm_medium",
                "utm_campaign",
                "first_contact_on",
            ),
        ),
        Section(
            "Work",
            (
                "owner",
                "team",
                "assigned_reason",
                "first_response_due_at",
                "first_responded_at",
                "duplicate_of",
                "tags",
                "converted_at",
                "converted_deal",
                "converted_organization",
            ),
        ),
        Section("Company", ("industry", "employees", "annual_revenue", "country", "language")),
    ),
    related=("contact",),
    open={"closed_at": None, "converted_at": None},
    operations=(
        OperationSpec("lead.contacted", "Contacted"),
        OperationSpec("lead.qualify", "Qualify", tone="good"),
        OperationSpec("lead.disqualify", "Not worth pursuing", needs_reason=True),
        OperationSpec("lead.convert", "Make a deal of it", tone="good"),
        OperationSpec("lead.nurture", "Nurture"),
        OperationSpec("lead.close", "Close", needs_reason=True),
        OperationSpec("lead.assign", "Reassign", permission="assign", needs_reason=True),
    ),
    matching=likeness.LEAD,
    quality=LEAD_QUALITY,
    hooks=Hooks(assigned=assigned, check=check_lead),
    facts=FACTS,
    timeline=lambda lead: [RecordRef("contact", lead.contact_id)] if lead.contact_id else [],
    create=capture_lead,
    create_many=capture_leads,
    import_through=PERSON,
    import_expects=("origin",),
)

RECORDS = (LEAD,)
