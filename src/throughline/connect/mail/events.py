"""What the journal tells of mail."""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event


@event("mail.sent", "Mail sent", personal=("to", "subject"), told_by={"to": ("email", "contact.email")})
class MailSent(JournalEvent):
    """The mail server has taken a message of a step."""

    message_id: str
    purpose: str
    to: str
    subject: str


@event("mail.withheld", "Mail not sent", personal=("to",), told_by={"to": ("email", "contact.email")})
class MailWithheld(JournalEvent):
    """A message of a step was not sent because the person does not want it. ``reason`` is a word for programs."""

    purpose: str
    reason: str
    to: str
