"""Reads of people beside what any record offers."""

from __future__ import annotations

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.records import registry
from throughline.crm.people.models import Affiliation, Consent, Contact


def consents_of(*, contact_id: int, user: User) -> list[Consent]:
    """
    Return all that a person said about being contacted, the latest first; nothing when ``user`` may not see the person.

    One query. What stands is ``consent.standing`` of it.
    """
    seen = Contact.objects.filter(access.visible(registry.get("contact"), user), pk=contact_id, deleted_at=None)
    return list(Consent.objects.filter(contact__in=seen).order_by("-captured_at", "-id"))


def people_of(*, organization_id: int, user: User, limit: int) -> list[tuple[Contact, Affiliation | None]]:
    """
    Return the people of an organization that ``user`` may see, by name: those whose main organization it is (with
    None), and those who belong there beside another one. Who has left comes last. Two queries.
    """
    seen = Contact.objects.filter(access.visible(registry.get("contact"), user), deleted_at=None, sandbox=False)
    main = seen.filter(organization=organization_id).order_by("sort_name", "pk")
    mine = [(contact, None) for contact in main[:limit]]
    rows = Affiliation.objects.filter(organization=organization_id, contact__in=seen)
    beside = rows.exclude(contact__organization=organization_id).select_related("contact")
    further = [(row.contact, row) for row in beside.order_by("contact__sort_name", "pk")[:limit]]
    together: list[tuple[Contact, Affiliation | None]] = [*mine, *further]
    return sorted(together, key=lambda pair: (_has_left(pair[1]), pair[0].sort_name, pair[0].pk))[:limit]


def _has_left(row: Affiliation | None) -> bool:
    return row is not None and row.until_on is not None
