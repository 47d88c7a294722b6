"""
What the journal tells of quotes.

What happens to a sent quote is told of its deal too, under the same name, so that procedures of either can react.
Amounts are exact, as text.
"""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event

SUM = ("amount", "gross")
"""The fields that say the same of a deal and of a quote: who may not read it there is not told it here."""


@event("quote.drafted", "Quote drafted")
class QuoteDrafted(JournalEvent):
    """A quote, or a revision of one, came to be."""

    quote: int
    number: str
    revision: int
    deal: int | None


@event("quote.lines_changed", "Lines of the quote changed", told_by={"lines": ("gross",)})
class QuoteLinesChanged(JournalEvent):
    """What is offered changed. ``lines`` are product key, quantity and price as text, in order."""

    lines: list[list[str]]
    net: str
    gross: str


@event("quote.review_asked", "Review of the quote asked")
class QuoteReviewAsked(JournalEvent):
    """A colleague is to look it over before it is sent."""

    quote: int
    number: str
    revision: int
    why: str


@event("quote.approved", "Quote approved")
class QuoteApproved(JournalEvent):
    """A colleague agrees to what is offered; it may be sent."""

    quote: int
    number: str
    revision: int
    reason: str


@event("quote.sent_back", "Quote sent back")
class QuoteSentBack(JournalEvent):
    """A colleague wants something changed before it is sent."""

    quote: int
    number: str
    revision: int
    reason: str


@event("quote.redrafted", "Quote taken back to draft")
class QuoteRedrafted(JournalEvent):
    """It is to be changed although somebody looks it over, or has agreed."""

    quote: int
    number: str
    revision: int


@event("quote.sent", "Quote sent", personal=("to",), told_by={"net": SUM, "gross": SUM, "to": ("contact.email",)})
class QuoteSent(JournalEvent):
    """The customer has a link to the quote. ``digest`` is the SHA-256 of the document."""

    quote: int
    number: str
    revision: int
    net: str
    gross: str
    currency: str
    valid_until: str
    digest: str
    to: str


@event("quote.accepted", "Quote accepted", personal=("name",), told_by={"net": SUM, "gross": SUM})
class QuoteAccepted(JournalEvent):
    """The customer said yes to the document of this digest, and typed this name."""

    quote: int
    number: str
    revision: int
    net: str
    gross: str
    currency: str
    digest: str
    name: str


@event("quote.rejected", "Quote rejected")
class QuoteRejected(JournalEvent):
    """The customer said no."""

    quote: int
    number: str
    revision: int
    reason: str


@event("quote.withdrawn", "Quote withdrawn")
class QuoteWithdrawn(JournalEvent):
    """We take the offer back."""

    quote: int
    number: str
    revision: int
    reason: str


@event("quote.expired", "Quote expired")
class QuoteExpired(JournalEvent):
    """Nobody answered until its last day."""

    quote: int
    number: str
    revision: int
