"""Making contacts and organizations set-wise, from rows of stored values by field name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.records import registry
from throughline.core.records.making import Columns, Row, make_records
from throughline.core.records.spec import Created
from throughline.core.records.text import fold
from throughline.crm.people.affiliations import refresh
from throughline.crm.people.events import ContactAdded, OrganizationAdded
from throughline.crm.people.models import Affiliation, Contact, Organization
from throughline.crm.people.rules import domain_of, full_name, read_affiliation, sort_name, split_name

FURTHER = "also_at"
"""The field of a row that names the further organizations of a person."""


@transaction.atomic
def create_contacts(rows: Sequence[Row], *, by: Actor, at: datetime) -> Created:
    """Make contacts; rows whose external key is known are left alone."""

    def derived(columns: Columns) -> None:
        if not (columns["first_name"] or columns["last_name"]):
            columns["first_name"], columns["last_name"] = split_name(columns["name"])
        first, last = columns["first_name"], columns["last_name"]
        columns["name"] = full_name(first, columns["middle_name"], last) or columns["email"] or columns["phone"]
        columns["sort_name"] = sort_name(first, last, columns["name"])

    def fact(columns: Columns) -> journal.JournalEvent:
        return ContactAdded(name=columns["name"], email=columns["email"], source=columns["source"])

    named = [row.get(FURTHER) or () for row in rows]
    plain = [{name: value for name, value in row.items() if name != FURTHER} for row in rows] if any(named) else rows
    made = make_records(registry.get("contact"), plain, derive=derived, fact=fact, by=by, at=at)
    further = {key: texts for key, texts in zip(made.ids, named, strict=True) if key is not None and texts}
    if further:
        name_further(further, by=by, at=at)
    return made


@transaction.atomic
def create_organizations(rows: Sequence[Row], *, by: Actor, at: datetime) -> Created:
    """Make organizations; rows whose external key is known are left alone."""

    def derived(columns: Columns) -> None:
        columns["sort_name"] = fold(columns["name"])
        columns["domain"] = columns["domain"] or domain_of(columns["website"])

    def fact(columns: Columns) -> journal.JournalEvent:
        return OrganizationAdded(name=columns["name"], source=columns["source"])

    return make_records(registry.get("organization"), rows, derive=derived, fact=fact, by=by, at=at)


# -- With new people ---------------------------------------------------------------------------------------------------


def name_further(named: Mapping[int, Sequence[str]], *, by: Actor, at: datetime) -> None:
    """
    Keep what files, forms and programs say of further organizations of new contacts: key → ``Beta Ltd (Advisor)`` …

    Organizations are found by name; those that are not there are made. In the transaction of the caller, who has made
    the contacts.

    Raises:
        NotAllowed: one would have to be made, and the actor may make none.
    """
    said = {key: [read_affiliation(text) for text in texts if text.strip()] for key, texts in named.items()}
    names = {fold(name): name for pairs in said.values() for name, _ in pairs}
    known = _organizations_named(names, by, at)
    mains = dict(Contact.objects.filter(pk__in=said).values_list("pk", "organization_id"))
    rows = {
        (contact, known[fold(name)]): role[:200]
        for contact, pairs in said.items()
        for name, role in pairs
        if known[fold(name)] != mains[contact]
    }
    Affiliation.objects.bulk_create(
        [Affiliation(contact_id=contact, organization_id=key, role=role) for (contact, key), role in rows.items()],
        ignore_conflicts=True,
    )
    refresh(mains, on=at.date())


def _organizations_named(names: Mapping[str, str], by: Actor, at: datetime) -> dict[str, int]:
    rows = Organization.objects.filter(sort_name__in=names, deleted_at=None, sandbox=False).order_by("-pk")
    known = dict(rows.values_list("sort_name", "pk"))
    missing = [folded for folded in names if folded not in known]
    if missing:
        access.require(by, access.CREATE, registry.get("organization"))
        made = create_organizations([{"name": names[folded]} for folded in missing], by=by, at=at)
        known |= {folded: key for folded, key in zip(missing, made.ids, strict=True) if key is not None}
    return known
