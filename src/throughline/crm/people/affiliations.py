"""
Further organizations of people: naming them, taking them off, making one of them the main one.

Theory of operation. The main organization is a field of the contact, as before; ``Affiliation`` keeps the others. What
lists, search, exports and charts read of them lies on the contact as texts (``also_at``), so that no list joins. Who
writes a row, moves the main organization, renames an organization or merges has the texts written anew (``refresh``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from throughline.core import access
from throughline.core.actor import Actor
from throughline.core.records import registry, search
from throughline.core.records.operations import Change, locked, update_record, write_changes
from throughline.core.records.text import clean
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.crm.people.events import ContactAffiliated, ContactLeft
from throughline.crm.people.models import Affiliation, Contact, Organization
from throughline.crm.people.rules import affiliation_text

# -- What is kept on the contact ---------------------------------------------------------------------------------------


def current(on: date) -> Q:
    """Return the predicate of affiliations that are not over on a day."""
    return Q(until_on=None) | Q(until_on__gte=on)


def further_at(keys: Collection[int], on: date) -> Q:
    """Return the predicate of contacts who belong to one of the organizations, in the main or beside it."""
    rows = Affiliation.objects.filter(current(on), organization_id__in=keys)
    return Q(organization_id__in=keys) | Q(pk__in=rows.values("contact_id"))


def texts_of(mains: Mapping[int, int | None], on: date) -> dict[int, list[str]]:
    """
    Return how the further organizations of contacts are named; ``mains``: key of contact → key of the main one.

    Those that are over on the day are left out. One query.
    """
    rows = Affiliation.objects.filter(current(on), contact_id__in=mains).order_by("organization__sort_name", "pk")
    found: dict[int, list[str]] = {key: [] for key in mains}
    for contact, organization, name, role in rows.values_list(
        "contact_id", "organization_id", "organization__name", "role"
    ):
        if organization != mains[contact]:
            found[contact].append(affiliation_text(name, role))
    return found


def refresh(mains: Mapping[int, int | None], *, on: date) -> None:
    """Write anew what is kept on contacts of their further organizations, with what search knows of them."""
    texts = texts_of(mains, on)
    kept = Contact.objects.filter(pk__in=mains).only("pk", "also_at").order_by("pk").select_for_update(of=("self",))
    changed = [contact for contact in kept if contact.also_at != texts[contact.pk]]
    for contact in changed:
        contact.also_at = texts[contact.pk]
    Contact.objects.bulk_update(changed, ["also_at"], batch_size=2000)
    search.feed_ids(registry.get("contact"), [contact.pk for contact in changed])


def refresh_people(*, on: date, contacts: Iterable[int] = (), organizations: Iterable[int] = ()) -> None:
    """Write anew what is kept on these contacts, and on all who belong to these organizations beside the main one."""
    rows = Affiliation.objects.filter(organization_id__in=list(organizations)).values("contact_id")
    own = Exists(Affiliation.objects.filter(contact_id=OuterRef("pk"))) | ~Q(also_at=[])
    named = Contact.objects.filter(Q(pk__in=rows) | Q(own, pk__in=list(contacts)))
    if mains := dict(named.values_list("pk", "organization_id")):
        refresh(mains, on=on)


# -- One person --------------------------------------------------------------------------------------------------------


@transaction.atomic
def affiliate(
    *,
    contact_id: int,
    organization_id: int,
    by: Actor,
    at: datetime,
    role: str = "",
    since_on: date | None = None,
    until_on: date | None = None,
    cause: int | None = None,
) -> Affiliation:
    """
    Say that a person belongs to a further organization, or change what is said of it.

    Raises:
        NotFound, NotAllowed: the actor may not change the person and their organization, or not see the organization.
        Refusal: it is the main one already, or ends before it begins; nothing was changed.
    """
    contact = _contact_to_change(contact_id, by)
    organization = _organization_seen(organization_id, by)
    if organization.pk == contact.organization_id:
        raise Refusal("main_already", f"{organization.name} is the main organization already.", "organization")
    if since_on and until_on and until_on < since_on:
        raise Refusal("ends_before", "It cannot end before it begins. Correct one of the days.", "until_on")
    said = {"role": clean(role)[:200], "since_on": since_on, "until_on": until_on}
    kept, is_new = Affiliation.objects.get_or_create(contact=contact, organization=organization, defaults=said)
    if not is_new and said == {name: getattr(kept, name) for name in said}:
        return kept
    if not is_new:
        Affiliation.objects.filter(pk=kept.pk).update(**said)
        kept.refresh_from_db()
    event = ContactAffiliated(
        organization=organization.pk,
        name=organization.name,
        role=kept.role,
        since_on=since_on.isoformat() if since_on else None,
        until_on=until_on.isoformat() if until_on else None,
    )
    _write(contact, event, by, at, cause)
    return kept


@transaction.atomic
def end_affiliation(*, affiliation_id: int, by: Actor, at: datetime, cause: int | None = None) -> Contact:
    """
    Take a further organization of a person off, as if it had never been named.

    Who has left gets a last day by ``affiliate`` instead, and stays in the history of the organization.

    Raises:
        NotFound: there is no such affiliation, or the person is not the actor's to see.
        NotAllowed: the actor may not change the person.
    """
    kept, contact = _kept(affiliation_id, by)
    kept.delete()
    event = ContactLeft(organization=kept.organization_id, name=kept.organization.name, role=kept.role)
    _write(contact, event, by, at, cause)
    return contact


@transaction.atomic
def make_main(*, affiliation_id: int, by: Actor, at: datetime, cause: int | None = None) -> Contact:
    """
    Make a further organization the main one; the former main one stays beside it, with the job title there.

    Raises:
        NotFound, NotAllowed: as ``end_affiliation``.
    """
    kept, contact = _kept(affiliation_id, by)
    former, role = contact.organization, contact.job_title
    kept.delete()
    if former is not None:
        Affiliation.objects.update_or_create(contact=contact, organization=former, defaults={"role": role})
        event = ContactAffiliated(organization=former.pk, name=former.name, role=role)
        _write(contact, event, by, at, cause)
    values = {"organization": kept.organization_id, **({"job_title": kept.role} if kept.role or role else {})}
    moved: Contact = update_record(
        spec=registry.get("contact"), record_id=contact.pk, values=values, by=by, at=at, cause=cause
    )
    moved.refresh_from_db(fields=["also_at"])
    return moved


def _contact_to_change(contact_id: int, by: Actor) -> Contact:
    spec = registry.get("contact")
    contact: Contact = locked(spec, [contact_id], by=by, action=access.EDIT)[contact_id]
    user = access.user_of(by)
    if user is not None and not access.field_rights(user, spec).writes("organization"):
        raise NotAllowed("Your roles do not let you change the organization of people. Ask an administrator.")
    return contact


def _organization_seen(organization_id: int, by: Actor) -> Organization:
    spec = registry.get("organization")
    user = access.user_of(by)
    seen = access.visible(spec, user) if user is not None else Q()
    found = Organization.objects.filter(seen, pk=organization_id, deleted_at=None).first()
    if found is None:
        raise NotFound("There is no such organization, or it is not yours to see. Look in the list.")
    return found


def _kept(affiliation_id: int, by: Actor) -> tuple[Affiliation, Contact]:
    kept = Affiliation.objects.select_related("organization").filter(pk=affiliation_id).first()
    if kept is None:
        raise NotFound("There is no such entry any more. Look at the person again.")
    return kept, _contact_to_change(kept.contact_id, by)


def _write(
    contact: Contact, event: ContactAffiliated | ContactLeft, by: Actor, at: datetime, cause: int | None
) -> None:
    contact.also_at = texts_of({contact.pk: contact.organization_id}, at.date())[contact.pk]
    change = Change(contact, {"also_at"}, [event], cause)
    write_changes(spec=registry.get("contact"), changes=[change], by=by, at=at)


# -- Reading -----------------------------------------------------------------------------------------------------------


def further_of(contact_ids: Collection[int]) -> list[Affiliation]:
    """Return the further organizations of contacts in order of name. One query; the caller has looked at the rights."""
    is_main = Q(organization_id=F("contact__organization_id"), contact__organization__isnull=False)
    rows = Affiliation.objects.filter(~is_main, contact_id__in=contact_ids)
    return list(rows.select_related("organization").order_by("organization__sort_name", "pk"))
