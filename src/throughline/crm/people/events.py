"""What the journal tells of people, beside what it tells of any record."""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event


@event("contact.added", "Contact added", personal=("name", "email"))
class ContactAdded(JournalEvent):
    """A contact was made by an enquiry or an import."""

    name: str
    email: str
    source: str


@event("organization.added", "Organization added")
class OrganizationAdded(JournalEvent):
    """An organization was made by an import."""

    name: str
    source: str
