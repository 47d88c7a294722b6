"""Reads of people beside what any record offers."""

from __future__ import annotations

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.records import registry
from throughline.crm.people.models import Consent, Contact


def consents_of(*, contact_id: int, user: User) -> list[Consent]:
    """
    Return all that a person said about being contacted, the latest first; nothing when ``user`` may not see the person.

    One query. What stands is ``consent.standing`` of it.
    """
    seen = Contact.objects.filter(access.visible(registry.get("contact"), user), pk=contact_id, deleted_at=None)
    return list(Consent.objects.filter(contact__in=seen).order_by("-captured_at", "-id"))
