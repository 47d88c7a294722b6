"""What the journal tells of leads."""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event


@event("lead.captured", "Lead captured", personal=("name", "email", "phone"))
class LeadCaptured(JournalEvent):
    """An enquiry came in. ``known`` says that it attached to a contact who was there before."""

    source: str
    origin: str
    interest: str
    region: str
    campaign: str
    owner: int | None
    team: int | None
    contact: int | None
    known: bool
    external_id: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""


@event("lead.scored", "Lead scored")
class LeadScored(JournalEvent):
    """The score was worked out, with reasons; ``overruled`` when a person set it."""

    score: int
    former: int | None
    rating: str
    reasons: list[str]
    overruled: bool = False


@event("lead.contacted", "First contact made")
class LeadContacted(JournalEvent):
    """Somebody reached the person behind the enquiry. ``waited_seconds`` since it was captured."""

    waited_seconds: int
    in_time: bool | None


@event("lead.first_contact_missed", "First contact missed")
class FirstContactMissed(JournalEvent):
    """Nobody made the first contact in time."""

    due_at: str | None
    owner: int | None


@event("lead.response_due", "First contact due")
class ResponseDue(JournalEvent):
    """Until when the first contact is to be made."""

    due_at: str


@event("lead.qualified", "Lead qualified")
class LeadQualified(JournalEvent):
    """The enquiry is worth pursuing."""

    reason: str = ""


@event("lead.disqualified", "Lead disqualified")
class LeadDisqualified(JournalEvent):
    """The enquiry is not worth pursuing."""

    reason: str


@event("lead.nurtured", "Put into nurturing")
class LeadNurtured(JournalEvent):
    """Not ready yet: to be warmed up."""

    reason: str = ""


@event("lead.converted", "Lead became a deal")
class LeadConverted(JournalEvent):
    """The enquiry became a deal, on which the work goes on."""

    deal: int
    contact: int | None
    organization: int | None


@event("lead.closed", "Lead closed")
class LeadClosed(JournalEvent):
    """The enquiry ended as won, lost or not interested."""

    outcome: str
    reason: str


@event("lead.reopened", "Lead opened again")
class LeadReopened(JournalEvent):
    """A closed enquiry is worked on again."""

    former_outcome: str
    reason: str
