"""What the journal tells of people, beside what it tells of any record."""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event


@event("contact.added", "Contact added", personal=("name", "email"))
class ContactAdded(JournalEvent):
    """A contact was made by an enquiry or an import."""

    name: str
    email: str
    source: str


@event("contact.stage_moved", "Stage of the person moved", personal=("reason",))
class ContactStageMoved(JournalEvent):
    """The relationship, or the way to buying (``track``), came to another stage, for a reason."""

    track: str
    former: str
    stage: str
    reason: str = ""


@event("contact.affiliated", "Belongs to another organization, too")
class ContactAffiliated(JournalEvent):
    """A further organization was named for a person, or what was said of it was changed. Days in ISO form."""

    organization: int
    name: str
    role: str
    since_on: str | None = None
    until_on: str | None = None


@event("contact.left", "Belongs to an organization no more")
class ContactLeft(JournalEvent):
    """A further organization of a person was taken off."""

    organization: int
    name: str
    role: str


@event("organization.added", "Organization added")
class OrganizationAdded(JournalEvent):
    """An organization was made by an import."""

    name: str
    source: str


@event("consent.granted", "Consent given", personal=("proof",))
class ConsentGranted(JournalEvent):
    """A person agreed to be contacted. ``text_version`` tells which text was shown (``consent.text_version``)."""

    consent: int
    purpose: str
    channel: str
    lawful_basis: str
    source: str
    text_version: str
    captured_at: str
    expires_at: str | None = None
    proof: dict[str, str] = {}


@event("consent.denied", "Consent refused", personal=("proof",))
class ConsentDenied(JournalEvent):
    """A person does not want to be contacted."""

    consent: int
    purpose: str
    channel: str
    source: str
    captured_at: str
    proof: dict[str, str] = {}


@event("consent.withdrawn", "Consent withdrawn", personal=("proof",))
class ConsentWithdrawn(JournalEvent):
    """A person who had agreed does not want to be contacted any more."""

    consent: int
    purpose: str
    channel: str
    source: str
    captured_at: str
    proof: dict[str, str] = {}
