"""Endpoints of people beside those of any record: where else somebody belongs, and who belongs to an organization."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from throughline.api.records import LIMIT, MOST_ROWS
from throughline.api.shapes import KEY
from throughline.api.site import Answer, Call, Endpoint
from throughline.core import access
from throughline.core.records import queries, registry
from throughline.core.records.spec import RecordSpec
from throughline.core.records.walls import touched_by, walled
from throughline.crm.people import affiliations
from throughline.crm.people.models import Affiliation, Contact
from throughline.crm.people.queries import people_of

ROLE = Annotated[str, Meta(max_length=200)]


class NewAffiliation(msgspec.Struct, forbid_unknown_fields=True):
    """A further organization of a person. One that is named already is changed."""

    organization: KEY
    role: ROLE = ""
    since_on: date | None = None
    until_on: date | None = None


class Belonging(msgspec.Struct):
    """A person at an organization. ``id`` is empty for the main organization, which is a field of the contact."""

    id: int | None
    contact: int
    contact_name: str
    organization: int
    organization_name: str
    role: str
    since_on: date | None
    until_on: date | None
    main: bool


class Belongings(msgspec.Struct):
    """People at organizations."""

    data: list[Belonging]


def list_affiliations(call: Call, contact_id: int) -> Answer:
    """Return where a person belongs beside the main organization, as far as both walls show these."""
    call.reads("contact")
    spec = registry.get("contact")
    with walled(call.user, _both(call)):
        contact = queries.get_record(spec=spec, user=call.user, record_id=contact_id, trial=False)
        rows = affiliations.further_of([contact.pk]) if _reads(call) else []
        return Answer(Belongings([_belonging(contact, row) for row in rows]))


def affiliate(call: Call, contact_id: int, sent: NewAffiliation) -> Answer:
    """Name a further organization of a person."""
    call.writes("contact")
    kept = affiliations.affiliate(
        contact_id=contact_id,
        organization_id=sent.organization,
        role=sent.role,
        since_on=sent.since_on,
        until_on=sent.until_on,
        by=call.by,
        at=call.at,
    )
    return Answer(_belonging(kept.contact, kept))


def make_main(call: Call, affiliation_id: int) -> Answer:
    """Make a further organization the main one; the former main one stays beside it."""
    call.writes("contact")
    contact = affiliations.make_main(affiliation_id=affiliation_id, by=call.by, at=call.at)
    further = [_belonging(contact, row) for row in affiliations.further_of([contact.pk])]
    return Answer(Belongings([_main(contact), *further]))


def end_affiliation(call: Call, affiliation_id: int) -> Answer:
    """Take a further organization off a person."""
    call.writes("contact")
    affiliations.end_affiliation(affiliation_id=affiliation_id, by=call.by, at=call.at)
    return Answer()


def list_people(call: Call, organization_id: int) -> Answer:
    """Return who belongs to an organization, in the main or beside another one, as far as both walls show these."""
    call.reads("organization")
    call.reads("contact")
    spec, limit = registry.get("organization"), call.number("limit", 50, MOST_ROWS)
    with walled(call.user, _both(call)):
        organization = queries.get_record(spec=spec, user=call.user, record_id=organization_id, trial=False)
        people = people_of(organization_id=organization.pk, user=call.user, limit=limit) if _reads(call) else []
        rows = [_main(contact) if row is None else _belonging(contact, row) for contact, row in people]
        return Answer(Belongings(rows))


def _both(call: Call) -> list[RecordSpec]:
    """Return the types of which such a question reads rows: what decides who sees people and organizations."""
    touched = {
        each.type: each for kind in ("contact", "organization") for each in touched_by(registry.get(kind), call.user)
    }
    return list(touched.values())


def _reads(call: Call) -> bool:
    return access.field_rights(call.user, registry.get("contact")).reads("organization")


def _belonging(contact: Contact, row: Affiliation) -> Belonging:
    return Belonging(
        id=row.pk,
        contact=contact.pk,
        contact_name=contact.name,
        organization=row.organization_id,
        organization_name=row.organization.name,
        role=row.role,
        since_on=row.since_on,
        until_on=row.until_on,
        main=False,
    )


def _main(contact: Contact) -> Belonging:
    assert contact.organization is not None  # whoever asks has found the person by it, or has just made it the main one
    return Belonging(
        id=None,
        contact=contact.pk,
        contact_name=contact.name,
        organization=contact.organization.pk,
        organization_name=contact.organization.name,
        role=contact.job_title,
        since_on=None,
        until_on=None,
        main=True,
    )


def _told(_user: Any) -> type[Belongings]:
    return Belongings


PEOPLE = (
    Endpoint(
        "GET", "contacts/<int:contact_id>/affiliations", "affiliations",
        "List the further organizations of a person", list_affiliations, "people", told=_told, refuses=(404,),
    ),
    Endpoint(
        "POST", "contacts/<int:contact_id>/affiliations", "affiliate",
        "Name a further organization of a person, or change what is said of it", affiliate, "people",
        shape=lambda _user: NewAffiliation, told=lambda _user: Belonging, refuses=(404, 422),
    ),
    Endpoint(
        "POST", "affiliations/<int:affiliation_id>/main", "make_main_organization",
        "Make a further organization the main one", make_main, "people", told=_told, refuses=(404, 422),
    ),
    Endpoint(
        "DELETE", "affiliations/<int:affiliation_id>", "end_affiliation",
        "Take a further organization off a person", end_affiliation, "people", status=204, refuses=(404,),
    ),
    Endpoint(
        "GET", "organizations/<int:organization_id>/people", "people",
        "List the people of an organization", list_people, "people", told=_told, parameters=(LIMIT,),
        refuses=(404, 422),
    ),
)  # fmt: skip
"""Endpoints about who belongs where."""
