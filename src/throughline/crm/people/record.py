"""The record types of people: contact and organization."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from throughline.core.actor import Actor
from throughline.core.journal import JournalEvent
from throughline.core.records.quality.fields import QUALITY
from throughline.core.records.spec import (
    Choice,
    Derived,
    FieldSpec,
    FieldType,
    Hooks,
    RecordSpec,
    Section,
)
from throughline.core.records.text import fold, joined, told
from throughline.core.refusals import Refusal
from throughline.crm.people import likeness, quality
from throughline.crm.people.affiliations import further_at, refresh_people
from throughline.crm.people.events import ContactStageMoved
from throughline.crm.people.importing import create_contacts, create_organizations, name_further
from throughline.crm.people.models import (
    Affiliation,
    Channel,
    Contact,
    JourneyStage,
    LifecycleStage,
    Organization,
    OrganizationKind,
)
from throughline.crm.people.relationship import TRACKS
from throughline.crm.people.rules import domain_of, full_name, sort_name, split_name

T = FieldType


def derive_contact(contact: Contact) -> Sequence[str]:
    """Fill name parts from the name or the name from its parts, and the sorted form."""
    if not (contact.first_name or contact.last_name):
        contact.first_name, contact.last_name = split_name(contact.name)
    contact.name = (
        full_name(contact.first_name, contact.middle_name, contact.last_name) or contact.email or contact.phone
    )
    contact.sort_name = sort_name(contact.first_name, contact.last_name, contact.name)
    return ("first_name", "last_name", "name", "sort_name")


def settle_contact(
    contact: Contact, before: Mapping[str, Any], at: datetime
) -> tuple[Sequence[str], Sequence[JournalEvent]]:
    """Keep since when a person stands where they stand, and tell of a stage that was changed with other fields."""
    columns: list[str] = []
    told: list[JournalEvent] = []
    for track, way in TRACKS.items():
        stage = getattr(contact, way.field)
        if contact.pk is None and stage:
            setattr(contact, way.since, at)
        elif way.field in before:
            setattr(contact, way.since, at)
            setattr(contact, way.reason, "")
            columns += [way.since, way.reason]
            told.append(ContactStageMoved(track=track, former=before[way.field] or "", stage=stage))
    if contact.pk is None:
        contact.named_further, contact.also_at = tuple(contact.also_at), []
    elif "organization" in before:
        contact.main_moved = True
    return columns, told


def follow_contacts(contacts: Sequence[Contact], by: Actor, at: datetime) -> None:
    """Keep further organizations that came with new people, and what is kept of them where the main one moved."""
    named = {contact.pk: contact.named_further for contact in contacts if contact.named_further}
    if named:
        name_further(named, by=by, at=at)
    moved = [contact.pk for contact in contacts if contact.main_moved]
    if moved:
        refresh_people(contacts=moved, on=at.date())


def keep_lost_organization(survivor: Contact, absorbed: Contact, taken: Collection[str]) -> list[Affiliation]:
    """
    Keep the main organization of two merged people that the one does not keep as a further one, with the job there.

    Given both as they were before the merge, and the fields that were taken from the absorbed one.
    """
    if None in (survivor.organization_id, absorbed.organization_id):
        return []
    lost = survivor if "organization" in taken else absorbed
    if survivor.organization_id == absorbed.organization_id or lost.organization_id is None:
        return []
    kept, is_new = Affiliation.objects.get_or_create(
        contact_id=survivor.pk, organization_id=lost.organization_id, defaults={"role": lost.job_title}
    )
    return [kept] if is_new else []


def check_contact(contact: Contact) -> None:
    """Refuse a contact by whom nobody could be recognised."""
    if not contact.name:
        raise Refusal("nameless", "A contact needs a name, an e-mail address or a phone number.", "last_name")


def derive_organization(organization: Organization) -> Sequence[str]:
    """Fill the sorted form of the name, and the domain from the web site."""
    organization.sort_name = fold(organization.name)
    if not organization.domain and organization.website:
        organization.domain = domain_of(organization.website)
    return ("sort_name", "domain")


def settle_organization(
    organization: Organization, before: Mapping[str, Any], _at: datetime
) -> tuple[Sequence[str], Sequence[JournalEvent]]:
    """Notice another name: people carry it who belong here beside their main organization."""
    organization.renamed = organization.pk is not None and "name" in before
    return (), ()


def follow_organizations(organizations: Sequence[Organization], _by: Actor, at: datetime) -> None:
    """Let people carry the new names."""
    renamed = [organization.pk for organization in organizations if organization.renamed]
    if renamed:
        refresh_people(organizations=renamed, on=at.date())


CONTACT = RecordSpec(
    type="contact",
    label="Contact",
    plural="Contacts",
    model=Contact,
    icon="user-round",
    fields=(
        FieldSpec(name="name", label="Name", sort_path="sort_name", read_only=True, personal=True, max_length=300),
        FieldSpec(name="salutation", label="Salutation", max_length=32),
        FieldSpec(
            name="first_name", label="First name", personal=True, max_length=120, aliases=("firstname", "given_name")
        ),
        FieldSpec(name="middle_name", label="Middle name", personal=True, max_length=120),
        FieldSpec(
            name="last_name",
            label="Last name",
            personal=True,
            max_length=120,
            aliases=("lastname", "surname", "family_name"),
        ),
        FieldSpec(
            name="email", label="E-mail", type=T.EMAIL, personal=True, max_length=254, aliases=("e_mail", "mail")
        ),
        FieldSpec(
            name="phone", label="Phone", type=T.PHONE, personal=True, max_length=40, aliases=("telephone", "tel")
        ),
        FieldSpec(name="mobile", label="Mobile", type=T.PHONE, personal=True, max_length=40, aliases=("mobile_phone",)),
        FieldSpec(name="job_title", label="Job title", max_length=200, aliases=("title", "position")),
        FieldSpec(name="department", label="Department", max_length=120),
        FieldSpec(
            name="organization",
            label="Organization",
            type=T.RECORD,
            to="organization",
            sort_path="organization__sort_name",
            aliases=("account", "company"),
            also=further_at,
            also_in=(Affiliation._meta.db_table, "contact_id"),
        ),
        FieldSpec(
            name="also_at",
            label="Also at",
            type=T.LIST,
            read_only=True,
            at_creation=True,
            help="Further organizations, each with what the person is there in brackets: Beta Ltd (Advisor).",
            aliases=("other_organizations", "further_organizations", "other_companies"),
        ),
        FieldSpec(
            name="reports_to", label="Reports to", type=T.RECORD, to="contact", sort_path="reports_to__sort_name"
        ),
        FieldSpec(
            name="lifecycle_stage",
            label="Stage",
            type=T.CHOICE,
            choices=Choice.of(LifecycleStage.choices, customer="good", loyal="good", advocate="good", former="bad"),
        ),
        FieldSpec(name="stage_since", label="In this stage since", type=T.DATETIME, read_only=True),
        FieldSpec(name="stage_reason", label="Why in this stage", read_only=True, personal=True),
        FieldSpec(
            name="journey_stage", label="On the way to buying", type=T.CHOICE, choices=Choice.of(JourneyStage.choices)
        ),
        FieldSpec(name="journey_since", label="There since", type=T.DATETIME, read_only=True),
        FieldSpec(name="journey_reason", label="Why there", read_only=True, personal=True),
        FieldSpec(
            name="preferred_channel", label="Preferred channel", type=T.CHOICE, choices=Choice.of(Channel.choices)
        ),
        FieldSpec(name="website", label="Web site", type=T.URL, max_length=500),
        FieldSpec(name="address", label="Address", type=T.ADDRESS, personal=True),
        FieldSpec(name="city", label="City", max_length=120, aliases=("suburb",)),
        FieldSpec(name="country", label="Country", max_length=120),
        FieldSpec(name="language", label="Language", max_length=16),
        FieldSpec(name="time_zone", label="Time zone", max_length=64),
        FieldSpec(
            name="birthday_on", label="Birthday", type=T.DATE, personal=True, aliases=("birthday", "date_of_birth")
        ),
        FieldSpec(name="do_not_call", label="Do not call", type=T.BOOLEAN),
        FieldSpec(name="email_opt_out", label="No e-mail", type=T.BOOLEAN),
        FieldSpec(name="advocate_score", label="Advocate score", type=T.INTEGER, bounds=(0, 100)),
        FieldSpec(
            name="nps_last",
            label="Last recommendation score",
            type=T.INTEGER,
            bounds=(0, 10),
            aliases=("nps", "nps_score"),
            help="How likely the person would recommend us when last asked, from 0 to 10.",
        ),
        QUALITY,
        FieldSpec(name="source", label="Source", max_length=64),
    ),
    title=Derived(("name",), str),
    subtitle=Derived(("job_title", "organization__name"), joined),
    search_text=Derived(
        ("email", "phone", "mobile", "job_title", "organization__name", "city", "also_at"),
        lambda *said: (*told(*said[:-1]), *said[-1]),
    ),
    list_columns=("name", "organization", "email", "phone", "lifecycle_stage", "owner", "last_activity_at"),
    filters=(
        "lifecycle_stage",
        "journey_stage",
        "owner",
        "team",
        "tags",
        "country",
        "nps_last",
        "last_activity_at",
        "created_at",
    ),
    default_sort="name",
    board_column="lifecycle_stage",
    sections=(
        Section(
            "Person",
            ("salutation", "first_name", "middle_name", "last_name", "job_title", "department", "organization"),
        ),
        Section("Reach", ("email", "phone", "mobile", "preferred_channel", "do_not_call", "email_opt_out", "website")),
        Section(
            "About",
            (
                "lifecycle_stage",
                "journey_stage",
                "owner",
                "team",
                "tags",
                "reports_to",
                "birthday_on",
                "language",
                "time_zone",
                "nps_last",
                "advocate_score",
            ),
        ),
        Section("Address", ("address", "city", "country")),
    ),
    related=("organization", "reports_to"),
    matching=likeness.CONTACT,
    quality=quality.CONTACT,
    hooks=Hooks(
        check=check_contact,
        derive=derive_contact,
        settle=settle_contact,
        changed=follow_contacts,
        absorbed=keep_lost_organization,
    ),
    facts={"organization_name": Derived(("organization__name",), lambda name: name)},
    create_many=create_contacts,
)

ORGANIZATION = RecordSpec(
    type="organization",
    label="Organization",
    plural="Organizations",
    model=Organization,
    icon="building-2",
    fields=(
        FieldSpec(
            name="name",
            label="Name",
            required=True,
            sort_path="sort_name",
            max_length=300,
            aliases=("account", "company", "organization_name", "account_name"),
        ),
        FieldSpec(name="legal_name", label="Legal name", max_length=300),
        FieldSpec(name="domain", label="Domain", max_length=255),
        FieldSpec(name="website", label="Web site", type=T.URL, max_length=500),
        FieldSpec(name="phone", label="Phone", type=T.PHONE, max_length=40),
        FieldSpec(
            name="type", label="Type", type=T.CHOICE, choices=Choice.of(OrganizationKind.choices, customer="good")
        ),
        FieldSpec(name="industry", label="Industry", max_length=120, aliases=("sector",)),
        FieldSpec(
            name="parent",
            label="Parent",
            type=T.RECORD,
            to="organization",
            sort_path="parent__sort_name",
            aliases=("subsidiary_of",),
        ),
        FieldSpec(name="billing_address", label="Billing address", type=T.ADDRESS),
        FieldSpec(name="shipping_address", label="Shipping address", type=T.ADDRESS),
        FieldSpec(name="country", label="Country", max_length=120, aliases=("office_location",)),
        FieldSpec(name="tax_id", label="Tax number", max_length=64),
        FieldSpec(name="registration_no", label="Registration number", max_length=64),
        FieldSpec(name="employees", label="Employees", type=T.INTEGER, aliases=("no_of_employees",)),
        FieldSpec(name="revenue", label="Revenue", type=T.MONEY, aliases=("annual_revenue",)),
        FieldSpec(
            name="health_score",
            label="Health",
            type=T.INTEGER,
            bounds=(0, 100),
            aliases=("health",),
            help="How well the relationship goes, from 0 to 100, as your own measure says.",
        ),
        FieldSpec(name="renewal_on", label="Renewal", type=T.DATE, aliases=("renewal_date",)),
        FieldSpec(name="tier", label="Tier", max_length=32),
        QUALITY,
        FieldSpec(name="source", label="Source", max_length=64),
    ),
    title=Derived(("name",), str),
    subtitle=Derived(("industry", "country"), joined),
    search_text=Derived(("legal_name", "domain", "phone"), told),
    list_columns=("name", "type", "industry", "country", "owner", "last_activity_at"),
    filters=("type", "industry", "owner", "team", "tags", "country", "renewal_on", "health_score"),
    default_sort="name",
    board_column="type",
    sections=(
        Section("Organization", ("name", "legal_name", "type", "industry", "employees", "revenue", "tier", "parent")),
        Section("Reach", ("domain", "website", "phone", "country", "billing_address", "shipping_address")),
        Section("About", ("owner", "team", "tags", "renewal_on", "health_score", "tax_id", "registration_no")),
    ),
    related=("parent",),
    matching=likeness.ORGANIZATION,
    quality=quality.ORGANIZATION,
    hooks=Hooks(derive=derive_organization, settle=settle_organization, changed=follow_organizations),
    create_many=create_organizations,
)

RECORDS = (CONTACT, ORGANIZATION)
