"""
From an enquiry to a deal: the lead's person, organization, owner and history go on, nothing is typed twice.

The deal knows its lead, and its timeline begins with the lead's, so that the history is one line from stranger on.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from throughline.core import access
from throughline.core.actor import Actor
from throughline.core.records import registry
from throughline.core.records.operations import create_record, locked, update_record
from throughline.core.records.text import fold
from throughline.crm.deals.models import Deal
from throughline.crm.leads.models import Lead
from throughline.crm.leads.operations import AlreadyClosed, Conversion, Wish, mark_converted
from throughline.crm.people.models import Contact, Organization


@transaction.atomic
def convert_lead(
    *,
    lead_id: int,
    by: Actor,
    at: datetime,
    values: Mapping[str, Any] | None = None,
    cause: int | None = None,
) -> Deal:
    """
    Make a deal of a lead and return it. ``values`` of the deal by field name win over what the lead knows.

    The person belongs to the organization from then on, which is found by its name or made. What the deal means for
    the stage of the relationship is not said here: charts that react to ``deal.opened`` say it.

    Raises:
        NotFound, NotAllowed: the actor may not change the lead, or may not make deals.
        AlreadyClosed: the lead ended or was converted before.
        Refusal: a value cannot be stored, or a gate of the stage does not let the deal in; nothing was changed.
    """
    lead: Lead = locked(registry.get("lead"), [lead_id], by=by, action=access.EDIT)[lead_id]
    if not lead.is_open:
        raise AlreadyClosed(lead)
    organization = _organization(lead, by, at, cause)
    contact = _contact(lead, organization, at, cause)
    deal: Deal = create_record(
        spec=registry.get("deal"),
        values={**_known(lead, organization, contact), **(values or {})},
        by=by,
        at=at,
        cause=cause,
        sandbox=lead.sandbox,
    )
    became = Conversion(
        Wish(lead.pk, cause=cause),
        deal.pk,
        deal.number,
        contact.pk if contact else None,
        organization.pk if organization else None,
    )
    mark_converted(conversions=[became], by=by, at=at)
    return deal


def _known(lead: Lead, organization: Organization | None, contact: Contact | None) -> dict[str, Any]:
    called = str(organization or contact or lead.subject or lead.number)
    known = {
        "name": ", ".join(part for part in (called, lead.interest) if part),
        "lead": lead.pk,
        "organization": organization.pk if organization else None,
        "contact": contact.pk if contact else None,
        "owner": lead.owner_id,
        "team": lead.team_id,
        "source": lead.source,
        "description": lead.description,
        "tags": lead.tags,
    }
    return {name: value for name, value in known.items() if value not in (None, "", [])}


def _organization(lead: Lead, by: Actor, at: datetime, cause: int | None) -> Organization | None:
    if lead.contact is not None and lead.contact.organization is not None:
        return lead.contact.organization
    name = " ".join(lead.organization_name.split())
    if not name:
        return None
    known = Organization.objects.filter(sort_name=fold(name), deleted_at=None, sandbox=lead.sandbox).order_by("pk")
    found = known.first()
    if found is not None:
        return found
    values = {"name": name, "industry": lead.industry, "country": lead.country, "employees": lead.employees}
    given = {key: value for key, value in values.items() if value not in (None, "")}
    made: Organization = create_record(
        spec=registry.get("organization"), values=given, by=by, at=at, cause=cause, sandbox=lead.sandbox
    )
    return made


def _contact(lead: Lead, organization: Organization | None, at: datetime, cause: int | None) -> Contact | None:
    """
    Return the person behind the lead, who belongs to the organization now.

    The actor may change the lead; what follows from it for its person is the conversion's doing. Nothing follows from a
    test lead for a real person.
    """
    contact = lead.contact
    if contact is None:
        return None
    if contact.organization_id is None and organization is not None and contact.sandbox == lead.sandbox:
        update_record(
            spec=registry.get("contact"),
            record_id=contact.pk,
            values={"organization": organization.pk},
            by=Actor.system("Conversion"),
            at=at,
            cause=cause,
        )
    return contact
