"""Whom messages go to, and what became of earlier ones; set-wise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings

from throughline.connect.mail.models import MailOutcome
from throughline.connect.mail.rules import Recipient
from throughline.core.actions import ActionRequest
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.crm.people.models import Consent, Contact

OFF = "django.core.mail.backends.console.EmailBackend"
"""How the settings say that no mail is sent."""


def is_on() -> bool:
    """Return whether this installation sends mail at all."""
    return bool(settings.EMAIL_BACKEND != OFF)


def settled(keys: Sequence[str]) -> dict[str, MailOutcome]:
    """Return what became of the messages of these keys, as far as it is known."""
    return {outcome.key: outcome for outcome in MailOutcome.objects.filter(key__in=keys)}


def recipients_of(requests: Sequence[ActionRequest]) -> list[Recipient]:
    """
    Return whom each message goes to: the input ``to``, else the person of the record.

    An address belongs to every contact that has it, and each of them may be against it. Three queries, and one per
    record type.
    """
    own = _contacts_of({request.record for request in requests if request.record is not None})
    addresses = []
    for request in requests:
        given = request.inputs.get("to")
        contact = None if request.record is None else own.get(request.record)
        addresses.append(str(given).strip() if given else "" if contact is None else contact.email)
    people: dict[str, list[Contact]] = {}
    wanted = {address.lower() for address in addresses if address}
    for contact in Contact.objects.filter(email__in=wanted, deleted_at=None):
        people.setdefault(contact.email, []).append(contact)
    words: dict[int, list[Consent]] = {}
    keys = [contact.pk for group in people.values() for contact in group]
    for word in Consent.objects.filter(contact__in=keys).order_by("-captured_at", "-id"):
        words.setdefault(word.contact_id, []).append(word)
    return [_recipient(address, people.get(address.lower(), []), words) for address in addresses]


def _recipient(address: str, people: Sequence[Contact], words: dict[int, list[Consent]]) -> Recipient:
    said = sorted(
        (word for person in people for word in words.get(person.pk, [])),
        key=lambda word: (word.captured_at, word.pk),
        reverse=True,
    )
    return Recipient(address, any(person.email_opt_out for person in people), said)


def _contacts_of(records: set[RecordRef]) -> dict[RecordRef, Contact]:
    """Return the person each record is about: itself, or its link ``contact``."""
    keys: dict[RecordRef, int] = {}
    by_type: dict[str, list[int]] = {}
    for record in records:
        by_type.setdefault(record.type, []).append(record.id)
    for record_type, ids in by_type.items():
        spec = registry.find(record_type)
        if record_type == "contact":
            keys |= {RecordRef("contact", key): key for key in ids}
        elif spec is not None and any(field.name == "contact" for field in spec.model._meta.get_fields()):
            rows: Any = spec.model._default_manager.filter(pk__in=ids)  # of some type that links to a contact
            linked = rows.exclude(contact=None).values_list("pk", "contact_id")
            keys |= {RecordRef(record_type, key): contact for key, contact in linked}
    people = Contact.objects.in_bulk(set(keys.values()))
    return {record: people[key] for record, key in keys.items() if key in people}
